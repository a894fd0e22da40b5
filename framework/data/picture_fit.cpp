#include "framework/data/picture_fit.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "framework/core/error.h"
#include "framework/core/nearest.h"

namespace varve {
namespace {

/// The samples as numbers of T.
template <class T>
std::span<T> samples_of(Picture& picture) {
  return {reinterpret_cast<T*>(picture.samples.data()), picture.samples.size() / sizeof(T)};
}

/// f(T{}) with the type of a sample.
template <class F>
void for_sample_type(int bits, F f) {
  bits == 8 ? f(std::uint8_t{}) : f(std::uint16_t{});
}

void set_bits(Picture& picture, int bits) {
  if (picture.bits == bits) return;
  Picture out = picture;
  out.bits = bits;
  out.samples.resize(static_cast<std::size_t>(out.sample_count() * out.sample_bytes()));
  if (bits == 16)
    std::ranges::transform(samples_of<std::uint8_t>(picture),
                           samples_of<std::uint16_t>(out).begin(),
                           [](auto x) { return static_cast<std::uint16_t>(x * 257); });
  else
    std::ranges::transform(samples_of<std::uint16_t>(picture),
                           samples_of<std::uint8_t>(out).begin(),
                           [](auto x) { return static_cast<std::uint8_t>((x + 128) / 257); });
  picture = std::move(out);
}

/// One pixel as red, green, blue and opacity.
struct Pixel {
  std::array<std::uint32_t, 3> color{};
  std::uint32_t opacity = 0;
};

template <class T>
Pixel read_pixel(const T* from, int channels, std::uint32_t full) {
  const bool grey = channels <= 2;
  Pixel pixel{{from[0], grey ? from[0] : from[1], grey ? from[0] : from[2]}, full};
  if (channels % 2 == 0) pixel.opacity = from[channels - 1];
  return pixel;
}

template <class T>
void write_pixel(const Pixel& pixel, T* to, int channels) {
  const auto& [r, g, b] = pixel.color;
  if (channels <= 2) {
    const bool equal = r == g && g == b;
    to[0] = static_cast<T>(equal ? r : (r * 19595ULL + g * 38470ULL + b * 7471ULL + 0x8000) >> 16);
  } else {
    for (std::size_t c = 0; c < 3; ++c) to[c] = static_cast<T>(pixel.color[c]);
  }
  if (channels % 2 == 0) to[channels - 1] = static_cast<T>(pixel.opacity);
}

void set_channels(Picture& picture, const PictureRule& rule) {
  if (picture.channels == rule.channels) return;
  const bool over_ground = picture.has_alpha() && rule.channels % 2 == 1;
  Picture out = picture;
  out.channels = rule.channels;
  out.samples.resize(static_cast<std::size_t>(out.sample_count() * out.sample_bytes()));
  for_sample_type(picture.bits, [&]<class T>(T) {
    const std::uint32_t full = static_cast<T>(~T{0});
    const T* from = samples_of<T>(picture).data();
    T* to = samples_of<T>(out).data();
    for (std::int64_t i = 0; i < picture.height * picture.width; ++i) {
      Pixel pixel = read_pixel(from, picture.channels, full);
      for (std::size_t c = 0; over_ground && c < 3; ++c) {
        const std::uint64_t behind = rule.ground[c] * (full / 255);
        const std::uint64_t opacity = pixel.opacity;
        pixel.color[c] = static_cast<std::uint32_t>(
            (pixel.color[c] * opacity + behind * (full - opacity) + full / 2) / full);
      }
      write_pixel(pixel, to, rule.channels);
      from += picture.channels;
      to += rule.channels;
    }
  });
  picture = std::move(out);
}

/// For each sample of a resized line: which samples it is made of, and in what parts.
struct Weights {
  std::vector<std::int64_t> first;
  std::int64_t count = 0;      ///< of parts a sample
  std::vector<float> parts{};  ///< [samples, count], the sum of each 1
};

double cubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/// From the window [begin, begin + length) of a line of `size` samples to `wanted` ones.
Weights weights_for(std::int64_t size, double begin, double length, std::int64_t wanted) {
  const double scale = length / static_cast<double>(wanted);
  const double stretch = std::max(scale, 1.0);
  const double reach = 2 * stretch;
  Weights out;
  out.count = std::min<std::int64_t>(size, static_cast<std::int64_t>(std::ceil(reach)) * 2 + 1);
  out.parts.assign(static_cast<std::size_t>(out.count * wanted), 0.0F);
  for (std::int64_t i = 0; i < wanted; ++i) {
    const double center = begin + (static_cast<double>(i) + 0.5) * scale;
    const auto low = static_cast<std::int64_t>(std::floor(center - reach));
    const std::int64_t first = std::clamp<std::int64_t>(low, 0, size - out.count);
    out.first.push_back(first);
    float* parts = &out.parts[static_cast<std::size_t>(i * out.count)];
    double sum = 0;
    for (std::int64_t k = 0; k < out.count; ++k)
      sum += cubic((static_cast<double>(first + k) + 0.5 - center) / stretch);
    for (std::int64_t k = 0; k < out.count; ++k)
      parts[k] = static_cast<float>(
          cubic((static_cast<double>(first + k) + 0.5 - center) / stretch) / sum);
  }
  return out;
}

/// A part of a picture, in its pixels.
struct Window {
  double top, left, height, width;
};

/// The window as height x width pixels: first along the rows that are needed, then down the
/// columns.
template <class T>
void resample(Picture& picture, const Window& window, Picture& out) {
  const Weights across = weights_for(picture.width, window.left, window.width, out.width);
  const Weights down = weights_for(picture.height, window.top, window.height, out.height);
  const std::int64_t channels = picture.channels;
  const std::int64_t row = out.width * channels;
  const std::int64_t begin = down.first.front();
  const std::int64_t end = down.first.back() + down.count;
  std::vector<float> rows(static_cast<std::size_t>((end - begin) * row));
  const T* from = samples_of<T>(picture).data();
  for (std::int64_t y = begin; y < end; ++y) {
    float* to = &rows[static_cast<std::size_t>((y - begin) * row)];
    for (std::int64_t x = 0; x < out.width; ++x) {
      const float* parts = &across.parts[static_cast<std::size_t>(x * across.count)];
      const T* source =
          from + (y * picture.width + across.first[static_cast<std::size_t>(x)]) * channels;
      for (std::int64_t k = 0; k < across.count; ++k, source += channels)
        for (std::int64_t c = 0; c < channels; ++c)
          to[x * channels + c] += parts[k] * static_cast<float>(source[c]);
    }
  }
  T* to = samples_of<T>(out).data();
  std::vector<float> sum(static_cast<std::size_t>(row));
  const auto most = static_cast<float>(static_cast<T>(~T{0}));
  for (std::int64_t y = 0; y < out.height; ++y, to += row) {
    std::ranges::fill(sum, 0.0F);
    for (std::int64_t k = 0; k < down.count; ++k) {
      const float part = down.parts[static_cast<std::size_t>(y * down.count + k)];
      const float* line = &rows[static_cast<std::size_t>(
          (down.first[static_cast<std::size_t>(y)] + k - begin) * row)];
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part * line[i];
    }
    for (std::size_t i = 0; i < sum.size(); ++i)
      to[i] = static_cast<T>(std::clamp(sum[i] + 0.5F, 0.0F, most));
  }
}

Picture resized(Picture picture, const Window& window, std::int64_t height, std::int64_t width) {
  Picture out{.height = height, .width = width, .channels = picture.channels, .bits = picture.bits};
  out.samples.resize(static_cast<std::size_t>(out.sample_count() * out.sample_bytes()));
  for_sample_type(picture.bits, [&]<class T>(T) { resample<T>(picture, window, out); });
  return out;
}

/// The picture in the middle of a frame of the ground.
Picture framed(Picture picture, const PictureRule& rule) {
  Picture out{
      .height = rule.height, .width = rule.width, .channels = picture.channels, .bits = rule.bits};
  out.samples.resize(static_cast<std::size_t>(out.sample_count() * out.sample_bytes()));
  for_sample_type(out.bits, [&]<class T>(T) {
    const std::uint32_t full = static_cast<T>(~T{0});
    Pixel pixel{{}, full};
    for (std::size_t c = 0; c < 3; ++c) pixel.color[c] = rule.ground[c] * (full / 255);
    T* to = samples_of<T>(out).data();
    for (std::int64_t i = 0; i < out.height * out.width; ++i)
      write_pixel(pixel, to + i * out.channels, out.channels);
    const std::int64_t top = (out.height - picture.height) / 2;
    const std::int64_t left = (out.width - picture.width) / 2;
    const std::int64_t row = picture.width * picture.channels;
    for (std::int64_t y = 0; y < picture.height; ++y)
      std::copy_n(samples_of<T>(picture).data() + y * row, row,
                  to + ((top + y) * out.width + left) * out.channels);
  });
  return out;
}

void set_size(Picture& picture, const PictureRule& rule) {
  if (picture.height == rule.height && picture.width == rule.width) return;
  const auto height = static_cast<double>(picture.height),
             width = static_cast<double>(picture.width);
  const double tall = height / static_cast<double>(rule.height);
  const double wide = width / static_cast<double>(rule.width);
  if (rule.fit == Fit::stretch) {
    picture = resized(std::move(picture), {0, 0, height, width}, rule.height, rule.width);
  } else if (rule.fit == Fit::crop) {
    const double scale = std::min(tall, wide);
    const double inner_height = scale * static_cast<double>(rule.height);
    const double inner_width = scale * static_cast<double>(rule.width);
    const Window window{(height - inner_height) / 2, (width - inner_width) / 2, inner_height,
                        inner_width};
    picture = resized(std::move(picture), window, rule.height, rule.width);
  } else {
    const double scale = std::max(tall, wide);
    const auto side = [&](double length, std::int64_t most) {
      return std::clamp<std::int64_t>(std::llround(length / scale), 1, most);
    };
    picture = framed(resized(std::move(picture), {0, 0, height, width}, side(height, rule.height),
                             side(width, rule.width)),
                     rule);
  }
}

}  // namespace

Picture fitted(Picture picture, const PictureRule& rule) {
  set_bits(picture, rule.bits);
  set_channels(picture, rule);
  set_size(picture, rule);
  return picture;
}

std::array<std::uint8_t, 3> parse_ground(const std::string& text) {
  if (text == "black") return {0, 0, 0};
  if (text == "white") return {255, 255, 255};
  if (text == "grey" || text == "gray") return {128, 128, 128};
  std::array<std::uint8_t, 3> color{};
  const char* at = text.data();
  const char* end = at + text.size();
  for (std::size_t c = 0; c < 3; ++c) {
    const auto [stop, error] = std::from_chars(at, end, color[c]);
    const bool good = error == std::errc() && (c < 2 ? stop != end && *stop == ',' : stop == end);
    if (!good)
      fail(ErrorKind::usage,
           "[data] --ground '{}': give black, white, grey or three numbers from 0 to 255 such as "
           "255,250,240",
           text);
    at = c < 2 ? stop + 1 : stop;
  }
  return color;
}

Fit parse_fit(const std::string& text) {
  const std::vector<std::string> names{"crop", "pad", "stretch"};
  const auto at = std::ranges::find(names, text);
  if (at == names.end())
    fail(ErrorKind::usage, "[data] unknown --fit '{}'{}", text, did_you_mean(text, names));
  return static_cast<Fit>(at - names.begin());
}

}  // namespace varve
