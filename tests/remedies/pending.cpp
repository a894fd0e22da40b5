#include "tests/remedies/remedies.h"

// Messages whose refusal a test sees, and whose remedy nobody follows in a table yet.

namespace varve::remedies {

std::vector<std::string_view> not_followed_yet() {
  return {
      "[data] --rescale {} makes {} of a value in example {} of {}: give a wider range",
      "[data] {} holds examples of shape {}, and models need images (height, width, channels): reshape the data and save them as NPY",
      "[mix] needs two examples, and there is one: take other data",
      "[picture] needs two examples{}, and there are not: take more data",
      "{}: the {} MiB of {} do not fit in memory; use a smaller file",
      "{}: unpacks to {} bytes, {} are left of {} times the file's size; if it is sound, store it less compressed",
      "Options of single networks (--arch)",
      "[data] --channels {}: give 1 (grey), 2 (grey and alpha), 3 (colour) or 4 (colour and alpha)",
      "[data] --ground '{}': give black, white, grey or three numbers from 0 to 255 such as "
      "255,250,240",
      "[data] --{} '{}': give {}",
      "[data] unknown --layout '{}': give hwc, chw or auto",
      "[data] {}: --label {}: there is no such column among {}",
      "[data] {}: --test holds examples of shape {}, and those for training are {}; make them "
      "alike",
      "[data] {}: --{} {}: there is no such array that could be it, among {}",
      "[data] {}: an example has {} values {}, and --shape {} needs {}",
      "[data] {}: example {} holds {}, and those that were looked at before lie within 0 and 1; "
      "give the range of all with --rescale",
      "[data] {}: has no validation part of its own: hold some examples out with --validation 0.1",
      "[data] {}: has pictures of its own and in sub-folders; keep either all in the folder or one "
      "sub-folder a class",
      "[data] {}: has the class '{}', which is none of those trained on: {}; rename or remove it",
      "[data] {}: has {} examples and needs at least {} for a test split (one in {}): name other "
      "data for it with --test",
      "[data] {}: is called a picture and {}; remove or repair it",
      "[data] {}: its {} pictures are of {} sizes: {} are {} x {}, and {} not, as {}, which is {}; "
      "make all of one size, as by --size {}x{} (--fit crop, pad or stretch)",
      "[data] {}: {} (of {}); name the examples with --key NAME, or store them as images",
      "[data] {}: {}; name a folder of pictures",
      "[data] {}: {}; say what it is, as in csv:{}",
      "[einsum] products are of f32 or f64, got {}; cast the operands",
      "[hdf5] {}: this build reads no HDF5: build it with libhdf5 (package libhdf5-dev), or save "
      "the arrays with numpy.savez",
      "[model] to make the decoder, say how large a code is (.latent = 10), or give one",
      "[model] to make the {}, say what an example is (.example = {{28, 28, 1}}), or give one",
      "[model] {} is not known before the first batch has passed: say it by .{} where the model is "
      "made",
      "[module] '{}' is {} for a scheduled value; take another",
      "[networks] these networks have no map of codes: take --arch conv or resnet",
      "[png] {}: {}; name a PNG image",
      "[resnet] --attention {}: --filters has {} levels",
      "[schedule] '{}' holds a share of a run: say of how many steps, by over()",
      "[schedule] {} takes a schedule in steps, and '{}' holds a share of a run: give it by "
      "over(), or all of it as one text",
      "[train] --{} means nothing to the model '{}' with --arch {}{} They take {}; --{} is for {}",
      "[{0}=] this is a leaf that requires gradients: {0}= would give the variable another value "
      "and leave the parameter as it is; write a.assign(a {0} b) to overwrite it, or c = a {0} b",
      "[{0}=] {1} {2} would become {3} {4}; write a = a {0} b if that is meant",
      "[{}] a matrix holds {}: look where the numbers come from",
      "[{}] there is a {} '{}' already; take another name",
      "channels last: {} x {} of {} channels (--layout chw: first)",
      "how: crop (default), pad or stretch",
      "is a pointer of Git LFS: fetch the file itself by 'git lfs pull'",
      "is an HTML page: the download went wrong, fetch it again",
      "is not read: convert it to PNG",
      "this build does not read: build it with giflib (package libgif-dev), or convert it to PNG",
      "this build does not read: build it with libjpeg (package libjpeg62-turbo-dev), or convert "
      "it to PNG",
      "this build does not read: build it with libtiff 4.5 (package libtiff-dev), or convert it to "
      "PNG",
      "this build does not read: build it with libwebp (package libwebp-dev), or convert it to PNG",
      "{} with alpha, laid over {} (--channels {} keeps it)",
      "{}: has several pages; save each as a picture",
      "{}: has {} samples of {} bits a pixel, of a kind that is not read; save it as PNG, or its "
      "numbers as NPY",
      "{}: is animated; save its frames as pictures",
      "{}: is no HDF5 file, or damaged; name one",
      "{}: is no list of texts; save it as text of one dimension",
      "{}: is of a rare kind ({} bits, compression {}) or damaged; convert it to PNG",
      "{}: is {} x {}, sides are limited to {}; use a smaller image",
      "{}: is {} x {}, sides are limited to {}; use a smaller picture",
      "{}: {} and is no zip archive; save it with numpy.savez",
      "{}: {}; name an .npy file",
  };
}

}  // namespace varve::remedies
