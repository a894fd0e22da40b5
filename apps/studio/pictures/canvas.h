#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/studio/pictures/picture.h"
#include "framework/core/array.h"

namespace varve::studio::pictures {

struct Color {
  double red, green, blue;
};

inline constexpr Color ink{0.13, 0.13, 0.13};
inline constexpr Color faint_ink{0.40, 0.40, 0.40};
inline constexpr Color rule{0.82, 0.82, 0.82};
inline constexpr Color faint_rule{0.93, 0.93, 0.93};
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

inline constexpr TextStyle small_style{.size = 12, .color = faint_ink};
inline constexpr TextStyle axis_style{.size = 13, .align = Align::centre};

/// Space between the edge of a picture and what it holds.
inline constexpr double margin = 16;

struct LineStyle {
  Color color = ink;
  double width = 1;
  bool dashed = false;
};

/// The shape of a dot: with the colour, a second sign of its series.
enum class Marker : std::uint8_t { circle, triangle, square };
Marker series_marker(int series);

/// A white sheet to draw on, through Cairo. Units are pixels, y grows downwards. What is drawn is
/// remembered, not painted: the finished picture can be had at any scale.
class Canvas {
 public:
  using Point = std::array<double, 2>;

  /// `title` says in a line what the picture shows, for those who cannot see it.
  Canvas(double width, double height, std::string title);

  /// `y` is the baseline.
  void text(std::string_view text, double x, double y, const TextStyle& style);
  /// Read from bottom to top, centred on (x, y).
  void text_upwards(std::string_view text, double x, double y, const TextStyle& style);
  void fill(double x, double y, double width, double height, Color color);
  void line(double x0, double y0, double x1, double y1, const LineStyle& style);
  /// Through all points, in order.
  void path(std::span<const Point> points, const LineStyle& style);
  /// A filled area.
  void area(std::span<const Point> points, Color color, double opacity);
  void ellipse(double x, double y, double radius_x, double radius_y, const LineStyle& style);
  void dot(double x, double y, double radius, Marker marker, Color color, double opacity);
  /// Drawing is limited to a rectangle until unclip().
  void clip(double x, double y, double width, double height);
  void unclip();
  /// Image `index` of u8 [N, H, W, 3], every pixel `zoom` x `zoom`.
  void image(const Array& images, std::int64_t index, double x, double y, double zoom);
  /// Another picture, its top left corner at (x, y).
  void place(const Picture& picture, double x, double y);

  /// The picture. Nothing can be drawn any more.
  Picture finish() { return Picture(std::move(drawing_)); }

  /// How wide `text` will be.
  static double width(std::string_view text, const TextStyle& style);

 private:
  template <class F>
  void add(F step);

  std::shared_ptr<Drawing> drawing_;
};

/// The words at the top left of a picture. A subtitle that is wider than the rest of the picture
/// goes over several lines.
class Heading {
 public:
  /// `width`: of the picture, margins included. `size`: of the title; in a narrow picture it
  /// is smaller.
  Heading(std::string title, const std::string& subtitle, double width, double size = 17);

  /// Of the picture: as given, or more for a long title.
  double width() const { return width_; }
  /// From the picture's upper edge down to where the rest begins.
  double height() const;
  void draw(Canvas& canvas) const;

 private:
  TextStyle style_;
  std::string title_;
  std::vector<std::string> lines_;
  double width_;
};

}  // namespace varve::studio::pictures
