#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/core/array.h"
#include "framework/core/registry.h"
#include "framework/nn/module.h"

namespace varve {

/// How the decoder's raw output becomes the mean of a Gaussian or Laplace likelihood. `sigmoid`
/// keeps pictures in [0, 1].
enum class Link : std::uint8_t { identity, sigmoid };

struct LikelihoodOptions {
  /// Sigma of "gaussian", b of "laplace"; where "learned-sigma" starts. In [1e-15, 1e15], so that
  /// f32 holds its square.
  double scale = 1;
  Link link = Link::identity;  ///< of the Gaussians and Laplace; the others are on logits
};

/// p(x | decoder output): owns the link function, the valid range of the data and the normaliser.
///
/// `params` is the decoder's raw output, of the shape of x with parameters_per_pixel() times its
/// channels. It is a Module since it may have parameters (learned sigma): register it as a child.
class Likelihood : public Module {
 public:
  /// The name that make_likelihood() takes.
  virtual std::string_view name() const = 0;
  /// Raw decoder outputs for each value of x.
  virtual std::int64_t parameters_per_pixel() const { return 1; }

  /// -log p(x | params) with its normaliser, summed over all axes but the first: [batch].
  /// x may be of any dtype, params are floating. Throws ErrorKind::usage if the shapes differ, and
  /// if a value of x is outside of range(). A captured step does not look at the values of x, which
  /// would cost each step a pass over the data: check() them once, before.
  virtual Tensor negative_log_likelihood(const Tensor& params, const Tensor& x) = 0;
  /// E[x | params]: what is drawn as the reconstruction.
  virtual Tensor mean(const Tensor& params) = 0;
  /// A draw from p(x | params), from the device's generator. No gradient flows.
  virtual Tensor sample(const Tensor& params) = 0;

  /// The values that x may take.
  struct Range {
    double low, high;
  };
  virtual Range range() const = 0;
  /// Whether mean() is in [0, 1] whatever the decoder gives.
  virtual bool has_unit_mean() const { return true; }
  /// Throws ErrorKind::input if the host data leave the range or are not finite, naming `source`,
  /// the value and the fix.
  void check(const Array& data, std::string_view source) const;

 protected:
  /// params and x in one floating dtype, after the checks of negative_log_likelihood().
  std::pair<Tensor, Tensor> checked(const Tensor& params, const Tensor& x) const;
};

/// Bernoulli on logits; data in [0, 1]. On data that are not 0 or 1 this is the customary cross
/// entropy and not a log-likelihood: binarise, or take "continuous-bernoulli".
class BernoulliLikelihood : public Likelihood {
 public:
  std::string_view name() const override { return "bernoulli"; }
  Tensor negative_log_likelihood(const Tensor& logits, const Tensor& x) override;
  Tensor mean(const Tensor& logits) override;
  Tensor sample(const Tensor& logits) override;
  Range range() const override { return {0, 1}; }
  std::string describe() const override { return "Bernoulli"; }
};

/// Continuous Bernoulli on logits; data in [0, 1]. Loaiza-Ganem and Cunningham 2019
/// (arXiv:1907.06845). With logit l the normaliser is C = l / tanh(l / 2), 2 at l = 0. Finite
/// logits.
class ContinuousBernoulliLikelihood : public Likelihood {
 public:
  std::string_view name() const override { return "continuous-bernoulli"; }
  Tensor negative_log_likelihood(const Tensor& logits, const Tensor& x) override;
  Tensor mean(const Tensor& logits) override;
  Tensor sample(const Tensor& logits) override;
  Range range() const override { return {0, 1}; }
  std::string describe() const override { return "ContinuousBernoulli"; }
};

/// log C of the continuous Bernoulli, elementwise; a series near l = 0.
Tensor continuous_bernoulli_log_normalizer(const Tensor& logits);

/// What the Gaussian likelihoods share: N(link(params), sigma^2), sigma one number for all pixels.
class GaussianLikelihood : public Likelihood {
 public:
  Tensor negative_log_likelihood(const Tensor& params, const Tensor& x) override;
  Tensor mean(const Tensor& params) override;
  Tensor sample(const Tensor& params) override;
  Range range() const override;
  bool has_unit_mean() const override { return link_ == Link::sigmoid; }

  /// log sigma as it is now: a scalar.
  virtual Tensor log_sigma() const = 0;

 protected:
  explicit GaussianLikelihood(Link link) : link_(link) {}
  /// log sigma for one batch, given the squared error of every value.
  virtual Tensor log_sigma_for(const Tensor& squared_error);

 private:
  Link link_;
};

/// Fixed sigma: the squared error over 2 sigma^2, plus the normaliser.
class FixedGaussianLikelihood : public GaussianLikelihood {
 public:
  explicit FixedGaussianLikelihood(LikelihoodOptions options = {});
  std::string_view name() const override { return "gaussian"; }
  Tensor log_sigma() const override;
  std::string describe() const override;

 protected:
  Tensor log_sigma_for(const Tensor& squared_error) override;

 private:
  double sigma_;
};

/// Sigma is a parameter, "log_sigma", softly kept above e^-6: -6 + softplus(log_sigma + 6).
/// Rybkin, Daniilidis and Levine 2021 (sigma-VAE).
class LearnedSigmaLikelihood : public GaussianLikelihood {
 public:
  explicit LearnedSigmaLikelihood(LikelihoodOptions options = {});
  std::string_view name() const override { return "learned-sigma"; }
  Tensor log_sigma() const override;
  std::string describe() const override { return "LearnedSigmaGaussian"; }

 private:
  Tensor log_sigma_;
};

/// Sigma^2 is the mean squared error over batch and pixels, its maximum-likelihood value. Training
/// takes the batch's own and averages it into the buffer "variance" (as batch norm does);
/// evaluation takes that buffer, so that one example's likelihood does not depend on the others.
/// Rybkin, Daniilidis and Levine 2021, equation 5 (which lacks the square). Training on no examples
/// is ErrorKind::usage.
class OptimalSigmaLikelihood : public GaussianLikelihood {
 public:
  explicit OptimalSigmaLikelihood(LikelihoodOptions options = {});
  std::string_view name() const override { return "optimal-sigma"; }
  Tensor log_sigma() const override;
  std::string describe() const override { return "OptimalSigmaGaussian"; }

 protected:
  Tensor log_sigma_for(const Tensor& squared_error) override;

 private:
  static Tensor log_sigma_of(const Tensor& variance);

  Tensor variance_;
};

/// Laplace(link(params), b) with fixed b: |x - mean| / b + log 2b.
class LaplaceLikelihood : public Likelihood {
 public:
  explicit LaplaceLikelihood(LikelihoodOptions options = {});
  double scale() const { return scale_; }  ///< b
  std::string_view name() const override { return "laplace"; }
  Tensor negative_log_likelihood(const Tensor& params, const Tensor& x) override;
  Tensor mean(const Tensor& params) override;
  Tensor sample(const Tensor& params) override;
  Range range() const override;
  bool has_unit_mean() const override { return link_ == Link::sigmoid; }
  std::string describe() const override;

 private:
  double scale_;
  Link link_;
};

/// A likelihood that a user names.
struct LikelihoodInfo {
  std::string name;
  std::function<std::unique_ptr<Likelihood>(const LikelihoodOptions&)> make;
  bool has_scale = false;  ///< reads LikelihoodOptions: a Gaussian or Laplace
};
/// Every likelihood, at first those of likelihood_names(). Open: see Registry.
Registry<LikelihoodInfo>& likelihood_registry();

/// "bernoulli", "continuous-bernoulli", "gaussian", "learned-sigma", "optimal-sigma", "laplace",
/// and what was added.
std::vector<std::string> likelihood_names();
/// Throws ErrorKind::usage for an unknown name (suggesting the nearest) or a scale outside
/// [1e-15, 1e15].
std::unique_ptr<Likelihood> make_likelihood(std::string_view name,
                                            const LikelihoodOptions& options = {});

}  // namespace varve
