#include "framework/data/picture_set.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "framework/core/error.h"
#include "framework/data/array_dataset.h"
#include "framework/data/parallel.h"
#include "framework/platform/platform.h"

namespace varve {
namespace {

using Samples = std::vector<std::byte>;

class PictureSet final : public Dataset {
 public:
  explicit PictureSet(PictureSetOptions options)
      : o_(std::move(options)),
        cached_(o_.files.size()),
        room_(o_.cache_bytes > 0 ? o_.cache_bytes : platform::physical_memory_bytes() / 4) {
    detail::for_each_on_all_cores(size(), [this](std::int64_t index) {
      Samples samples = decode(index);
      const std::uint64_t bytes = samples.size();
      if (used_.fetch_add(bytes) + bytes <= room_)
        cached_[static_cast<std::size_t>(index)] = std::move(samples);
      else
        used_ -= bytes;
    });
  }

  std::int64_t size() const override { return static_cast<std::int64_t>(o_.files.size()); }
  Shape shape() const override { return {o_.rule.height, o_.rule.width, o_.rule.channels}; }
  void read(std::int64_t index, std::span<float> out) const override {
    const Samples& kept = cached_[static_cast<std::size_t>(index)];
    kept.empty() ? scale(decode(index), out) : scale(kept, out);
  }
  void read_many(std::span<const std::int64_t> indices, std::span<float> out) const override {
    const auto each = static_cast<std::size_t>(shape().numel());
    const auto read_one = [&](std::int64_t i) {
      const auto at = static_cast<std::size_t>(i);
      read(indices[at], out.subspan(at * each, each));
    };
    const bool decoded = std::ranges::none_of(
        indices, [this](auto index) { return cached_[static_cast<std::size_t>(index)].empty(); });
    const auto count = static_cast<std::int64_t>(indices.size());
    if (decoded)
      for (std::int64_t i = 0; i < count; ++i) read_one(i);
    else
      detail::for_each_on_all_cores(count, read_one);
  }
  std::optional<ValueRange> range() const override { return ValueRange{0, 1}; }
  std::string name(std::int64_t index) const override {
    return o_.files[static_cast<std::size_t>(index)].lexically_relative(o_.root).string();
  }
  int num_classes() const override { return static_cast<int>(o_.class_names.size()); }
  int label(std::int64_t index) const override {
    return o_.labels.empty() ? -1 : o_.labels[static_cast<std::size_t>(index)];
  }
  std::span<const std::string> class_names() const override { return o_.class_names; }

 private:
  Samples decode(std::int64_t index) const {
    return fitted(load_picture(o_.files[static_cast<std::size_t>(index)]), o_.rule).samples;
  }

  void scale(const Samples& samples, std::span<float> out) const {
    if (o_.rule.bits == 8) {
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(samples.data());
      return detail::divide_bytes({bytes, samples.size()}, 255.0F, out);
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
      std::uint16_t sample = 0;
      std::memcpy(&sample, &samples[2 * i], 2);
      out[i] = static_cast<float>(sample) / 65535.0F;
    }
  }

  PictureSetOptions o_;
  std::vector<Samples> cached_;  // empty: not kept
  std::uint64_t room_;
  std::atomic<std::uint64_t> used_ = 0;
};

}  // namespace

std::shared_ptr<const Dataset> picture_set(PictureSetOptions options) {
  if (options.files.empty()) fail(ErrorKind::input, "[data] there is no picture to read");
  return std::make_shared<PictureSet>(std::move(options));
}

}  // namespace varve
