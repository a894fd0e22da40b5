#include "framework/io/pictures/reading.h"

#if VARVE_HAVE_TIFF
#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "framework/core/error.h"
#include "framework/io/budget.h"
#include "framework/io/byte_source.h"
#endif

namespace varve::io {
namespace {

bool begins(std::string_view head) {
  using namespace std::string_view_literals;
  return head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv) ||
         head.starts_with("II+\0"sv) || head.starts_with("MM\0+"sv);
}

}  // namespace

#if VARVE_HAVE_TIFF
namespace {

/// The bytes of a file as libtiff reads them.
struct Memory {
  std::string_view bytes;
  std::uint64_t at = 0;

  static tmsize_t read(thandle_t handle, void* out, tmsize_t count) {
    auto& self = *static_cast<Memory*>(handle);
    const std::uint64_t from = std::min<std::uint64_t>(self.at, self.bytes.size());
    const auto size = std::min<std::uint64_t>(
        self.bytes.size() - from, static_cast<std::uint64_t>(std::max<tmsize_t>(count, 0)));
    std::memcpy(out, self.bytes.data() + from, static_cast<std::size_t>(size));
    self.at = from + size;
    return static_cast<tmsize_t>(size);
  }
  static tmsize_t write(thandle_t, void*, tmsize_t) { return 0; }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    auto& self = *static_cast<Memory*>(handle);
    const std::uint64_t base = whence == SEEK_CUR   ? self.at
                               : whence == SEEK_END ? self.bytes.size()
                                                    : 0;
    return self.at = base + offset;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return static_cast<Memory*>(handle)->bytes.size(); }
  static int map(thandle_t, void**, toff_t*) { return 0; }
  static void unmap(thandle_t, void*, toff_t) {}
};

int keep_error(TIFF*, void* message, const char*, const char* format, std::va_list values) {
  char text[160];
  std::vsnprintf(text, sizeof text, format, values);
  auto& kept = *static_cast<std::string*>(message);
  if (kept.empty()) kept = text;
  return 1;
}

/// A file with what libtiff has to say of it. Its own memory is bounded as the samples are.
class File {
 public:
  File(std::string_view bytes, std::string origin) : memory_{bytes}, origin_(std::move(origin)) {
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(
        TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
    if (!options) throw std::bad_alloc();
    constexpr std::uint64_t most = 1ULL << 31;
    TIFFOpenOptionsSetMaxSingleMemAlloc(
        options.get(), static_cast<tmsize_t>(std::min(Budget(bytes.size()).left(), most)));
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, &message_);
    TIFFOpenOptionsSetWarningHandlerExtR(
        options.get(), [](TIFF*, void*, const char*, const char*, std::va_list) { return 1; },
        nullptr);
    file_ =
        TIFFClientOpenExt("", "rm", &memory_, Memory::read, Memory::write, Memory::seek,
                          Memory::close, Memory::size, Memory::map, Memory::unmap, options.get());
    if (file_ == nullptr) fail_read();
  }
  ~File() { TIFFClose(file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  TIFF* get() const { return file_; }
  const std::string& origin() const { return origin_; }
  std::uint64_t size() const { return memory_.bytes.size(); }
  template <class T>
  T field(std::uint32_t tag, T fallback) const {
    T value = fallback;
    return TIFFGetFieldDefaulted(file_, tag, &value) == 1 ? value : fallback;
  }
  [[noreturn]] void fail_read() const {
    fail(ErrorKind::input, "{}: {}; {}", origin_,
         excerpt(message_.empty() ? "it cannot be read" : message_), damaged);
  }

 private:
  Memory memory_;
  std::string origin_, message_;
  TIFF* file_ = nullptr;
};

struct Head {
  Picture picture;  ///< as stored, not yet turned
  int orientation = 1;
  bool plain = false;     ///< samples of 8 or 16 bits side by side, grey or RGB
  bool inverted = false;  ///< 0 is white
};

/// A second page is another picture, unless it is the first one made smaller.
void require_one_page(const File& file) {
  while (TIFFReadDirectory(file.get()) == 1)
    if ((file.field<std::uint32_t>(TIFFTAG_SUBFILETYPE, 0) & FILETYPE_REDUCEDIMAGE) == 0)
      fail(ErrorKind::input, "{}: has several pages; save each as a picture", file.origin());
  if (TIFFSetDirectory(file.get(), 0) != 1) file.fail_read();
}

Head read_head(const File& file) {
  require_one_page(file);
  const auto bits = file.field<std::uint16_t>(TIFFTAG_BITSPERSAMPLE, 1);
  const auto samples = file.field<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL, 1);
  const auto format = file.field<std::uint16_t>(TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  const auto kind = file.field<std::uint16_t>(TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  const auto planes = file.field<std::uint16_t>(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  const bool grey = kind == PHOTOMETRIC_MINISBLACK || kind == PHOTOMETRIC_MINISWHITE;
  const int colors = grey ? 1 : 3;
  Head head;
  head.orientation = file.field<std::uint16_t>(TIFFTAG_ORIENTATION, 1);
  head.inverted = kind == PHOTOMETRIC_MINISWHITE;
  head.plain = (grey || kind == PHOTOMETRIC_RGB) && (bits == 8 || bits == 16) &&
               planes == PLANARCONFIG_CONTIG && (samples == colors || samples == colors + 1);
  const bool simple = bits <= 8 && samples == (kind == PHOTOMETRIC_SEPARATED ? 4
                                               : kind == PHOTOMETRIC_PALETTE ? 1
                                                                             : colors);
  if (format != SAMPLEFORMAT_UINT || !(head.plain || simple))
    fail(
        ErrorKind::input,
        "{}: has {} samples of {} bits a pixel, of a kind that is not read; save it as PNG, or its "
        "numbers as NPY",
        file.origin(), samples, bits);
  head.picture = {.height = file.field<std::uint32_t>(TIFFTAG_IMAGELENGTH, 0),
                  .width = file.field<std::uint32_t>(TIFFTAG_IMAGEWIDTH, 0),
                  .channels = head.plain ? samples : colors,
                  .bits = head.plain ? bits : 8};
  require_readable(head.picture, file.size(), file.origin());
  return head;
}

/// Copies a box of rows that a strip or a tile holds, as far as it lies within the picture.
void place_box(Picture& picture, const std::vector<std::byte>& box, std::size_t box_row,
               std::int64_t top, std::int64_t left, std::int64_t rows, std::int64_t columns) {
  const auto pixel = static_cast<std::size_t>(picture.channels * picture.sample_bytes());
  const auto width = static_cast<std::size_t>(std::min(columns, picture.width - left)) * pixel;
  for (std::int64_t y = 0; y < std::min(rows, picture.height - top); ++y)
    std::memcpy(
        &picture.samples[static_cast<std::size_t>((top + y) * picture.width + left) * pixel],
        &box[static_cast<std::size_t>(y) * box_row], width);
}

void read_tiles(const File& file, Picture& picture) {
  const std::int64_t height = file.field<std::uint32_t>(TIFFTAG_TILELENGTH, 0);
  const std::int64_t width = file.field<std::uint32_t>(TIFFTAG_TILEWIDTH, 0);
  const auto row = static_cast<std::uint64_t>(TIFFTileRowSize(file.get()));
  const auto bytes = static_cast<std::uint64_t>(TIFFTileSize(file.get()));
  const auto pixel = static_cast<std::uint64_t>(picture.channels * picture.sample_bytes());
  if (height < 1 || width < 1 || height > 2 * longest_side || width > 2 * longest_side ||
      row != static_cast<std::uint64_t>(width) * pixel ||
      bytes < row * static_cast<std::uint64_t>(height))
    file.fail_read();
  Budget(file.size()).take(bytes, file.origin());
  std::vector<std::byte> box(static_cast<std::size_t>(bytes));
  for (std::int64_t top = 0; top < picture.height; top += height)
    for (std::int64_t left = 0; left < picture.width; left += width) {
      const auto tile = TIFFComputeTile(file.get(), static_cast<std::uint32_t>(left),
                                        static_cast<std::uint32_t>(top), 0, 0);
      if (TIFFReadEncodedTile(file.get(), tile, box.data(), static_cast<tmsize_t>(bytes)) !=
          static_cast<tmsize_t>(bytes))
        file.fail_read();
      place_box(picture, box, static_cast<std::size_t>(row), top, left, height, width);
    }
}

void read_rows(const File& file, Picture& picture) {
  const auto row =
      static_cast<std::size_t>(picture.width * picture.channels * picture.sample_bytes());
  if (static_cast<std::size_t>(TIFFScanlineSize(file.get())) != row) file.fail_read();
  for (std::int64_t y = 0; y < picture.height; ++y)
    if (TIFFReadScanline(file.get(), &picture.samples[static_cast<std::size_t>(y) * row],
                         static_cast<std::uint32_t>(y), 0) != 1)
      file.fail_read();
}

/// 0 for white becomes 0 for black; alpha stays.
void invert(Picture& picture) {
  const auto size = static_cast<std::size_t>(picture.sample_bytes());
  const std::size_t pixel = size * static_cast<std::size_t>(picture.channels);
  for (std::size_t at = 0; at < picture.samples.size(); at += pixel)
    for (std::size_t i = 0; i < size; ++i) picture.samples[at + i] = ~picture.samples[at + i];
}

/// What libtiff makes of palettes, bits, inks and separate planes: RGBA of 8 bits, in the order in
/// which they are stored.
void read_converted(const File& file, Picture& picture, int orientation) {
  const auto pixels = static_cast<std::size_t>(picture.height * picture.width);
  std::vector<std::uint32_t> rgba(pixels);
  if (TIFFReadRGBAImageOriented(file.get(), static_cast<std::uint32_t>(picture.width),
                                static_cast<std::uint32_t>(picture.height), rgba.data(),
                                orientation, 1) != 1)
    file.fail_read();
  std::byte* out = picture.samples.data();
  for (const std::uint32_t pixel : rgba)
    for (int c = 0; c < picture.channels; ++c) *out++ = static_cast<std::byte>(pixel >> 8 * c);
}

Picture look(std::string_view bytes, const std::string& origin) {
  const File file(bytes, origin);
  Head head = read_head(file);
  orient_sides(head.picture, head.orientation);
  return head.picture;
}

Picture decode(std::string_view bytes, const std::string& origin) {
  const File file(bytes, origin);
  Head head = read_head(file);
  allocate_samples(head.picture);
  if (!head.plain)
    read_converted(file, head.picture, head.orientation);
  else if (TIFFIsTiled(file.get()) != 0)
    read_tiles(file, head.picture);
  else
    read_rows(file, head.picture);
  if (head.plain && head.inverted) invert(head.picture);
  return oriented(std::move(head.picture), head.orientation);
}

}  // namespace

PictureFormat tiff_format() { return {"TIFF", begins, look, decode, {}}; }

#else

PictureFormat tiff_format() {
  return {"TIFF", begins, nullptr, nullptr,
          "this build does not read: build it with libtiff 4.5 (package libtiff-dev), or convert "
          "it to PNG"};
}

#endif

}  // namespace varve::io
