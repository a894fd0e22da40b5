#include "apps/varve/pictures/codes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "framework/autograd/autograd.h"

namespace varve::pictures {
namespace {

constexpr std::int64_t batch_size = 256;
constexpr std::int64_t spread_examples = 1024;

void append(std::vector<std::byte>& to, const Array& from) {
  to.insert(to.end(), from.bytes.begin(), from.bytes.end());
}

/// Rows [first, last) of an f32 array.
Tensor rows(const Array& array, std::int64_t first, std::int64_t last) {
  Shape shape = array.shape;
  const std::int64_t each = array.numel() / shape[0];
  shape[0] = last - first;
  return Tensor::from(array.as<float>().subspan(static_cast<std::size_t>(first * each),
                                                static_cast<std::size_t>((last - first) * each)),
                      shape);
}

/// Runs `function` on batches of rows and joins the results.
template <class F>
Array by_batches(const Array& input, F function) {
  const NoGrad no_grad;
  Array out;
  for (std::int64_t first = 0; first < input.shape[0]; first += batch_size) {
    const auto last = std::min(first + batch_size, input.shape[0]);
    const Array part = function(rows(input, first, last)).to_array();
    if (first == 0) out = {part.dtype, part.shape, {}};
    append(out.bytes, part);
  }
  out.shape[0] = input.shape[0];
  return out;
}

}  // namespace

Array read_images(Loader& examples, std::int64_t count, std::vector<int>* labels) {
  Shape shape = examples.shape();
  const auto each = static_cast<std::size_t>(shape.numel()) * sizeof(float);
  shape.insert(0, std::min(count, examples.dataset().size()));
  Array out{DType::f32, shape, {}};
  const auto wanted = static_cast<std::size_t>(shape[0]);
  examples.start(0);
  while (out.bytes.size() < wanted * each) {
    const Batch& batch = *examples.next();
    append(out.bytes, batch.input);
    const auto classes = batch.labels.as<std::int32_t>();
    if (labels != nullptr) labels->insert(labels->end(), classes.begin(), classes.end());
  }
  out.bytes.resize(wanted * each);
  if (labels != nullptr) labels->resize(wanted);
  return out;
}

Encoded encode(const Subject& subject, std::int64_t count) {
  Encoded out;
  out.images = read_images(subject.examples, count, &out.labels);
  if (subject.examples.dataset().num_classes() == 0) out.labels.clear();
  out.codes = by_batches(out.images, [&](const Tensor& x) { return subject.model.encode(x); });
  return out;
}

bool has_prior(const Subject& subject) { return !find_spread(subject).kl.empty(); }

Array decode(Model& model, const Array& codes) {
  return by_batches(codes, [&](const Tensor& z) { return model.decode(z); });
}

Spread find_spread(const Subject& subject) {
  const Encoded encoded = encode(subject, spread_examples);
  const auto size = static_cast<std::size_t>(subject.model.latent_size());
  const auto codes = encoded.codes.as<float>();
  const auto count = static_cast<double>(encoded.codes.shape[0]);
  Spread spread;
  spread.mean.assign(size, 0);
  spread.deviation.assign(size, 0);
  for (std::size_t i = 0; i < codes.size(); ++i) spread.mean[i % size] += codes[i] / count;
  for (std::size_t i = 0; i < codes.size(); ++i)
    spread.deviation[i % size] += std::pow(codes[i] - spread.mean[i % size], 2) / count;
  for (auto& deviation : spread.deviation) deviation = std::sqrt(deviation);

  std::vector<double> weight = spread.deviation;
  const NoGrad no_grad;
  const Tensor kl = subject.model.kl_per_dimension(
      rows(encoded.images, 0, std::min(batch_size, encoded.images.shape[0])));
  if (kl.defined()) {
    const auto values = kl.to_vector<float>();
    spread.kl.assign(values.begin(), values.end());
    spread.mean.assign(size, 0);
    spread.deviation.assign(size, 1);
    weight = spread.kl;
  }
  spread.order.resize(size);
  std::iota(spread.order.begin(), spread.order.end(), 0);
  std::stable_sort(spread.order.begin(), spread.order.end(), [&](auto a, auto b) {
    return weight[static_cast<std::size_t>(a)] > weight[static_cast<std::size_t>(b)];
  });
  return spread;
}

}  // namespace varve::pictures
