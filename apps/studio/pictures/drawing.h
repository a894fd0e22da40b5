#pragma once

#include <functional>
#include <string>
#include <vector>

struct _cairo;

namespace varve::studio::pictures {

/// What a canvas remembers: the steps that paint a picture.
struct Drawing {
  double width = 0;
  double height = 0;
  std::string title{};
  std::vector<std::function<void(_cairo*)>> steps{};

  void paint(_cairo* cairo) const {
    for (const auto& step : steps) step(cairo);
  }
};

}  // namespace varve::studio::pictures
