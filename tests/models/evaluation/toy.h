#pragma once

#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "framework/core/philox.h"
#include "framework/data/array_dataset.h"
#include "framework/data/loader.h"
#include "framework/tensor/functional.h"
#include "models/model.h"

namespace varve::test {

/// A model made of functions: its codes are the first pixels of images [1, pixels, 1], and a
/// decoded image is its code with zeros behind, unless told otherwise.
class Toy : public Model {
 public:
  Toy(std::int64_t latent, std::int64_t pixels)
      : latent_(latent), pixels_(pixels), likelihood_(make_likelihood("gaussian")) {}

  std::function<Tensor(const Tensor& codes)> decoder;
  std::function<Tensor(std::int64_t count)> prior_draw;
  std::function<Tensor(const Tensor& images, std::int64_t samples)> weights;
  double posterior_variance = 0;  ///< of q(z|x), around the mean code

  Terms loss(const Tensor& input, const Tensor& target, const Tensor&) override {
    return {{"loss", mean(square(input - target))}};
  }
  Tensor encode(const Tensor& images, const Tensor&) override {
    return images.reshape({images.size(0), pixels_}).slice(1, 0, latent_);
  }
  Tensor decode(const Tensor& codes, const Tensor&) override {
    if (decoder) return decoder(codes);
    return pad(codes, {0, 0}, {0, pixels_ - latent_}).reshape({codes.size(0), 1, pixels_, 1});
  }
  Tensor sample_posterior(const Tensor& images, const Tensor& labels) override {
    const Tensor mean = encode(images, labels);
    if (posterior_variance == 0) return mean;
    return mean + randn(mean.shape()) * std::sqrt(posterior_variance);
  }
  Moments posterior_moments(const Tensor& images, const Tensor& labels) override {
    if (posterior_variance == 0) return {};
    const Tensor mean = encode(images, labels);
    return {mean, Tensor::full(mean.shape(), posterior_variance)};
  }
  Tensor log_importance_weights(const Tensor& images, std::int64_t samples,
                                const Tensor&) override {
    return weights ? weights(images, samples) : Tensor();
  }
  PriorKind prior() const override {
    return prior_draw ? PriorKind::standard_normal : PriorKind::none;
  }
  Tensor sample_prior(std::int64_t count) override { return prior_draw(count); }
  std::int64_t latent_size() const override { return latent_; }
  Shape example_shape() const override { return {1, pixels_, 1}; }
  const Likelihood& likelihood() const override { return *likelihood_; }
  std::string describe() const override { return "Toy"; }

 private:
  std::int64_t latent_, pixels_;
  std::unique_ptr<Likelihood> likelihood_;
};

/// Images [1, pixels, 1] of standard normal numbers.
inline std::shared_ptr<const Dataset> normal_images(std::int64_t count, std::int64_t pixels,
                                                    std::uint64_t seed,
                                                    std::vector<int> labels = {}) {
  PhiloxStream rng(seed, 1);
  Array values = Array::zeros({count, 1, pixels, 1}, DType::f32);
  for (auto& value : values.as<float>()) value = rng.normal();
  return array_dataset({.values = values, .labels = std::move(labels)});
}

inline Loader in_order(std::shared_ptr<const Dataset> data, std::int64_t batch_size = 64) {
  return Loader(std::move(data), {.batch_size = batch_size, .shuffle = false});
}

}  // namespace varve::test
