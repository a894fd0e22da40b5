#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "framework/data/synthetic.h"

namespace varve {
namespace {

constexpr int side = 64;
constexpr int reach = 15;        // pixels from the centre that a sprite can touch
constexpr double radius = 15.5;  // of the circle around a sprite of scale 1
constexpr std::array<int, 5> cardinalities{3, 6, 40, 32, 32};
enum FactorIndex { shape_factor, scale_factor, orientation_factor, x_factor, y_factor };

std::array<int, 5> factors_of(std::int64_t index) {
  std::array<int, 5> values{};
  for (std::size_t i = values.size(); i-- > 0; index /= cardinalities[i])
    values[i] = static_cast<int>(index % cardinalities[i]);
  return values;
}

// The three shapes in the unit circle, y downwards.
bool in_square(double u, double v) {
  return std::max(std::abs(u), std::abs(v)) <= std::numbers::sqrt2 / 2.0;
}
bool in_ellipse(double u, double v) { return u * u + 4.0 * v * v <= 1.0; }
/// The curve (x^2 + y^2 - 1)^3 = x^2 y^3, which reaches 1.4235 from its origin.
bool in_heart(double u, double v) {
  const double x = 1.425 * u;
  const double y = -1.425 * v;
  const double a = x * x + y * y - 1.0;
  return a * a * a <= x * x * y * y * y;
}

/// Sets the pixels inside a shape to 1. `c` and `s` rotate by the orientation and divide by the
/// sprite's size; the centre lies in the middle of pixel (x, y).
template <class Inside>
void draw(Inside inside, double c, double s, int x, int y, std::span<float> out) {
  for (int dy = -reach; dy <= reach; ++dy) {
    float* row = out.data() + (y + dy) * side + x;
    for (int dx = -reach; dx <= reach; ++dx)
      row[dx] = inside(c * dx + s * dy, c * dy - s * dx) ? 1.0F : 0.0F;
  }
}

class Sprites final : public Dataset {
 public:
  Sprites() {
    for (std::size_t i = 0; i < directions_.size(); ++i) {
      const double angle = 2.0 * std::numbers::pi * static_cast<double>(i) / 40.0;
      directions_[i] = {std::cos(angle), std::sin(angle)};
    }
  }

  std::int64_t size() const override { return 3 * 6 * 40 * 32 * 32; }
  Shape shape() const override { return {side, side, 1}; }
  std::optional<ValueRange> range() const override { return ValueRange{0, 1}; }
  int num_classes() const override { return cardinalities[shape_factor]; }
  int label(std::int64_t index) const override { return factors_of(index)[shape_factor]; }
  std::span<const Factor> factors() const override { return factors_; }
  void factor_values(std::int64_t index, std::span<int> out) const override {
    std::ranges::copy(factors_of(index), out.begin());
  }

  void read(std::int64_t index, std::span<float> out) const override {
    const auto f = factors_of(index);
    const double size = radius * (0.5 + 0.1 * f[scale_factor]);
    const auto [cosine, sine] = directions_[static_cast<std::size_t>(f[orientation_factor])];
    const double c = cosine / size;
    const double s = sine / size;
    const int x = reach + 1 + f[x_factor];
    const int y = reach + 1 + f[y_factor];
    std::ranges::fill(out, 0.0F);
    switch (f[shape_factor]) {
      case 0:
        return draw(in_square, c, s, x, y, out);
      case 1:
        return draw(in_ellipse, c, s, x, y, out);
      default:
        return draw(in_heart, c, s, x, y, out);
    }
  }

 private:
  struct Direction {
    double cosine = 1.0;
    double sine = 0.0;
  };
  std::array<Direction, 40> directions_;
  std::array<Factor, 5> factors_{
      Factor{"shape", cardinalities[shape_factor]}, Factor{"scale", cardinalities[scale_factor]},
      Factor{"orientation", cardinalities[orientation_factor]},
      Factor{"x", cardinalities[x_factor]}, Factor{"y", cardinalities[y_factor]}};
};

}  // namespace

std::shared_ptr<const Dataset> sprites() { return std::make_shared<Sprites>(); }

}  // namespace varve
