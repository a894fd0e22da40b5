#include "apps/studio/pictures/codes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "framework/autograd/autograd.h"
#include "framework/core/error.h"
#include "framework/tensor/functional.h"
#include "models/evaluation/codes.h"

namespace varve::studio::pictures {
namespace {

constexpr std::int64_t spread_examples = 1024;

/// Images that are looked at together.
std::int64_t at_once(const Model& model) {
  return static_cast<std::int64_t>(evaluation::images_at_once(model.example_shape()));
}

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

/// The same rows of the labels: i32; undefined for a model that takes none.
Tensor rows(const Model& model, std::span<const int> labels, std::int64_t first,
            std::int64_t last) {
  if (model.classes() == 0) return {};
  if (labels.empty())
    fail(ErrorKind::input,
         "[picture] the model draws by class, and the data have no labels: take data with labels");
  const auto part =
      labels.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
  return Tensor::from(part, {last - first});
}

/// Runs `function` on batches of rows and of their labels, and joins the results.
template <class F>
Array by_batches(const Model& model, const Array& input, std::span<const int> labels, F function) {
  const NoGrad no_grad;
  Array out;
  const std::int64_t step = at_once(model);
  for (std::int64_t first = 0; first < input.shape[0]; first += step) {
    const auto last = std::min(first + step, input.shape[0]);
    const Array part =
        function(rows(input, first, last), rows(model, labels, first, last)).to_array();
    if (first == 0) out = {part.dtype, part.shape, {}};
    append(out.bytes, part);
  }
  out.shape[0] = input.shape[0];
  return out;
}

/// Hands the first `count` images to `function`, so many at once as there is room for, with labels.
template <class F>
void for_images(const Subject& subject, std::int64_t count, F function) {
  Loader& examples = subject.examples;
  const std::int64_t wanted = std::min(count, examples.dataset().size());
  const bool labelled = examples.dataset().num_classes() > 0;
  const auto each = static_cast<std::size_t>(examples.shape().numel()) * sizeof(float);
  Array images{DType::f32, examples.shape(), {}};
  images.shape.insert(0, 0);
  std::vector<int> labels;
  const auto hand_over = [&](std::int64_t some) {
    const auto bytes = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(some) * each);
    Array part{DType::f32, images.shape, {images.bytes.begin(), images.bytes.begin() + bytes}};
    part.shape[0] = some;
    images.bytes.erase(images.bytes.begin(), images.bytes.begin() + bytes);
    images.shape[0] -= some;
    std::vector<int> classes;
    if (labelled) {
      classes.assign(labels.begin(), labels.begin() + some);
      labels.erase(labels.begin(), labels.begin() + some);
    }
    function(std::move(part), std::move(classes));
  };
  examples.start(0);
  for (std::int64_t left = wanted; left > 0;) {
    const std::int64_t next = std::min(at_once(subject.model), left);
    while (images.shape[0] < next) {
      const Batch& batch = *examples.next();
      append(images.bytes, batch.input);
      images.shape[0] += batch.size();
      const auto classes = batch.labels.as<std::int32_t>();
      if (labelled) labels.insert(labels.end(), classes.begin(), classes.end());
    }
    hand_over(next);
    left -= next;
  }
}

void append_rows(Array& to, const Array& from) {
  if (to.bytes.empty())
    to = from;
  else {
    append(to.bytes, from);
    to.shape[0] += from.shape[0];
  }
}

/// Images and what `coded` makes of them; the images themselves only if they are wanted.
template <class F>
Encoded read(const Subject& subject, std::int64_t count, bool keep_images, F coded) {
  Encoded out;
  for_images(subject, count, [&](Array images, std::vector<int> labels) {
    append_rows(out.codes, coded(subject.model, images, labels));
    out.labels.insert(out.labels.end(), labels.begin(), labels.end());
    if (keep_images) append_rows(out.images, images);
  });
  return out;
}

/// Mean and standard deviation of each column of f32 [N, columns].
void measure_columns(const Array& values, std::vector<double>& mean,
                     std::vector<double>& deviation) {
  const auto size = static_cast<std::size_t>(values.shape[1]);
  const auto count = static_cast<double>(values.shape[0]);
  const auto all = values.as<float>();
  mean.assign(size, 0);
  deviation.assign(size, 0);
  for (std::size_t i = 0; i < all.size(); ++i) mean[i % size] += all[i] / count;
  for (std::size_t i = 0; i < all.size(); ++i)
    deviation[i % size] += std::pow(all[i] - mean[i % size], 2) / count;
  for (auto& value : deviation) value = std::sqrt(value);
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
  return read(subject, count, true, encode_images);
}

Encoded encode_only(const Subject& subject, std::int64_t count) {
  return read(subject, count, false, encode_images);
}

Encoded encode_draws(const Subject& subject, std::int64_t count) {
  return read(subject, count, false, draw_codes);
}

Array encode_images(Model& model, const Array& images, std::span<const int> labels) {
  return by_batches(model, images, labels,
                    [&](const Tensor& x, const Tensor& y) { return model.encode(x, y); });
}

Array draw_codes(Model& model, const Array& images, std::span<const int> labels) {
  return by_batches(model, images, labels,
                    [&](const Tensor& x, const Tensor& y) { return model.sample_posterior(x, y); });
}

Array decode(Model& model, const Array& codes, std::span<const int> labels) {
  return by_batches(model, codes, labels,
                    [&](const Tensor& z, const Tensor& y) { return model.decode(z, y); });
}

std::optional<Array> corrupted(Model& model, const Array& images) {
  const std::vector<int> none = labels_in_turn(model, images.shape[0]);
  Array seen = by_batches(model, images, none,
                          [&](const Tensor& x, const Tensor&) { return model.corrupt(x); });
  if (seen.bytes == images.bytes) return {};
  return seen;
}

std::optional<Moments> posterior_moments(Model& model, const Array& images,
                                         std::span<const int> labels) {
  {
    const NoGrad no_grad;
    const auto last = std::min<std::int64_t>(1, images.shape[0]);
    if (!model.posterior_moments(rows(images, 0, last), rows(model, labels, 0, last))
             .mean.defined())
      return {};
  }
  return Moments{by_batches(model, images, labels,
                            [&](const Tensor& x, const Tensor& y) {
                              return model.posterior_moments(x, y).mean;
                            }),
                 by_batches(model, images, labels, [&](const Tensor& x, const Tensor& y) {
                   return sqrt(model.posterior_moments(x, y).variance);
                 })};
}

std::int64_t most_images(const Shape& image) {
  constexpr std::int64_t most_values = std::int64_t{1} << 24;
  return std::max<std::int64_t>(4, most_values / image.numel());
}

std::vector<int> labels_in_turn(const Model& model, std::int64_t count) {
  std::vector<int> labels;
  for (std::int64_t i = 0; model.classes() > 0 && i < count; ++i)
    labels.push_back(static_cast<int>(i % model.classes()));
  return labels;
}

std::vector<std::array<std::int64_t, 2>> find_pairs(const Model& model, const Encoded& encoded,
                                                    std::int64_t count) {
  std::vector<std::array<std::int64_t, 2>> pairs;
  std::map<int, std::int64_t> waiting;  // for a partner, by class
  for (std::int64_t i = 0; i < encoded.images.shape[0]; ++i) {
    if (static_cast<std::int64_t>(pairs.size()) == count) break;
    const int kind = model.classes() > 0 ? encoded.labels[static_cast<std::size_t>(i)] : 0;
    const auto [found, alone] = waiting.try_emplace(kind, i);
    if (alone) continue;
    pairs.push_back({found->second, i});
    waiting.erase(found);
  }
  if (pairs.empty())
    fail(ErrorKind::input, "[picture] needs two examples{}, and there are not: take more data",
         model.classes() > 0 ? " of one class" : "");
  return pairs;
}

Spread find_spread(const Subject& subject) {
  const Encoded encoded = encode_only(subject, spread_examples);
  const auto size = static_cast<std::size_t>(subject.model.latent_size());
  Spread spread;
  measure_columns(encoded.codes, spread.mean, spread.deviation);
  std::vector<double> weight = spread.deviation;
  const NoGrad no_grad;
  std::vector<int> labels;
  const Array some = read_images(subject.examples, at_once(subject.model), &labels);
  const Tensor kl = subject.model.kl_per_dimension(rows(some, 0, some.shape[0]),
                                                   rows(subject.model, labels, 0, some.shape[0]));
  if (kl.defined()) {
    const auto values = kl.to_vector<float>();
    spread.kl.assign(values.begin(), values.end());
    weight = spread.kl;
  }
  if (subject.model.prior() == PriorKind::standard_normal) {
    spread.mean.assign(size, 0);
    spread.deviation.assign(size, 1);
  }
  spread.order.resize(size);
  std::iota(spread.order.begin(), spread.order.end(), 0);
  std::stable_sort(spread.order.begin(), spread.order.end(), [&](auto a, auto b) {
    return weight[static_cast<std::size_t>(a)] > weight[static_cast<std::size_t>(b)];
  });
  return spread;
}

}  // namespace varve::studio::pictures
