#include "framework/io/pictures/reading.h"

#if VARVE_HAVE_JPEG
#include <cstdio>  // jpeglib.h needs it

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <new>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#endif

namespace varve::io {
namespace {

bool begins(std::string_view head) { return head.starts_with("\xff\xd8\xff"); }

}  // namespace

#if VARVE_HAVE_JPEG
namespace {

/// libjpeg's state for one file. When it gives up it jumps to where attempt() was called: nothing
/// on the way may need a destructor.
struct Reader {
  jpeg_decompress_struct state{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf place{};
  std::array<char, JMSG_LENGTH_MAX> message{};
  bool out_of_memory = false;

  Reader() {
    state.err = jpeg_std_error(&errors);
    state.client_data = this;
    errors.error_exit = [](j_common_ptr common) {
      auto& self = *static_cast<Reader*>(common->client_data);
      self.out_of_memory = self.errors.msg_code == JERR_OUT_OF_MEMORY;
      self.errors.format_message(common, self.message.data());
      std::longjmp(self.place, 1);
    };
    errors.emit_message = [](j_common_ptr common, int level) {
      // Stray bytes between segments lose no pixel; every other warning is of damage.
      if (level < 0 && common->err->msg_code != JWRN_EXTRANEOUS_DATA)
        common->err->error_exit(common);
    };
    progress.progress_monitor = [](j_common_ptr common) {
      // Small files may ask for any number of passes over a large picture.
      constexpr int most_scans = 500;
      auto* decompress = reinterpret_cast<j_decompress_ptr>(common);
      if (decompress->input_scan_number > most_scans) ERREXIT(common, JERR_BAD_PROGRESSION);
    };
  }
  ~Reader() { jpeg_destroy_decompress(&state); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Throws if libjpeg gives up in `step`.
  template <class F>
  void attempt(const std::string& origin, F step) {
    if (setjmp(place) == 0) return step(&state);
    if (out_of_memory) throw std::bad_alloc();
    fail(ErrorKind::input, "{}: {}; {}", origin, message.data(), damaged);
  }
};

/// What the EXIF data, a small TIFF file, say of the orientation; 1 if nothing.
int orientation_of(std::string_view exif) {
  const bool little = exif.starts_with("II");
  if (!little && !exif.starts_with("MM")) return 1;
  const auto number = [&](std::size_t at, std::size_t size) {
    return little ? little_endian(exif, at, size) : big_endian(exif, at, size);
  };
  const std::size_t directory = number(4, 4);
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    if (entry + 12 > exif.size()) break;
    constexpr std::uint32_t tag = 0x0112;
    if (number(entry, 2) == tag) return static_cast<int>(number(entry + 8, 2));
  }
  return 1;
}

int orientation_of(const jpeg_decompress_struct& state) {
  constexpr std::string_view mark("Exif\0\0", 6);
  for (auto* marker = state.marker_list; marker != nullptr; marker = marker->next) {
    const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
    if (marker->marker == JPEG_APP0 + 1 && data.starts_with(mark))
      return orientation_of(data.substr(mark.size()));
  }
  return 1;
}

/// Reads the head; the picture as it is stored, not yet turned.
Picture read_head(Reader& reader, std::string_view bytes, const std::string& origin) {
  reader.attempt(origin, [&](j_decompress_ptr state) {
    jpeg_create_decompress(state);
    state->progress = &reader.progress;
    jpeg_mem_src(state, reinterpret_cast<const unsigned char*>(bytes.data()),
                 static_cast<unsigned long>(bytes.size()));
    jpeg_save_markers(state, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(state, TRUE);
  });
  const auto& state = reader.state;
  const bool grey = state.jpeg_color_space == JCS_GRAYSCALE;
  Picture picture{
      .height = state.image_height, .width = state.image_width, .channels = grey ? 1 : 3};
  require_readable(picture, bytes.size(), origin);
  return picture;
}

/// A row of cyan, magenta, yellow and black, stored inverted as Adobe's programs do, as RGB.
void to_rgb(const std::vector<JSAMPLE>& row, bool inverted, std::byte* out) {
  const auto ink = [&](std::size_t at) { return inverted ? row[at] : 255 - row[at]; };
  for (std::size_t at = 0; at + 4 <= row.size(); at += 4)
    for (std::size_t c = 0; c < 3; ++c)
      *out++ = static_cast<std::byte>((ink(at + c) * ink(at + 3) + 127) / 255);
}

Picture look(std::string_view bytes, const std::string& origin) {
  Reader reader;
  Picture picture = read_head(reader, bytes, origin);
  orient_sides(picture, orientation_of(reader.state));
  return picture;
}

Picture decode(std::string_view bytes, const std::string& origin) {
  Reader reader;
  Picture picture = read_head(reader, bytes, origin);
  auto& state = reader.state;
  const int orientation = orientation_of(state);  // forgotten when the pixels are read
  const bool inks = state.jpeg_color_space == JCS_CMYK || state.jpeg_color_space == JCS_YCCK;
  state.out_color_space = inks ? JCS_CMYK : picture.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  allocate_samples(picture);
  const auto width = static_cast<std::size_t>(picture.width);
  std::vector<JSAMPLE> row(inks ? width * 4 : 0);
  const std::size_t stride = width * static_cast<std::size_t>(picture.channels);
  reader.attempt(origin, [&](j_decompress_ptr s) {
    jpeg_start_decompress(s);
    while (s->output_scanline < s->output_height) {
      std::byte* out = &picture.samples[s->output_scanline * stride];
      JSAMPROW target = inks ? row.data() : reinterpret_cast<JSAMPROW>(out);
      jpeg_read_scanlines(s, &target, 1);
      if (inks) to_rgb(row, s->saw_Adobe_marker != 0, out);
    }
    jpeg_finish_decompress(s);
  });
  return oriented(std::move(picture), orientation);
}

}  // namespace

PictureFormat jpeg_format() { return {"JPEG", begins, look, decode, {}}; }

#else

PictureFormat jpeg_format() {
  return {"JPEG", begins, nullptr, nullptr,
          "this build does not read: build it with libjpeg (package libjpeg62-turbo-dev), or "
          "convert it to PNG"};
}

#endif

}  // namespace varve::io
