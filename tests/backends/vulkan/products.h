#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "backends/vulkan/gemm.h"
#include "backends/vulkan/kernel.h"
#include "framework/core/philox.h"
#include "tests/backends/vulkan/testing.h"

namespace varve::testing {

/// A stream on which kernels find a device of other traits than it has.
class OtherDevice : public vulkan::Encoder {
 public:
  OtherDevice(vulkan::Stream& stream, vulkan::Traits traits)
      : stream_(stream), traits_(std::move(traits)) {}
  const vulkan::Traits& traits() const override { return traits_; }
  void run(const vulkan::Dispatch& dispatch, vulkan::Groups groups) override {
    ++dispatches;
    stream_.run(dispatch, groups);
  }
  void fill_words(const View& out, std::uint32_t word) override { stream_.fill_words(out, word); }
  void copy_bytes(const View& from, const View& to) override { stream_.copy_bytes(from, to); }
  View scratch(Shape shape, DType dtype) override { return stream_.scratch(shape, dtype); }
  View counters(std::uint64_t count) override { return stream_.counters(count); }
  const Buffer& status() override { return stream_.status(); }

  int dispatches = 0;

 private:
  vulkan::Stream& stream_;
  vulkan::Traits traits_;
};

inline vulkan::Traits with_tiles(const Rig& rig, const std::string& tiles) {
  vulkan::Traits traits = rig.context.traits();
  traits.tiles = tiles;
  return traits;
}

/// Fixed numbers between -1 and 1.
inline std::vector<float> noise(std::int64_t count, std::uint64_t stream) {
  PhiloxStream random(11, stream);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = random.uniform(-1, 1);
  return values;
}

inline constexpr float untouched = 0x1p100F;

/// A view on a buffer of its own with a border before and after each row of the last two
/// dimensions, so that what is read or written beside it shows. `turned`: those two lie the other
/// way round; `odd`: rows do not start at multiples of four elements.
struct Bordered {
  View view;
  std::vector<float> memory;  ///< of the whole buffer, as it was uploaded

  Bordered(Rig& rig, Shape shape, bool turned, bool odd, const std::vector<float>* values) {
    const std::size_t r = shape.size();
    Shape lies = shape;
    if (turned) std::swap(lies[r - 1], lies[r - 2]);
    const std::int64_t edge = odd ? 3 : 4;
    Shape whole = lies;
    whole[r - 1] += 2 * edge;
    const std::int64_t offset = edge;
    memory.assign(static_cast<std::size_t>(whole.numel()),
                  values ? std::numeric_limits<float>::quiet_NaN() : untouched);
    view = rig.make(whole);
    view.shape = shape;
    if (turned) std::swap(view.strides[r - 1], view.strides[r - 2]);
    view.offset = offset;
    if (values) {
      for (std::int64_t i = 0; i < shape.numel(); ++i)
        memory[place(i)] = (*values)[static_cast<std::size_t>(i)];
    }
    View all = view;
    all.offset = 0;
    rig.put(all, memory);
  }

  /// Where in the buffer element i of the row-major order lies.
  std::size_t place(std::int64_t i) const {
    std::int64_t at = view.offset;
    for (std::size_t d = view.shape.size(); d-- > 0; i /= view.shape[d])
      at += i % view.shape[d] * view.strides[d];
    return static_cast<std::size_t>(at);
  }

  /// The elements; fails the test if anything beside them has changed.
  std::vector<float> values(Rig& rig) {
    View all = view;
    all.offset = 0;
    all.shape = {static_cast<std::int64_t>(memory.size())};
    std::vector<float> now = rig.get<float>(all);
    std::vector<float> elements;
    for (std::int64_t i = 0; i < view.shape.numel(); ++i) {
      elements.push_back(now[place(i)]);
      now[place(i)] = memory[place(i)];
    }
    CHECK(std::memcmp(now.data(), memory.data(), now.size() * sizeof(float)) == 0);
    return elements;
  }
};

/// The largest difference; infinite for a NaN or a different size.
inline double distance(const std::vector<float>& got, const std::vector<double>& want) {
  if (got.size() != want.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(static_cast<double>(got[i]) - want[i]);
    if (!(error <= worst))
      worst = std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
  }
  return worst;
}

/// What the rounding of sums of k products of numbers up to 1, added in order, stays below.
inline double rounding(std::int64_t k) {
  const auto terms = static_cast<double>(k);
  return 1e-6 * (1 + std::sqrt(terms)) + 2e-8 * terms;
}

/// Op::linear's and the convolutions' last step.
inline double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::relu:
      return x < 0 ? 0 : x;
    case Activation::tanh:
      return std::tanh(x);
    case Activation::sigmoid:
      return 1 / (1 + std::exp(-x));
    case Activation::identity:
      break;
  }
  return x;
}

}  // namespace varve::testing
