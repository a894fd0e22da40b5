#include "framework/io/pictures/reading.h"

#if VARVE_HAVE_GIF
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#endif

namespace varve::io {
namespace {

bool begins(std::string_view head) {
  return head.starts_with("GIF87a") || head.starts_with("GIF89a");
}

}  // namespace

#if VARVE_HAVE_GIF
namespace {

struct Close {
  void operator()(GifFileType* file) const { DGifCloseFile(file, nullptr); }
};
using File = std::unique_ptr<GifFileType, Close>;

/// The one picture of a file, up to its pixels.
struct Head {
  Picture picture;
  File file;
  int transparent = NO_TRANSPARENT_COLOR;
};

int read_some(GifFileType* file, GifByteType* out, int count) {
  auto& rest = *static_cast<std::string_view*>(file->UserData);
  const std::size_t size = std::min(rest.size(), static_cast<std::size_t>(count));
  std::memcpy(out, rest.data(), size);
  rest.remove_prefix(size);
  return static_cast<int>(size);
}

[[noreturn]] void fail_gif(int code, const std::string& origin) {
  const char* text = GifErrorString(code);
  fail(ErrorKind::input, "{}: {}; {}", origin, text == nullptr ? "it cannot be read" : text,
       damaged);
}

void check(int status, const File& file, const std::string& origin) {
  if (status != GIF_OK) fail_gif(file->Error, origin);
}

/// Reads to the head of the next picture; false at the end.
bool find_picture(Head& head, const std::string& origin) {
  GifFileType* file = head.file.get();
  while (true) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    check(DGifGetRecordType(file, &type), head.file, origin);
    if (type == IMAGE_DESC_RECORD_TYPE) return true;
    if (type != EXTENSION_RECORD_TYPE) return false;
    int code = 0;
    GifByteType* block = nullptr;
    check(DGifGetExtension(file, &code, &block), head.file, origin);
    GraphicsControlBlock control;
    if (code == GRAPHICS_EXT_FUNC_CODE && block != nullptr && block[0] >= 4 &&
        DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
      head.transparent = control.TransparentColor;
    while (block != nullptr) check(DGifGetExtensionNext(file, &block), head.file, origin);
  }
}

Head read_head(std::string_view& rest, const std::string& origin) {
  const std::size_t size = rest.size();
  Head head;
  int code = 0;
  head.file.reset(DGifOpen(&rest, read_some, &code));
  if (!head.file) fail_gif(code, origin);
  GifFileType* file = head.file.get();
  head.picture = {.height = file->SHeight, .width = file->SWidth, .channels = 3};
  if (!find_picture(head, origin))
    fail(ErrorKind::input, "{}: has no picture; {}", origin, damaged);
  check(DGifGetImageDesc(file), head.file, origin);
  const auto& place = file->Image;
  if (place.Left < 0 || place.Top < 0 || place.Left + place.Width > file->SWidth ||
      place.Top + place.Height > file->SHeight)
    fail(ErrorKind::input, "{}: its picture lies outside of its frame; {}", origin, damaged);
  const bool covers = place.Width == file->SWidth && place.Height == file->SHeight;
  if (head.transparent != NO_TRANSPARENT_COLOR || !covers) head.picture.channels = 4;
  require_readable(head.picture, size, origin);
  return head;
}

Picture look(std::string_view bytes, const std::string& origin) {
  return read_head(bytes, origin).picture;
}

/// The rows of an interlaced picture come in four passes.
std::vector<int> row_order(int height, bool interlaced) {
  std::vector<int> rows;
  if (!interlaced)
    for (int y = 0; y < height; ++y) rows.push_back(y);
  else
    for (const auto& [first, step] : {std::array{0, 8}, {4, 8}, {2, 4}, {1, 2}})
      for (int y = first; y < height; y += step) rows.push_back(y);
  return rows;
}

Picture decode(std::string_view bytes, const std::string& origin) {
  Head head = read_head(bytes, origin);
  Picture picture = std::move(head.picture);
  GifFileType* file = head.file.get();
  const GifImageDesc place = file->Image;
  const ColorMapObject* map = place.ColorMap != nullptr ? place.ColorMap : file->SColorMap;
  if (map == nullptr) fail(ErrorKind::input, "{}: has no colours; {}", origin, damaged);
  allocate_samples(picture);
  std::vector<GifPixelType> line(static_cast<std::size_t>(place.Width));
  const auto channels = static_cast<std::size_t>(picture.channels);
  for (const int y : row_order(place.Height, place.Interlace)) {
    check(DGifGetLine(file, line.data(), place.Width), head.file, origin);
    auto* out =
        &picture.samples[static_cast<std::size_t>((place.Top + y) * picture.width + place.Left) *
                         channels];
    for (const int index : line) {
      if (index >= map->ColorCount)
        fail(ErrorKind::input, "{}: colour {} is not among its {}; {}", origin, index,
             map->ColorCount, damaged);
      const GifColorType& color = map->Colors[index];
      const std::array<GifByteType, 4> pixel{
          color.Red, color.Green, color.Blue,
          static_cast<GifByteType>(index == head.transparent ? 0 : 255)};
      std::memcpy(out, pixel.data(), channels);
      out += channels;
    }
  }
  if (find_picture(head, origin))
    fail(ErrorKind::input, "{}: is animated; save its frames as pictures", origin);
  return picture;
}

}  // namespace

PictureFormat gif_format() { return {"GIF", begins, look, decode, {}}; }

#else

PictureFormat gif_format() {
  return {"GIF", begins, nullptr, nullptr,
          "this build does not read: build it with giflib (package libgif-dev), or convert it to "
          "PNG"};
}

#endif

}  // namespace varve::io
