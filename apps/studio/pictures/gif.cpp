#include "apps/studio/pictures/gif.h"

#include "framework/core/error.h"

#if VARVE_HAVE_GIF

#include <gif_lib.h>

#include <memory>
#include <new>

#include "apps/studio/pictures/palette.h"

namespace varve::studio::pictures {
namespace {

struct FreeColors {
  void operator()(ColorMapObject* colors) const { GifFreeMapObject(colors); }
};
using Colors = std::unique_ptr<ColorMapObject, FreeColors>;

/// The bytes are kept in memory, so that only memory can be lacking.
void require(int result) {
  if (result == GIF_ERROR) throw std::bad_alloc();
}

int append(GifFileType* file, const GifByteType* bytes, int size) {
  static_cast<std::string*>(file->UserData)
      ->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  return size;
}

/// giflib wants a power of two of colours, at least two.
Colors make_colors(const Palette& palette) {
  const auto& colors = palette.colors();
  int size = 2;
  while (size < static_cast<int>(colors.size())) size *= 2;
  Colors map(GifMakeMapObject(size, nullptr));
  if (!map) throw std::bad_alloc();
  for (std::size_t i = 0; i < colors.size(); ++i)
    map->Colors[i] = {colors[i][0], colors[i][1], colors[i][2]};
  return map;
}

/// The extension block by which players know to start again.
void put_loop(GifFileType* file) {
  constexpr std::string_view name = "NETSCAPE2.0";
  constexpr GifByteType times[] = {1, 0, 0};  // for ever
  require(EGifPutExtensionLeader(file, APPLICATION_EXT_FUNC_CODE));
  require(EGifPutExtensionBlock(file, static_cast<int>(name.size()), name.data()));
  require(EGifPutExtensionBlock(file, sizeof times, times));
  require(EGifPutExtensionTrailer(file));
}

void put_frame(GifFileType* file, const Array& frame, const Palette& palette, int hundredths) {
  const auto height = static_cast<int>(frame.shape[0]);
  const auto width = static_cast<int>(frame.shape[1]);
  const GraphicsControlBlock control{.DisposalMode = DISPOSE_DO_NOT,
                                     .UserInputFlag = false,
                                     .DelayTime = hundredths,
                                     .TransparentColor = NO_TRANSPARENT_COLOR};
  GifByteType block[4];
  EGifGCBToExtension(&control, block);
  require(EGifPutExtension(file, GRAPHICS_EXT_FUNC_CODE, sizeof block, block));
  require(EGifPutImageDesc(file, 0, 0, width, height, false, nullptr));
  auto indices = palette.indices(frame);
  for (int row = 0; row < height; ++row)
    require(EGifPutLine(file, indices.data() + std::ptrdiff_t{row} * width, width));
}

}  // namespace

bool has_gif() { return true; }

void require_gif() {}

std::string encode_gif(const std::vector<Array>& frames, int hundredths) {
  std::string out;
  const Palette palette(frames);
  const Colors colors = make_colors(palette);
  GifFileType* file = EGifOpen(&out, append, nullptr);
  if (file == nullptr) throw std::bad_alloc();
  try {
    EGifSetGifVersion(file, true);
    require(EGifPutScreenDesc(file, static_cast<int>(frames.at(0).shape[1]),
                              static_cast<int>(frames.at(0).shape[0]), 8, 0, colors.get()));
    put_loop(file);
    for (const auto& frame : frames) put_frame(file, frame, palette, hundredths);
  } catch (...) {
    EGifCloseFile(file, nullptr);
    throw;
  }
  require(EGifCloseFile(file, nullptr));
  return out;
}

}  // namespace varve::studio::pictures

#else

namespace varve::studio::pictures {

bool has_gif() { return false; }

void require_gif() {
  fail(
      ErrorKind::usage,
      "[picture] this varve was built without giflib and cannot write .gif: write .png or .svg, or "
      "install libgif-dev and build again");
}

std::string encode_gif(const std::vector<Array>&, int) {
  require_gif();
  return {};
}

}  // namespace varve::studio::pictures

#endif
