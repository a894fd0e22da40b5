#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/train/metrics.h"
#include "models/evaluation/codes.h"

// The collapse doctor: tells the ways in which an autoencoder's codes go wrong from a few measured
// numbers, and what to do about each.
namespace varve::evaluation {

/// How much of a codebook is in use.
struct CodebookUse {
  double size = 0;        ///< vectors
  double used = 0;        ///< vectors that some example is coded by
  double perplexity = 0;  ///< exp of the entropy of their frequencies
};

/// What the doctor looks at. Numbers by dimension are empty where they do not exist.
struct Vitals {
  PriorKind prior = PriorKind::none;
  std::vector<double> sigma;                ///< by dimension: root of the mean variance of q(z | x)
  std::vector<double> code_rms;             ///< by dimension: root of the mean square of E[z|x]
  std::vector<double> kl;                   ///< by dimension: nats, see kl_of_moments()
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
  double dead_codes = 0.1;     ///< share of the codebook
  double total_correlation = -0.5;  ///< nats: it cannot be negative, an estimate may be slightly
};

/// The findings, the gravest first; empty for a healthy model. A pure function of the numbers.
///
/// "tiny-sigma": most dimensions in use are narrower than tiny_sigma: the VAE has become an
/// autoencoder. "exploding-means": codes far outside a standard normal prior. "posterior-collapse":
/// no dimension spends collapsed_kl nats; "collapsed-dimensions": some do not. "dead-codes": of a
/// codebook. "negative-total-correlation": the estimate is broken. "not-finite": a number is none.
std::vector<Finding> diagnose(const Vitals& vitals, const Thresholds& thresholds = {});

/// The vitals that codes and the means of an objective's terms tell: the term "total_correlation"
/// where there is one.
Vitals take_vitals(const Model& model, const Codes& codes, const Metrics& terms);
/// How the first `limit` examples (0: all) use a model's codebook; nothing for one without.
std::optional<CodebookUse> codebook_use(Model& model, Loader& examples, std::int64_t limit = 0);
/// All vitals of a model on the first `limit` examples (0: all).
Vitals examine(Model& model, Loader& examples, const Metrics& terms, std::int64_t limit = 0);

}  // namespace varve::evaluation
