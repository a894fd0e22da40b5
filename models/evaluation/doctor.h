#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/train/metrics.h"
#include "models/evaluation/codes.h"
#include "models/registry.h"

// The collapse doctor: tells the ways in which an autoencoder's codes go wrong from a few measured
// numbers, and what to do about each.
namespace varve::evaluation {

/// How much of a codebook is in use.
struct CodebookUse {
  double size = 0;        ///< vectors
  double used = 0;        ///< vectors that some example is coded by
  double perplexity = 0;  ///< exp of the entropy of their frequencies
};

/// The scale of a likelihood that keeps it fixed, beside what the decoder leaves over.
struct ScaleUse {
  double sigma = 0;     ///< of a Gaussian; b of a Laplace
  double residual = 0;  ///< root mean square of x - mean; mean absolute value for a Laplace
};

/// What the doctor looks at. Numbers by dimension are empty where they do not exist.
struct Vitals {
  const ModelInfo* model = nullptr;  ///< whose options remedies may name; null: not known
  PriorKind prior = PriorKind::none;
  std::vector<double> sigma;     ///< by dimension: root of the mean variance of q(z | x)
  std::vector<double> code_rms;  ///< by dimension: root of the mean square of E[z|x]
  /// By dimension: nats. With the prior N(0, I) see kl_of_moments(); with a trained one the
  /// distance from a Gaussian with the moments of all codes, which is 0 where codes say nothing.
  std::vector<double> kl;
  std::optional<double> kl_term;  ///< the objective's own, under the model's own prior
  std::optional<ScaleUse> scale;
  std::optional<double> total_correlation;  ///< as the model's objective estimates it, nats
  std::optional<CodebookUse> codebook;
};

enum class Severity {
  note,     ///< worth knowing
  warning,  ///< the codes are not what the model is for
};

/// One thing that the doctor has found.
struct Finding {
  std::string name;  ///< "collapsed-dimensions"
  Severity severity = Severity::warning;
  double measured = 0, threshold = 0;
  std::string what;    ///< one sentence, with the numbers
  std::string remedy;  ///< the flags to use
};

/// The limits beyond which it speaks.
struct Thresholds {
  double tiny_sigma = 0.01;    ///< a code that is told apart to 1 % of the prior's width is a point
  double large_code = 3;       ///< standard deviations of N(0, 1)
  double collapsed_kl = 0.01;  ///< nats: the dimension says nothing about the image
  double collapsed_term = 0.1;      ///< nats: all dimensions together say nothing
  double far_scale = 2.5;           ///< times the residual, or the residual as many times it
  double dead_codes = 0.1;          ///< share of the codebook
  double total_correlation = -0.5;  ///< nats: it cannot be negative, an estimate may be slightly
};

/// The findings, the gravest first; empty for a healthy model. A pure function of the numbers.
///
/// "tiny-sigma": most dimensions in use are narrower than tiny_sigma: the VAE has become an
/// autoencoder. "exploding-means": codes far outside a standard normal prior. "posterior-collapse":
/// no dimension spends collapsed_kl nats, or all together less than collapsed_term;
/// "collapsed-dimensions": some do not. "far-sigma": a fixed scale is far from the residual, so
/// that the KL term weighs too much or too little. "dead-codes": of a codebook.
/// "negative-total-correlation": the estimate is broken. "not-finite": a number is none.
///
/// Remedies name flags that `varve train` takes for the model.
std::vector<Finding> diagnose(const Vitals& vitals, const Thresholds& thresholds = {});

/// The vitals that codes and the means of an objective's terms tell: the term "total_correlation"
/// and "kl" where there are such.
Vitals take_vitals(const Model& model, const Codes& codes, const Metrics& terms);
/// How the first `limit` examples (0: all) use a model's codebook; nothing for one without.
std::optional<CodebookUse> codebook_use(Model& model, Loader& examples, std::int64_t limit = 0);
/// The scale of a likelihood that keeps it fixed, and the residual on the loader's first batches,
/// of 256 examples or more; nothing for another likelihood.
std::optional<ScaleUse> scale_use(Model& model, Loader& examples);
/// All vitals of a model on the first `limit` examples (0: all).
Vitals examine(Model& model, Loader& examples, const Metrics& terms, std::int64_t limit = 0);

}  // namespace varve::evaluation
