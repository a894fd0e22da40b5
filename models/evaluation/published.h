#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace varve::evaluation {

/// A figure that others have published for a model and data that Varve has too.
struct Published {
  std::string metric;    ///< our name of the figure: "nll"
  std::string model;     ///< as in the registry
  std::string data;      ///< "mnist"; figures of dSprites stand under "sprites"
  std::string binarize;  ///< "none", "static", "dynamic"; empty: it does not matter
  double value = 0;
  std::string setting;  ///< what it was measured on, where that differs from our defaults
  std::string source;
};

/// Those that can stand beside a run's figure: of the same metric, model, data and binarisation, in
/// the order of the table. The rest of the setting is for the reader to compare.
std::vector<Published> published(std::string_view metric, std::string_view model,
                                 std::string_view data, std::string_view binarize);

/// The whole table.
const std::vector<Published>& published_figures();

}  // namespace varve::evaluation
