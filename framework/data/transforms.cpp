#include "framework/data/transforms.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "framework/core/error.h"

namespace varve {
namespace {

using In = std::span<const float>;
using Out = std::span<float>;

void require_finite(float value, const char* op, const char* what) {
  if (!std::isfinite(value)) fail(ErrorKind::usage, "[{}] {} must be a finite number", op, what);
}

void require_fraction(float fraction, const char* op) {
  if (!(fraction >= 0.0F && fraction <= 1.0F))
    fail(ErrorKind::usage, "[{}] the fraction is {} and must lie in [0, 1]", op, fraction);
}

void require_sides(std::int64_t height, std::int64_t width, const char* op) {
  if (height < 1 || width < 1)
    fail(ErrorKind::usage, "[{}] {} x {} is no image size; both sides must be at least 1", op,
         height, width);
}

void require_image(const Shape& shape, const char* op) {
  if (shape.size() != 3)
    fail(ErrorKind::usage, "[{}] needs images of shape (height, width, channels), was given {}", op,
         shape.str());
}

/// Calls f(first value of the pixel) for each pixel: all channels of an image, one value of a
/// table.
template <class F>
void for_each_pixel(const Shape& shape, F f) {
  const std::int64_t channels = shape.size() == 3 ? shape[2] : 1;
  for (std::int64_t i = 0; i < shape.numel(); i += channels) f(i, channels);
}

Out pixel(Out image, std::int64_t first, std::int64_t channels) {
  return image.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(channels));
}

class Scale final : public Transform {
 public:
  Scale(float factor, float offset) : factor_(factor), offset_(offset) {
    require_finite(factor, "scale", "the factor");
    require_finite(offset, "scale", "the offset");
  }
  void apply(In in, const Shape&, Out out, PhiloxStream&) const override {
    std::ranges::transform(in, out.begin(), [this](float x) { return x * factor_ + offset_; });
  }

 private:
  float factor_, offset_;
};

class Binarize final : public Transform {
 public:
  explicit Binarize(float threshold) : threshold_(threshold) {
    require_finite(threshold, "binarize", "the threshold");
  }
  void apply(In in, const Shape&, Out out, PhiloxStream&) const override {
    std::ranges::transform(in, out.begin(),
                           [this](float x) { return x > threshold_ ? 1.0F : 0.0F; });
  }

 private:
  float threshold_;
};

/// Bernoulli(x) for each value. Values of 0 and 1 are certain and cost no draw: most of a picture.
void draw_bernoulli(In in, Out out, PhiloxStream& rng) {
  std::ranges::transform(in, out.begin(), [&rng](float x) {
    if (x == 0.0F || x == 1.0F) return x;
    if (!(x > 0.0F && x < 1.0F))
      fail(ErrorKind::input,
           "[binarize] the value {} is no probability; scale the data to [0, 1] first", x);
    return rng.uniform() < x ? 1.0F : 0.0F;
  });
}

class BinarizeDynamic final : public Transform {
 public:
  void apply(In in, const Shape&, Out out, PhiloxStream& rng) const override {
    draw_bernoulli(in, out, rng);
  }
};

/// Draws from (seed, content of the example), which no epoch changes.
class BinarizeStatic final : public Transform {
 public:
  explicit BinarizeStatic(std::uint64_t seed) : seed_(seed) {}
  void apply(In in, const Shape&, Out out, PhiloxStream&) const override {
    PhiloxStream fixed(seed_, content_hash(in));
    draw_bernoulli(in, out, fixed);
  }

 private:
  /// FNV-1a over the words of the example.
  static std::uint64_t content_hash(In in) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const float x : in) hash = (hash ^ std::bit_cast<std::uint32_t>(x)) * 0x100000001b3ULL;
    return hash;
  }

  std::uint64_t seed_;
};

/// Copies a box of `height` rows of `row` values each between two images.
void copy_rows(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride,
               std::int64_t height, std::int64_t row) {
  for (std::int64_t y = 0; y < height; ++y)
    std::copy_n(from + y * from_stride, row, to + y * to_stride);
}

class Pad final : public Transform {
 public:
  Pad(std::int64_t height, std::int64_t width, float value)
      : height_(height), width_(width), value_(value) {
    require_sides(height, width, "pad");
    require_finite(value, "pad", "the value");
  }
  Shape shape(const Shape& in) const override {
    require_image(in, "pad");
    if (in[0] > height_ || in[1] > width_)
      fail(ErrorKind::usage, "[pad] an image of {} x {} is larger than the {} x {} to pad to",
           in[0], in[1], height_, width_);
    return {height_, width_, in[2]};
  }
  void apply(In in, const Shape& from, Out out, PhiloxStream&) const override {
    std::ranges::fill(out, value_);
    const std::int64_t top = (height_ - from[0]) / 2;
    const std::int64_t left = (width_ - from[1]) / 2;
    const std::int64_t row = from[1] * from[2];
    copy_rows(in.data(), row, out.data() + (top * width_ + left) * from[2], width_ * from[2],
              from[0], row);
  }

 private:
  std::int64_t height_, width_;
  float value_;
};

class Crop final : public Transform {
 public:
  Crop(std::int64_t height, std::int64_t width) : height_(height), width_(width) {
    require_sides(height, width, "crop");
  }
  Shape shape(const Shape& in) const override {
    require_image(in, "crop");
    if (in[0] < height_ || in[1] < width_)
      fail(ErrorKind::usage, "[crop] an image of {} x {} is smaller than the window of {} x {}",
           in[0], in[1], height_, width_);
    return {height_, width_, in[2]};
  }
  void apply(In in, const Shape& from, Out out, PhiloxStream&) const override {
    const std::int64_t top = (from[0] - height_) / 2;
    const std::int64_t left = (from[1] - width_) / 2;
    const std::int64_t row = width_ * from[2];
    copy_rows(in.data() + (top * from[1] + left) * from[2], from[1] * from[2], out.data(), row,
              height_, row);
  }

 private:
  std::int64_t height_, width_;
};

class GaussianNoise final : public Transform {
 public:
  explicit GaussianNoise(float sigma) : sigma_(sigma) {
    if (!(sigma >= 0.0F && std::isfinite(sigma)))
      fail(ErrorKind::usage, "[gaussian_noise] sigma is {} and must be 0 or more", sigma);
  }
  void apply(In in, const Shape&, Out out, PhiloxStream& rng) const override {
    std::ranges::transform(in, out.begin(), [&](float x) {
      return std::clamp(x + sigma_ * rng.normal(), 0.0F, 1.0F);
    });
  }

 private:
  float sigma_;
};

class SaltAndPepper final : public Transform {
 public:
  explicit SaltAndPepper(float fraction) : fraction_(fraction) {
    require_fraction(fraction, "salt_and_pepper");
  }
  void apply(In in, const Shape& shape, Out out, PhiloxStream& rng) const override {
    std::ranges::copy(in, out.begin());
    for_each_pixel(shape, [&](std::int64_t first, std::int64_t channels) {
      const float u = rng.uniform();
      if (u < fraction_)
        std::ranges::fill(pixel(out, first, channels), u < fraction_ / 2 ? 0.0F : 1.0F);
    });
  }

 private:
  float fraction_;
};

class MaskPixels final : public Transform {
 public:
  MaskPixels(float fraction, float value) : fraction_(fraction), value_(value) {
    require_fraction(fraction, "mask_pixels");
    require_finite(value, "mask_pixels", "the value");
  }
  void apply(In in, const Shape& shape, Out out, PhiloxStream& rng) const override {
    std::ranges::copy(in, out.begin());
    for_each_pixel(shape, [&](std::int64_t first, std::int64_t channels) {
      if (rng.uniform() < fraction_) std::ranges::fill(pixel(out, first, channels), value_);
    });
  }

 private:
  float fraction_, value_;
};

class MaskBox final : public Transform {
 public:
  MaskBox(std::int64_t height, std::int64_t width, float value)
      : height_(height), width_(width), value_(value) {
    require_sides(height, width, "mask_box");
    require_finite(value, "mask_box", "the value");
  }
  Shape shape(const Shape& in) const override {
    require_image(in, "mask_box");
    if (in[0] < height_ || in[1] < width_)
      fail(ErrorKind::usage, "[mask_box] a box of {} x {} does not fit into an image of {} x {}",
           height_, width_, in[0], in[1]);
    return in;
  }
  void apply(In in, const Shape& shape, Out out, PhiloxStream& rng) const override {
    std::ranges::copy(in, out.begin());
    const auto place = [&rng](std::int64_t free) {
      return static_cast<std::int64_t>(rng.below(static_cast<std::uint32_t>(free + 1)));
    };
    const std::int64_t top = place(shape[0] - height_);
    const std::int64_t left = place(shape[1] - width_);
    for (std::int64_t y = top; y < top + height_; ++y)
      std::ranges::fill(pixel(out, (y * shape[1] + left) * shape[2], width_ * shape[2]), value_);
  }

 private:
  std::int64_t height_, width_;
  float value_;
};

}  // namespace

namespace transforms {

using Handle = std::shared_ptr<const Transform>;

Handle scale(float factor, float offset) { return std::make_shared<Scale>(factor, offset); }
Handle binarize(float threshold) { return std::make_shared<Binarize>(threshold); }
Handle binarize_dynamic() { return std::make_shared<BinarizeDynamic>(); }
Handle binarize_static(std::uint64_t seed) { return std::make_shared<BinarizeStatic>(seed); }
Handle pad(std::int64_t height, std::int64_t width, float value) {
  return std::make_shared<Pad>(height, width, value);
}
Handle crop(std::int64_t height, std::int64_t width) {
  return std::make_shared<Crop>(height, width);
}
Handle gaussian_noise(float sigma) { return std::make_shared<GaussianNoise>(sigma); }
Handle salt_and_pepper(float fraction) { return std::make_shared<SaltAndPepper>(fraction); }
Handle mask_pixels(float fraction, float value) {
  return std::make_shared<MaskPixels>(fraction, value);
}
Handle mask_box(std::int64_t height, std::int64_t width, float value) {
  return std::make_shared<MaskBox>(height, width, value);
}

}  // namespace transforms
}  // namespace varve
