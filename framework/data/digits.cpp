#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "framework/core/philox.h"
#include "framework/data/array_dataset.h"
#include "framework/data/digit_strokes.h"
#include "framework/data/synthetic.h"

// All arithmetic is in double and uses little of the maths library, so that the rounded bytes are
// the same on every machine and compiler.

namespace varve::detail {
namespace {

constexpr double centre_x = 30.0;
constexpr double centre_y = 50.0;
constexpr int last_pixel = static_cast<int>(digit_side) - 1;
constexpr int steps_per_span = 3;

struct Sample {
  Point at;
  double radius = 0.0;
};
using Path = std::vector<Sample>;

/// Close to a standard normal and bounded by 3.5: a sum of four uniforms.
double spread(PhiloxStream& rng) {
  double sum = -2.0;
  for (int i = 0; i < 4; ++i) sum += double{rng.uniform()};
  return sum * std::sqrt(3.0);
}

const Glyph& pick(std::span<const Glyph> glyphs, PhiloxStream& rng) {
  double u = rng.uniform();
  for (const auto& glyph : glyphs) {
    if (u < glyph.weight) return glyph;
    u -= glyph.weight;
  }
  return glyphs.back();
}

/// The hand: a linear map (rotation, slant, width) followed by a bend of low order.
class Hand {
 public:
  explicit Hand(PhiloxStream& rng) {
    const double angle = 0.12 * spread(rng);
    const double slant = 0.15 + 0.22 * spread(rng);
    const double width = std::max(0.7, 1.05 + 0.20 * spread(rng));
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    xx_ = c * width;
    xy_ = -c * slant - s;
    yx_ = s * width;
    yy_ = c - s * slant;
    for (auto& value : bend_) value = 4.2 * spread(rng);
  }

  Point operator()(Point p) const {
    const double u = (p.x - centre_x) / 50.0;
    const double v = (p.y - centre_y) / 50.0;
    const double x = p.x - centre_x + bend_[0] * v * v + bend_[1] * u * v + bend_[2] * v * v * v;
    const double y = p.y - centre_y + bend_[3] * u * u + bend_[4] * u * v + bend_[5] * v * v;
    return {xx_ * x + xy_ * y, yx_ * x + yy_ * y};
  }

 private:
  double xx_, xy_, yx_, yy_;
  std::array<double, 6> bend_{};
};

/// The control points as this writer puts them: shaken, then moved by the hand.
Stroke write_stroke(const Stroke& stroke, const Hand& hand, double shake, PhiloxStream& rng) {
  Stroke out;
  Point offset;
  for (std::size_t i = 0; i < stroke.size(); ++i) {
    const bool corner = i > 0 && stroke[i].x == stroke[i - 1].x && stroke[i].y == stroke[i - 1].y;
    if (!corner) offset = {shake * spread(rng), shake * spread(rng)};
    out.push_back(hand({stroke[i].x + offset.x, stroke[i].y + offset.y}));
  }
  // Three equal points at each end make the curve begin and end there.
  out.insert(out.begin(), 2, out.front());
  out.insert(out.end(), 2, out.back());
  return out;
}

Point spline(const Point* p, double t) {
  const double t2 = t * t;
  const double t3 = t2 * t;
  const double a = (1.0 - 3.0 * t + 3.0 * t2 - t3) / 6.0;
  const double b = (4.0 - 6.0 * t2 + 3.0 * t3) / 6.0;
  const double c = (1.0 + 3.0 * t + 3.0 * t2 - 3.0 * t3) / 6.0;
  const double d = t3 / 6.0;
  return {a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
          a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y};
}

/// Flattens a stroke; the pen presses harder in one place than in another.
Path flatten(const Stroke& control, double radius, PhiloxStream& rng) {
  const double begin = 1.0 + 0.14 * spread(rng);
  const double middle = 1.0 + 0.12 * spread(rng);
  const double end = 0.92 + 0.16 * spread(rng);
  const auto spans = control.size() - 3;
  const auto total = static_cast<double>(spans * steps_per_span);
  Path path;
  path.reserve(spans * steps_per_span + 1);
  for (std::size_t i = 0; i <= spans * steps_per_span; ++i) {
    const std::size_t span = std::min(i / steps_per_span, spans - 1);
    const double t = static_cast<double>(i - span * steps_per_span) / steps_per_span;
    const double s = static_cast<double>(i) / total;
    const double pressure = begin * (1 - s) * (1 - s) + middle * 2 * s * (1 - s) + end * s * s;
    path.push_back({spline(&control[span], t), radius * std::clamp(pressure, 0.55, 1.45)});
  }
  return path;
}

/// Scales the ink to a square box of `box` pixels and moves its centre of mass to `centre`.
void place(std::vector<Path>& paths, double box, double radius, Point centre) {
  Point low{1e9, 1e9};
  Point high{-1e9, -1e9};
  for (const auto& path : paths)
    for (const auto& sample : path) {
      low = {std::min(low.x, sample.at.x), std::min(low.y, sample.at.y)};
      high = {std::max(high.x, sample.at.x), std::max(high.y, sample.at.y)};
    }
  const double scale = (box - 2.0 * radius) / std::max(high.x - low.x, high.y - low.y);
  Point sum;
  double mass = 0.0;
  for (const auto& path : paths)
    for (std::size_t i = 1; i < path.size(); ++i) {
      const Point a = path[i - 1].at;
      const Point b = path[i].at;
      const double m = std::sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
      sum = {sum.x + m * (a.x + b.x) / 2.0, sum.y + m * (a.y + b.y) / 2.0};
      mass += m;
    }
  // MNIST leaves a border free even where the mass lies far from the middle of the box.
  const double border = 2.0 + radius;
  const auto shift = [&](double to, double from, double lowest, double highest) {
    return std::clamp(to - from * scale, border - lowest * scale,
                      static_cast<double>(digit_side) - border - highest * scale);
  };
  const double x = shift(centre.x, sum.x / mass, low.x, high.x);
  const double y = shift(centre.y, sum.y / mass, low.y, high.y);
  for (auto& path : paths)
    for (auto& sample : path) sample.at = {sample.at.x * scale + x, sample.at.y * scale + y};
}

using Canvas = std::span<std::uint8_t, digit_side * digit_side>;

/// Inks the pixels near one segment: full inside the pen's radius, falling off over `soft` pixels.
void ink(const Sample& from, const Sample& to, double soft, Canvas out) {
  const double reach = std::max(from.radius, to.radius) + soft / 2.0;
  const auto pixel_of = [](double v) { return std::clamp(static_cast<int>(v), 0, last_pixel); };
  const Point d{to.at.x - from.at.x, to.at.y - from.at.y};
  const double length2 = d.x * d.x + d.y * d.y;
  const double inverse = length2 > 0.0 ? 1.0 / length2 : 0.0;
  const int x0 = pixel_of(std::min(from.at.x, to.at.x) - reach + 0.5);
  const int x1 = pixel_of(std::max(from.at.x, to.at.x) + reach - 0.5);
  const int y0 = pixel_of(std::min(from.at.y, to.at.y) - reach + 0.5);
  const int y1 = pixel_of(std::max(from.at.y, to.at.y) + reach - 0.5);
  for (int y = y0; y <= y1; ++y)
    for (int x = x0; x <= x1; ++x) {
      const double px = x + 0.5 - from.at.x;
      const double py = y + 0.5 - from.at.y;
      const double t = std::clamp((px * d.x + py * d.y) * inverse, 0.0, 1.0);
      const double ex = px - t * d.x;
      const double ey = py - t * d.y;
      const double distance2 = ex * ex + ey * ey;
      if (distance2 >= reach * reach) continue;
      const double radius = from.radius + t * (to.radius - from.radius);
      const double cover = std::clamp((radius - std::sqrt(distance2)) / soft + 0.5, 0.0, 1.0);
      auto& pixel = out[static_cast<std::size_t>(y * digit_side + x)];
      pixel = std::max(pixel, static_cast<std::uint8_t>(cover * 255.0 + 0.5));
    }
}

}  // namespace

void draw_digit(int digit, std::uint64_t seed, std::uint64_t stream, Canvas out) {
  PhiloxStream rng(seed, stream);
  const Glyph& glyph = pick(digit_glyphs(digit), rng);
  const Hand hand(rng);
  const double radius = std::clamp(1.3 + 0.3 * spread(rng), 0.8, 2.2);
  const double box = 20.0 + 0.5 * spread(rng);
  const Point centre{14.0 + 0.4 * spread(rng), 14.0 + 0.4 * spread(rng)};
  std::vector<Path> paths;
  for (const auto& stroke : glyph.strokes)
    paths.push_back(flatten(write_stroke(stroke, hand, 4.2, rng), radius, rng));
  place(paths, box, radius, centre);
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  for (const auto& path : paths)
    for (std::size_t i = 1; i < path.size(); ++i) ink(path[i - 1], path[i], 1.3, out);
}

}  // namespace varve::detail

namespace varve {
namespace {

class Digits final : public Dataset {
 public:
  Digits(Split split, std::uint64_t seed)
      : size_(split == Split::train ? 12000 : 2000),
        seed_(seed),
        first_stream_(split == Split::train ? 0 : std::uint64_t{1} << 32),
        pixels_(static_cast<std::size_t>(size_) * pixels_each),
        drawn_(std::make_unique<std::once_flag[]>(static_cast<std::size_t>(size_))) {}

  std::int64_t size() const override { return size_; }
  Shape shape() const override { return {detail::digit_side, detail::digit_side, 1}; }
  std::optional<ValueRange> range() const override { return ValueRange{0, 1}; }
  int num_classes() const override { return 10; }
  int label(std::int64_t index) const override { return static_cast<int>(index % 10); }

  void read(std::int64_t index, std::span<float> out) const override {
    const auto i = static_cast<std::size_t>(index);
    const std::span<std::uint8_t, pixels_each> image(pixels_.data() + i * pixels_each, pixels_each);
    std::call_once(drawn_[i],
                   [&] { detail::draw_digit(label(index), seed_, first_stream_ + i, image); });
    detail::divide_bytes(image, 255.0F, out);
  }

 private:
  static constexpr std::size_t pixels_each = detail::digit_side * detail::digit_side;

  std::int64_t size_;
  std::uint64_t seed_;
  std::uint64_t first_stream_;
  // Drawing 12000 digits takes a tenth of a second, which nobody should wait for before the first
  // training step: each is drawn once, when it is first asked for.
  mutable std::vector<std::uint8_t> pixels_;
  std::unique_ptr<std::once_flag[]> drawn_;
};

}  // namespace

std::shared_ptr<const Dataset> digits(Split split, std::uint64_t seed) {
  return std::make_shared<Digits>(split, seed);
}

}  // namespace varve
