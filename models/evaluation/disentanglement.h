#pragma once

#include <cstdint>
#include <vector>

#include "models/evaluation/factors.h"

// Scores of how well single dimensions of a code stand for single factors, by the protocol of
// Locatello et al. 2019, "Challenging common assumptions in the unsupervised learning of
// disentangled representations" (arXiv:1811.12359, appendix B and C): all look at mean codes, and
// all are 1 for a code in which each factor has a dimension of its own.
namespace varve::evaluation {

/// The sizes of the protocol. Where there are fewer examples than train + test, they are split in
/// the same proportion.
struct ScoreOptions {
  std::int64_t train = 10000;  ///< examples (MIG, SAP, DCI) or votes (BetaVAE, FactorVAE)
  std::int64_t test = 5000;    ///< the same, for accuracies
  std::int64_t batch = 64;     ///< draws that make a vote
  int bins = 20;               ///< of a code's dimension, for the mutual information
  double prune = 0.05;         ///< least standard deviation of a dimension that may be voted for
  double svm_cost = 0.01;
  std::uint64_t seed = 0;
};

/// A score, and its part by factor.
struct Score {
  double value = 0;
  std::vector<double> by_factor;
};

/// Mutual information gap. Chen et al. 2018 (arXiv:1802.04942), equation 6: for each factor the
/// gap between the two greatest mutual informations with a dimension of the code, over the factor's
/// entropy; the mean over factors. Of `train` points, with each dimension cut into `bins` equal
/// bins. Chen's own figures take samples of z in place of means and leave the shape out, so that
/// they differ.
Score mutual_information_gap(const FactorCodes& codes, const ScoreOptions& options = {});

/// Separated attribute predictability. Kumar, Sattigeri and Balakrishnan 2018 (arXiv:1711.00848):
/// for each factor the gap between the two best test accuracies of a linear support vector machine
/// that sees one dimension of the code; the mean over factors. A machine sees one number and splits
/// it once a class, so that a factor of many values cannot score high.
Score separated_attribute_predictability(const FactorCodes& codes,
                                         const ScoreOptions& options = {});

/// Eastwood and Williams 2018: how important each dimension is to boosted trees that predict each
/// factor. Disentanglement: 1 - the entropy of a dimension's importances over factors, weighted by
/// the dimension's share. Completeness: 1 - the entropy of a factor's importances over dimensions.
/// Informativeness: the trees' test accuracy.
struct Dci {
  double disentanglement = 0, completeness = 0, informativeness = 0;
  Matrix importance;             ///< [latent, factors]; columns sum to 1
  std::vector<double> accuracy;  ///< on test examples, by factor
};
Dci dci(const FactorCodes& codes, const ScoreOptions& options = {});
/// The first two of them from a matrix of importances.
Dci dci_of_importance(Matrix importance);

/// Higgins et al. 2017: the test accuracy of logistic regression that tells which factor was fixed
/// from the mean of |z - z'| over a batch of pairs that agree in that factor.
Score beta_vae_score(const FactorCodes& codes, const ScoreOptions& options = {});

/// Kim and Mnih 2018 (arXiv:1802.05983): the test accuracy of the majority vote that tells which
/// factor was fixed from the dimension that varies least in a batch, relative to how it varies in
/// all. Dimensions whose standard deviation is below `prune` do not vote; without any the score
/// is 0.
Score factor_vae_score(const FactorCodes& codes, const ScoreOptions& options = {});

}  // namespace varve::evaluation
