#include "framework/nn/conv2d.h"
#include "framework/nn/conv_transpose2d.h"
#include "framework/nn/pooling.h"
#include "framework/nn/upsample.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

Rows conv_rows() {
  return {
      {"Conv2d::forward",
       "one pixel, more padding than kernel",
       {f({1, 1, 1, 1}, {5})},
       [](const Tensors& x) { return ones<Conv2d>(x, {.kernel = 1, .padding = 1}); },
       f({1, 3, 3, 1}, {1, 1, 1, 1, 6, 1, 1, 1, 1}),
       {f({1, 1, 1, 1}, {1})}},
      {"Conv2d::forward",
       "no images",
       {f({0, 3, 3, 2}, {})},
       [](const Tensors& x) { return ones<Conv2d>(x, {.in = 2, .out = 4}); },
       f({0, 1, 1, 4}, {})},
      {"Conv2d::forward",
       "a kernel that is larger than the image",
       {f({1, 2, 2, 1}, {1, 2, 3, 4})},
       [](const Tensors& x) { return ones<Conv2d>(x, {}); },
       Refused{"[conv2d] a kernel of 3 does not fit into 2 pixels"}},
      {"Conv2d::forward",
       "other channels",
       {f({1, 1, 1, 2}, {1, 2})},
       [](const Tensors& x) { return ones<Conv2d>(x, {.in = 3, .kernel = 1}); },
       Refused{"has 2 channels"}},
      {"Conv2d::forward",
       "an image without a batch axis",
       {f({1, 1, 1}, {1})},
       [](const Tensors& x) { return ones<Conv2d>(x, {.in = 1, .kernel = 1}); },
       Refused{"[conv2d] needs 4 dimensions, got (1, 1, 1)"}},
      {"Conv2d::forward",
       "NaN stays in its window",
       {f({1, 1, 2, 1}, {nan, 2})},
       [](const Tensors& x) { return ones<Conv2d>(x, {.kernel = 1}); },
       f({1, 1, 2, 1}, {nan, 3})},
      refused(
          "Conv2d::Conv2d", "a stride of 0", [](const Tensor&) { Conv2d({.stride = 0}); },
          "[Conv2d] kernel 3x3, stride 0x0"),
      refused(
          "Conv2d::Conv2d", "a negative padding",
          [](const Tensor&) {
            Conv2d({.padding = {0, -1}});
          },
          "padding 0x-1"),
      refused(
          "Conv2d::Conv2d", "a kernel of 0", [](const Tensor&) { Conv2d({.in = 1, .kernel = 0}); },
          "[Conv2d]"),
      fact("Conv2d::describe", "channels that are to be inferred",
           [](const Tensor&) {
             return Conv2d({}).describe() == "Conv2d(? -> 1, 3x3, stride 1x1, padding 0x0)";
           }),
      {"ConvTranspose2d::forward",
       "one pixel",
       {f({1, 1, 1, 1}, {5})},
       [](const Tensors& x) { return ones<ConvTranspose2d>(x, {.kernel = 2}); },
       f({1, 2, 2, 1}, {6, 6, 6, 6}),
       {f({1, 1, 1, 1}, {4})}},
      {"ConvTranspose2d::forward",
       "no images",
       {f({0, 2, 2, 1}, {})},
       [](const Tensors& x) {
         return ones<ConvTranspose2d>(x, {.in = 1, .kernel = 2, .stride = 2});
       },
       f({0, 4, 4, 1}, {})},
      {"ConvTranspose2d::forward",
       "padding that leaves nothing",
       {f({1, 1, 1, 1}, {5})},
       [](const Tensors& x) { return ones<ConvTranspose2d>(x, {.kernel = 2, .padding = 2}); },
       Refused{"[ConvTranspose2d] an image of (1, 1, 1, 1) would become -2 x -2 pixels"}},
      {"ConvTranspose2d::forward",
       "other channels",
       {f({1, 1, 1, 2}, {1, 2})},
       [](const Tensors& x) { return ones<ConvTranspose2d>(x, {.in = 3, .kernel = 1}); },
       Refused{"has 2 channels"}},
      refused(
          "ConvTranspose2d::ConvTranspose2d", "an output padding of the stride",
          [](const Tensor&) { ConvTranspose2d({.stride = 2, .output_padding = 2}); },
          "[ConvTranspose2d] output_padding = 2"),
      refused(
          "ConvTranspose2d::ConvTranspose2d", "a negative output padding",
          [](const Tensor&) { ConvTranspose2d({.output_padding = -1}); }, "output_padding = -1"),
      fact("ConvTranspose2d::describe", "channels that are to be inferred",
           [](const Tensor&) {
             return ConvTranspose2d({}).describe() ==
                    "ConvTranspose2d(? -> 1, 3x3, stride 1x1, padding 0x0)";
           }),
  };
}

Rows pool_rows() {
  return {
      {"MaxPool2d::forward",
       "infinities, NaN, ties",
       {f({4, 1, 2, 1}, {-inf, -inf, nan, 1, inf, 0, 2, 2})},
       [](const Tensors& x) {
         return MaxPool2d({.kernel = {1, 2}})(x[0]);
       },
       f({4, 1, 1, 1}, {-inf, nan, inf, 2})},
      {"MaxPool2d::forward",
       "padding never wins",
       {f({1, 1, 1, 1}, {-5})},
       [](const Tensors& x) { return MaxPool2d({.kernel = 2, .padding = 1})(x[0]); },
       f({1, 1, 1, 1}, {-5}),
       {f({1, 1, 1, 1}, {1})}},
      {"MaxPool2d::forward",
       "a window that is larger than the image",
       {f({1, 1, 1, 1}, {5})},
       [](const Tensors& x) { return MaxPool2d()(x[0]); },
       Refused{"does not fit into 1 pixels"}},
      {"MaxPool2d::forward",
       "no images",
       {f({0, 2, 2, 1}, {})},
       [](const Tensors& x) { return MaxPool2d()(x[0]); },
       f({0, 1, 1, 1}, {})},
      refused(
          "MaxPool2d::MaxPool2d", "windows of nothing but padding",
          [](const Tensor&) { MaxPool2d({.padding = 2}); },
          "[MaxPool2d] padding 2x2 is more than half of the kernel 2x2"),
      refused(
          "MaxPool2d::MaxPool2d", "a negative stride",
          [](const Tensor&) { MaxPool2d({.stride = -1}); }, "[MaxPool2d] kernel 2x2, stride -1x-1"),
      fact("MaxPool2d::describe", "by default",
           [](const Tensor&) { return MaxPool2d().describe() == "MaxPool2d(2x2, stride 2x2)"; }),
      {"AvgPool2d::forward",
       "padding counts as zeros",
       {f({1, 1, 1, 1}, {8})},
       [](const Tensors& x) { return AvgPool2d({.kernel = 2, .padding = 1})(x[0]); },
       f({1, 1, 1, 1}, {2}),
       {f({1, 1, 1, 1}, {0.25})}},
      {"AvgPool2d::forward",
       "no images",
       {f({0, 2, 2, 1}, {})},
       [](const Tensors& x) { return AvgPool2d()(x[0]); },
       f({0, 1, 1, 1}, {})},
      {"AvgPool2d::forward",
       "no image at all",
       {f({4})},
       [](const Tensors& x) { return AvgPool2d()(x[0]); },
       Refused{"needs 4 dimensions"}},
      refused(
          "AvgPool2d::AvgPool2d", "a kernel of 0", [](const Tensor&) { AvgPool2d({.kernel = 0}); },
          "[AvgPool2d] kernel 0x0"),
      fact("AvgPool2d::describe", "by default",
           [](const Tensor&) { return AvgPool2d().describe() == "AvgPool2d(2x2, stride 2x2)"; }),
      {"Upsample::forward",
       "one pixel, NaN",
       {f({2, 1, 1, 1}, {nan, 3})},
       [](const Tensors& x) { return Upsample()(x[0]); },
       f({2, 2, 2, 1}, {nan, nan, nan, nan, 3, 3, 3, 3}),
       {f({2, 1, 1, 1}, {4, 4})}},
      {"Upsample::forward",
       "no images",
       {f({0, 1, 1, 1}, {})},
       [](const Tensors& x) { return Upsample()(x[0]); },
       f({0, 2, 2, 1}, {})},
      {"Upsample::forward",
       "no image at all",
       {f({4})},
       [](const Tensors& x) { return Upsample()(x[0]); },
       Refused{"needs (N, H, W, C)"}},
      refused(
          "Upsample::Upsample", "a factor of 0", [](const Tensor&) { Upsample({.factor = 0}); },
          "[Upsample] factor = 0"),
      fact("Upsample::describe", "by default",
           [](const Tensor&) { return Upsample().describe() == "Upsample(2)"; }),
      fact("Extent::Extent", "one number is both",
           [](const Tensor&) { return Extent(3) == Extent(3, 3); }),
      fact("Extent::str", "", [](const Tensor&) { return Extent(3, 5).str() == "3x5"; }),
      fact("make_window", "as it is given",
           [](const Tensor&) {
             const Window w = make_window({1, 2}, {3, 4}, {5, 6});
             return w.kernel[1] == 2 && w.stride[0] == 3 && w.padding[1] == 6;
           }),
      refused(
          "require_window", "a kernel of 0",
          [](const Tensor&) {
            require_window({1, 0}, 1, 0, "place");
          },
          "[place] kernel 1x0"),
  };
}

}  // namespace

Rows window_rows() {
  Rows rows = conv_rows();
  const Rows more = pool_rows();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace varve::corners
