#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "framework/core/array.h"

namespace varve::studio::pictures {

struct Drawing;

/// A finished drawing, which can be had at any scale and in several formats.
class Picture {
 public:
  explicit Picture(std::shared_ptr<const Drawing> drawing) : drawing_(std::move(drawing)) {}

  double width() const;
  double height() const;
  /// What it shows, in a line.
  const std::string& title() const;
  const Drawing& drawing() const { return *drawing_; }

  /// u8 [height, width, 3], `scale` pixels a unit.
  Array pixels(double scale = 1) const;
  std::string png(double scale = 1) const;
  std::string svg() const;

 private:
  std::shared_ptr<const Drawing> drawing_;
};

enum class Format : std::uint8_t { png, svg, gif };

/// The format that a file's name asks for. Throws ErrorKind::usage unless it ends in .png or .svg
/// (`animated`: or .gif), ErrorKind::io if its folder does not exist: for a check before the work.
Format format_of(const std::filesystem::path& path, bool animated = false);

/// Writes a picture as PNG or SVG, by the name's extension, atomically. Throws as format_of() and
/// ErrorKind::io.
void save(const std::filesystem::path& path, const Picture& picture);

}  // namespace varve::studio::pictures
