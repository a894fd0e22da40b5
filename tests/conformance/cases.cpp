#include "tests/conformance/cases.h"

#include <fmt/format.h>

#include <array>

namespace varve::conformance {

std::vector<Case> cases_of(Op op) {
  auto out = elementwise_cases(op);
  if (out.empty()) out = structural_cases(op);
  if (out.empty()) out = network_cases(op);
  return out;
}

std::string describe(Op op, const Case& sample) {
  static constexpr std::array<const char*, layout_count> layouts{
      "", " transposed", " reversed", " stepped", " inner", " flipped", " expanded", " repeated"};
  std::string out(name(op));
  for (const auto& input : sample.in) {
    out += fmt::format("{} {}{}", &input == sample.in.data() ? "" : ",", input.shape.str(),
                       layouts[static_cast<std::size_t>(input.layout)]);
    if (input.dtype != DType::f32) out += fmt::format(" {}", name(input.dtype));
  }
  const auto& attributes = sample.attributes;
  if (!attributes.axes.empty()) out += " axes " + attributes.axes.str();
  if (!attributes.shape.empty()) out += " shape " + attributes.shape.str();
  if (attributes.dtype != DType::f32) out += fmt::format(" to {}", name(attributes.dtype));
  if (attributes.activation != Activation::identity)
    out += fmt::format(" {}", name(attributes.activation));
  return out;
}

}  // namespace varve::conformance
