#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "framework/core/array.h"

namespace varve::pictures {

struct Color {
  double red, green, blue;
};

inline constexpr Color ink{0.13, 0.13, 0.13};
inline constexpr Color faint_ink{0.45, 0.45, 0.45};
inline constexpr Color rule{0.82, 0.82, 0.82};
inline constexpr Color paper{1, 1, 1};

/// Colours that people with any colour vision can tell apart: those of Okabe and Ito 2008, ordered
/// for dots on white, and two more. Past ten they come again, on other markers.
Color series_color(int series);

enum class Align : std::uint8_t { left, centre, right };

struct TextStyle {
  double size = 12;
  bool bold = false;
  Align align = Align::left;
  Color color = ink;
};

/// The shape of a dot: with the colour, a second sign of its series.
enum class Marker : std::uint8_t { circle, triangle, square };
Marker series_marker(int series);

/// A white sheet to draw on, through Cairo. Units are pixels, y grows downwards.
class Canvas {
 public:
  Canvas(std::int64_t width, std::int64_t height);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  /// `y` is the baseline.
  void text(std::string_view text, double x, double y, const TextStyle& style);
  /// Read from bottom to top, centred on (x, y).
  void text_upwards(std::string_view text, double x, double y, const TextStyle& style);
  void fill(double x, double y, double width, double height, Color color);
  void line(double x0, double y0, double x1, double y1, Color color, double width = 1);
  void circle(double x, double y, double radius, Color color, bool dashed);
  void dot(double x, double y, double radius, Marker marker, Color color, double opacity);
  /// Drawing is limited to a rectangle until unclip().
  void clip(double x, double y, double width, double height);
  void unclip();
  /// Pastes image `index` of u8 [N, H, W, 3], every pixel `zoom` x `zoom`.
  void image(const Array& images, std::int64_t index, std::int64_t x, std::int64_t y,
             std::int64_t zoom);

  /// u8 [height, width, 3].
  Array pixels() const;

  /// How wide `text` will be.
  static double width(std::string_view text, const TextStyle& style);

 private:
  struct Sheet;
  std::unique_ptr<Sheet> sheet_;
};

}  // namespace varve::pictures
