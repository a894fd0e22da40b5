#include <fmt/format.h>

#include <algorithm>

#include "apps/studio/pictures/codes.h"
#include "apps/studio/pictures/grid.h"
#include "framework/autograd/autograd.h"

namespace varve::studio::pictures {

std::int64_t fitting_count(const Subject& subject, std::int64_t wanted) {
  return std::min(wanted, most_images(subject.model.example_shape()));
}

bool has_prior(const Subject& subject) { return subject.model.prior() != PriorKind::none; }

Picture samples(const Subject& subject, std::int64_t count, std::int64_t aim) {
  constexpr std::int64_t most_columns = 16;
  const NoGrad no_grad;
  Model& model = subject.model;
  Grid grid{.title = subject.name + ": samples", .subtitle = "decoded draws from the prior"};
  grid.aim = aim;
  grid.columns = square_columns(count);
  if (model.classes() > 0 && model.classes() <= most_columns) {
    grid.columns = model.classes();
    grid.subtitle += "; a column for each class";
    for (std::int64_t i = 0; i < grid.columns; ++i)
      grid.column_labels.push_back(fmt::format("{}", i));
  }
  const Array codes = model.sample_prior(count).to_array();
  grid.images = decode(model, codes, labels_in_turn(model, count));
  return draw(grid);
}

}  // namespace varve::studio::pictures
