#include "tests/fuzz/readers.h"

#include <array>
#include <stdexcept>

#include "framework/core/error.h"
#include "framework/core/schedule.h"
#include "framework/io/csv.h"
#include "framework/io/gzip.h"
#include "framework/io/idx.h"
#include "framework/io/image.h"
#include "framework/io/json.h"
#include "framework/io/npy.h"
#include "framework/io/picture.h"
#include "framework/io/safetensors.h"

#include <nlohmann/json.hpp>

namespace varve::fuzz {
namespace {

constexpr std::string_view file = "bad.file";

void read_npz(std::string_view bytes) {
  NpzFile archive(bytes, file);
  for (const auto& name : archive.names())
    if (archive.shape(name)) archive.read(name);
}

/// A schedule is text of a command line or a config.json, refused as a wrong flag is.
void read_schedule(std::string_view bytes) {
  try {
    Schedule::parse(std::string(bytes)).over(100)(7);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    fail(ErrorKind::input, "{}: refused", file);
  }
}

/// A picture of any format, once looked at and once decoded: both tell the same of it.
void read_picture(std::string_view bytes) {
  const Picture look = look_at_picture(bytes, file);
  const Picture picture = decode_picture(bytes, file);
  if (look.height != picture.height || look.width != picture.width)
    throw std::logic_error("the head and the picture have different sizes");
}

constexpr std::array<Reader, 15> all{{
    {"bmp", read_picture},
    {"csv", [](std::string_view bytes) { decode_csv(bytes, file); }},
    {"gif", read_picture},
    {"gzip", [](std::string_view bytes) { gunzip(bytes, file, 1 << 24); }},
    {"idx", [](std::string_view bytes) { decode_idx(bytes, file); }},
    {"jpeg", read_picture},
    {"json", [](std::string_view bytes) { io::parse_json(bytes, std::string(file)); }},
    {"npy", [](std::string_view bytes) { decode_npy(bytes, file); }},
    {"npz", read_npz},
    {"png", read_picture},
    {"ppm", read_picture},
    {"safetensors", [](std::string_view bytes) { decode_safetensors(bytes, file); }},
    {"schedule", read_schedule},
    {"tiff", read_picture},
    {"webp", read_picture},
}};

}  // namespace

std::span<const Reader> readers() { return all; }

}  // namespace varve::fuzz
