#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "models/evaluation/codes.h"

// Figures of the space of codes. Those that compare two sets of codes look at the dimensions that
// carry something only, each divided by the spread of the codes along it: a figure means the same
// for codes of any scale and with any number of unused dimensions.
namespace varve::evaluation {

/// A dimension is in use when Var_x E[z|x] is above this (Burda, Grosse and Salakhutdinov 2016,
/// section 5): meant for codes whose prior is N(0, I).
inline constexpr double active_variance = 0.01;
/// Var_x E[z|x] above `active_variance`: how many, of the columns of E[z|x].
std::int64_t active_units(const Matrix& mean);
/// Which dimensions carry something: those whose variance is above 1 % of the greatest. In terms of
/// the greatest since codes without a prior have any scale.
std::vector<std::size_t> used_dimensions(const Matrix& mean);

/// KL(N(m_j, v_j) || N(0, 1)) in nats for each dimension, averaged over examples, from the moments
/// of q(z | x). For a diagonal Gaussian with prior N(0, I) this is the KL term itself; for other
/// models it says how far a dimension's posterior is from N(0, 1).
std::vector<double> kl_of_moments(const Matrix& mean, const Matrix& variance);
/// The same with, in the place of N(0, 1), the Gaussian that has the moments of the dimension over
/// all examples: what it can at most say about which example it is, were its codes Gaussian.
std::vector<double> kl_to_all_codes(const Matrix& mean, const Matrix& variance);

/// Holes. The idea: a place from which one may sample but to which no image is encoded is a hole,
/// and its decoded image is a guess. A sample of the prior lies in a hole if its nearest code of an
/// image (among `reference`) is farther than the `quantile` of the same distances of other images'
/// codes (`held_out`). Codes, not decoded images, are compared: pixel distances cannot tell a
/// broken image from a rare one. The rate is calibrated: if prior and codes are alike it is
/// 1 - quantile, whatever the dimension, and it goes to 1 as the codes retreat.
struct Holes {
  double rate = 0;
  double distance = 0;  ///< the quantile, in standard deviations of the codes
};
Holes find_holes(const Matrix& reference, const Matrix& held_out, const Matrix& samples,
                 double quantile = 0.99);

/// Continuity. The idea: between two codes the image should change evenly, without jumps. Along the
/// line from one code to another, in `steps` equal steps, with images x_0 ... x_T:
///
///     |x_T - x_0| / (T max_i |x_i+1 - x_i|)
///
/// averaged over the pairs of rows of `from` and `to`: the change between the ends against what the
/// fastest step would make of the whole line. 1 when the image moves straight at even speed, as a
/// linear decoder does; 1 / T when all happens in one step. Pairs that decode alike are left out;
/// NaN if that are all.
using Decoder = std::function<Array(const Matrix& codes)>;
double continuity(const Decoder& decode, const Matrix& from, const Matrix& to, int steps = 16);

/// Completeness. The idea: what is decoded from any place of the prior should be an image the model
/// knows, so that encoding it leads back to where it came from. The share of the prior's samples
/// whose round trip |encode(decode(z)) - z| is no longer than the `quantile` of the same round
/// trips of images' codes. Calibrated as the hole rate is: `quantile` if prior and codes are alike,
/// less when samples decode to what the encoder takes for something else.
double completeness(std::span<const double> code_trips, std::span<const double> sample_trips,
                    double quantile = 0.95);
/// The share of `sureness` that is at least the (1 - quantile) quantile of `reference`: for
/// completeness as a classifier sees it, with its greatest probability for each image.
double sure_share(std::span<const double> reference, std::span<const double> sureness,
                  double quantile = 0.95);

/// How much of the space each class takes: the logarithm of det(S)^(1/d), S the covariance of the
/// class's codes over the d dimensions in use: of the geometric mean of its variances, which for
/// d = 2 is the area of the class's ellipse over pi. NaN for a class with no more than d codes.
std::vector<double> class_log_areas(const Matrix& codes, std::span<const int> labels, int classes);

/// The total correlation of a Gaussian with the covariance of the codes, in nats:
/// 1/2 (sum_j log S_jj - log det S), over the dimensions in use. 0 for uncorrelated codes.
double gaussian_total_correlation(const Matrix& codes);

struct LatentOptions {
  std::int64_t samples = 5000;  ///< of the prior, at most as many as half the examples
  std::int64_t trips = 1000;    ///< round trips of either kind
  std::int64_t pairs = 200;     ///< lines for the continuity
};

struct LatentFigures {
  bool fitted_prior = false;  ///< there is none: a Gaussian fitted to the codes stood in for it
  std::vector<double> mean;   ///< of E[z|x], by dimension
  std::vector<double> deviation;
  std::vector<double> low, high;  ///< the range of E[z|x], by dimension
  std::size_t used = 0;           ///< dimensions
  Holes holes;
  double completeness = 0;
  double continuity = 0;
  double total_correlation = 0;
  std::vector<double> class_log_area;      ///< by class; empty without labels
  std::optional<double> class_area_ratio;  ///< the largest area over the smallest
};

/// Dimensions beyond which latent_figures() would take too long and say too little.
inline constexpr std::size_t widest_code = 512;

/// All of the above of a model and its codes. Throws ErrorKind::usage for fewer than 20 codes, or
/// codes wider than widest_code.
LatentFigures latent_figures(Model& model, const Codes& codes, const LatentOptions& options = {});

}  // namespace varve::evaluation
