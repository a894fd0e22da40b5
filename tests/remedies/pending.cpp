#include "tests/remedies/remedies.h"

// Messages whose refusal a test sees, and whose remedy nobody follows in a table yet.

namespace varve::remedies {

std::vector<std::string_view> not_followed_yet() {
  return {
      "[data] --rescale {} makes {} of a value in example {} of {}: give a wider range",
      "[data] {} holds examples of shape {}, and models need images (height, width, channels): "
      "reshape the data and save them as NPY",
      "{}: the {} MiB of {} do not fit in memory; use a smaller file",
      "[data] {}: example {} holds {}, and those that were looked at before lie within 0 and 1; "
      "give the range of all with --rescale",
      "{}: has several pages; save each as a picture",
      "{}: has {} samples of {} bits a pixel, of a kind that is not read; save it as PNG, or its "
      "numbers as NPY",
      "{}: is animated; save its frames as pictures",
      "{}: is no HDF5 file, or damaged; name one",
      "{}: is no list of texts; save it as text of one dimension",
  };
}

}  // namespace varve::remedies
