#include "models/evaluation/codes.h"

#include <algorithm>
#include <cmath>

#include "framework/core/philox.h"
#include "framework/tensor/random.h"

namespace varve::evaluation {
namespace {

/// Training steps count from 0, batches of `evaluate` from 2^31, these from here.
constexpr std::uint64_t first_step = 0xC0000000;
constexpr std::uint64_t batches_of_a_purpose = std::uint64_t{1} << 24;

Tensor tensor_of(const Matrix& matrix, std::size_t first, std::size_t last, const Device& device) {
  const auto begin = matrix.values.begin() + static_cast<std::ptrdiff_t>(first * matrix.columns);
  const auto end = matrix.values.begin() + static_cast<std::ptrdiff_t>(last * matrix.columns);
  const std::vector<float> values(begin, end);
  return Tensor::from(
      std::span<const float>(values),
      {static_cast<std::int64_t>(last - first), static_cast<std::int64_t>(matrix.columns)}, device);
}

void append(Array& to, const Array& from) {
  if (to.bytes.empty())
    to = {from.dtype, from.shape, {}};
  else
    to.shape[0] += from.shape[0];
  to.bytes.insert(to.bytes.end(), from.bytes.begin(), from.bytes.end());
}

template <class F>
void by_batches(std::size_t rows, const Shape& image, F function) {
  const std::size_t step = images_at_once(image);
  for (std::size_t first = 0; first < rows; first += step)
    function(first, std::min(first + step, rows));
}

void cut(Matrix& matrix, std::size_t rows) {
  if (matrix.rows <= rows) return;
  matrix.rows = rows;
  matrix.values.resize(rows * matrix.columns);
}

}  // namespace

Device device_of(const Module& module) {
  const auto state = module.state();
  return state.empty() ? default_device() : state[0].tensor.device();
}

std::size_t images_at_once(const Shape& image) {
  constexpr std::int64_t most_values = std::int64_t{1} << 20, most_images = 256;
  const std::int64_t count = most_values / std::max<std::int64_t>(image.numel(), 1);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(count, 1, most_images));
}

void set_noise(const Device& device, Purpose purpose, std::int64_t batch) {
  device.generator().set_step(first_step +
                              static_cast<std::uint64_t>(purpose) * batches_of_a_purpose +
                              static_cast<std::uint64_t>(batch));
}

void append(Matrix& to, const Tensor& rows) {
  const auto values = rows.to_vector<float>();
  to.columns = static_cast<std::size_t>(rows.size(1));
  to.rows += static_cast<std::size_t>(rows.size(0));
  to.values.insert(to.values.end(), values.begin(), values.end());
}

Tensor rows_of(const Array& array, std::size_t first, std::size_t last, const Device& device) {
  Shape shape = array.shape;
  const auto each = static_cast<std::size_t>(array.numel() / shape[0]);
  shape[0] = static_cast<std::int64_t>(last - first);
  return Tensor::from(array.as<float>().subspan(first * each, (last - first) * each), shape,
                      device);
}

Codes collect_codes(Model& model, Loader& examples, std::int64_t limit) {
  const Looking looking(model);
  const Device device = device_of(model);
  const bool labelled = examples.dataset().num_classes() > 0;
  const std::int64_t all = examples.dataset().size();
  const auto wanted = static_cast<std::size_t>(limit > 0 ? std::min(limit, all) : all);
  Codes codes;
  examples.start(0);
  while (codes.mean.rows < wanted) {
    const Batch& batch = *examples.next();
    const Tensor images = Tensor::from(batch.input, device);
    const Tensor labels = Tensor::from(batch.labels, device);
    set_noise(device, Purpose::codes, batch.number);
    const auto moments = model.posterior_moments(images, labels);
    if (moments.variance.defined()) append(codes.variance, moments.variance);
    append(codes.mean, moments.mean.defined() ? moments.mean : model.encode(images, labels));
    append(codes.draw, model.sample_posterior(images, labels));
    const auto classes = batch.labels.as<std::int32_t>();
    if (labelled) codes.labels.insert(codes.labels.end(), classes.begin(), classes.end());
  }
  for (auto* matrix : {&codes.mean, &codes.draw, &codes.variance}) cut(*matrix, wanted);
  if (labelled) codes.labels.resize(wanted);
  return codes;
}

Images read_images(Loader& examples, std::int64_t limit) {
  Images out;
  const std::int64_t all = examples.dataset().size();
  const std::int64_t wanted = limit > 0 ? std::min(limit, all) : all;
  examples.start(0);
  while (static_cast<std::int64_t>(out.labels.size()) < wanted) {
    const Batch& batch = *examples.next();
    append(out.pixels, batch.input);
    const auto classes = batch.labels.as<std::int32_t>();
    out.labels.insert(out.labels.end(), classes.begin(), classes.end());
  }
  const auto each = out.pixels.bytes.size() / out.labels.size();
  out.labels.resize(static_cast<std::size_t>(wanted));
  out.pixels.bytes.resize(static_cast<std::size_t>(wanted) * each);
  out.pixels.shape[0] = wanted;
  return out;
}

Tensor HostModel::labels_of(std::span<const int> labels, std::size_t first,
                            std::size_t last) const {
  if (labels.empty()) return {};
  const std::vector<std::int32_t> part(labels.begin() + static_cast<std::ptrdiff_t>(first),
                                       labels.begin() + static_cast<std::ptrdiff_t>(last));
  return Tensor::from(std::span<const std::int32_t>(part), {static_cast<std::int64_t>(part.size())},
                      device_);
}

Matrix HostModel::encode(const Array& images, std::span<const int> labels) {
  Matrix out;
  by_batches(static_cast<std::size_t>(images.shape[0]), model_.example_shape(),
             [&](std::size_t first, std::size_t last) {
               evaluation::append(out, model_.encode(rows_of(images, first, last, device_),
                                                     labels_of(labels, first, last)));
             });
  return out;
}

Array HostModel::decode(const Matrix& codes, std::span<const int> labels) {
  Array out;
  by_batches(codes.rows, model_.example_shape(), [&](std::size_t first, std::size_t last) {
    append(out,
           model_.decode(tensor_of(codes, first, last, device_), labels_of(labels, first, last))
               .to_array());
  });
  return out;
}

Matrix HostModel::round_trip(const Matrix& codes, std::span<const int> labels) {
  Matrix out;
  by_batches(codes.rows, model_.example_shape(), [&](std::size_t first, std::size_t last) {
    const Tensor classes = labels_of(labels, first, last);
    const Tensor images = model_.decode(tensor_of(codes, first, last, device_), classes);
    evaluation::append(out, model_.encode(images, classes));
  });
  return out;
}

Matrix HostModel::prior_codes(std::size_t count, const Matrix& codes) {
  if (model_.prior() != PriorKind::none) {
    set_noise(device_, Purpose::prior, 0);
    Matrix out;
    evaluation::append(out, model_.sample_prior(static_cast<std::int64_t>(count)));
    return out;
  }
  const auto mean = column_means(codes);
  const auto variance = column_variances(codes);
  PhiloxStream rng(device_.generator().seed(), first_step);
  Matrix out(count, codes.columns);
  for (std::size_t r = 0; r < count; ++r)
    for (std::size_t c = 0; c < codes.columns; ++c)
      out(r, c) = mean[c] + std::sqrt(variance[c]) * rng.normal();
  return out;
}

}  // namespace varve::evaluation
