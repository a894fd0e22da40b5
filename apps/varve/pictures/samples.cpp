#include "apps/varve/pictures/codes.h"
#include "apps/varve/pictures/grid.h"
#include "framework/autograd/autograd.h"

namespace varve::pictures {

Array samples(const Subject& subject, std::int64_t count) {
  const NoGrad no_grad;
  const Array codes = subject.model.sample_prior(count).to_array();
  return draw(Grid{.title = subject.name + ": samples",
                   .subtitle = "decoded draws from the prior",
                   .images = decode(subject.model, codes),
                   .columns = square_columns(count)});
}

}  // namespace varve::pictures
