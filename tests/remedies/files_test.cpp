#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <zlib.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/core/error.h"
#include "framework/io/budget.h"
#include "framework/io/byte_source.h"
#include "framework/io/checkpoint.h"
#include "framework/io/csv.h"
#include "framework/io/gzip.h"
#include "framework/io/idx.h"
#include "framework/io/image.h"
#include "framework/io/json.h"
#include "framework/io/npy.h"
#include "framework/io/picture.h"
#include "framework/io/safetensors.h"
#include "framework/io/stored_type.h"
#include "framework/io/text.h"
#include "framework/platform/platform.h"
#include "tests/remedies/remedies.h"

namespace varve::remedies {
namespace {

namespace fs = std::filesystem;

using platform::write_file_atomically;

void read_csv(std::string_view text) { decode_csv(text, "table"); }

std::string hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return bytes;
}

/// Runs a line of Python, as where a file came from.
Action python(const std::string& line) {
  return [line](const Place& place) {
    const auto done = place.shell(fmt::format("python3 -c \"import zipfile, io; {}\"", line));
    if (done.code != 0) throw std::runtime_error(done.err);
  };
}

/// An archive of one member, made by Python, and read.
Action read_npz(const std::string& member, const std::string& method = "ZIP_STORED") {
  return [=](const Place& place) {
    python(fmt::format("zipfile.ZipFile('a.npz', 'w', zipfile.{}).writestr(*{})", method, member))(
        place);
    NpzFile archive(place / "a.npz");
    archive.read("x");
  };
}

std::string png_of_side(std::uint32_t side) {
  std::string bytes = encode_png(Array::zeros({1, 1, 1}, DType::u8));
  for (int i = 0; i < 4; ++i)
    bytes[16 + static_cast<std::size_t>(i)] = static_cast<char>(side >> (24 - 8 * i));
  return bytes;
}

/// A member x.npy: an array of so many zeros of a type.
std::string zeros(int count, const std::string& type = "<f4") {
  return fmt::format(
      "('x.npy', b'\\x93NUMPY\\x01\\x00\\x76\\x00' + "
      "repr(dict(descr='{}', fortran_order=False, shape=({},))).ljust(118).encode() + bytes({}))",
      type, count, 4 * count);
}

std::string npy(std::string_view type, std::size_t bytes, char version = 1) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': (1,), }}", type);
  header.resize(118, ' ');
  return std::string("\x93NUMPY") + version + std::string("\0\x76\0", 3) + header +
         std::string(bytes, '\0');
}

std::string npy_of(const Shape& shape) { return encode_npy(Array::zeros(shape, DType::f32)); }

void read_npy(const std::string& bytes) { decode_npy(bytes, "array"); }

std::string safetensors(std::string_view type, std::size_t bytes) {
  std::string header =
      fmt::format(R"({{"x":{{"dtype":"{}","shape":[1],"data_offsets":[0,{}]}}}})", type, bytes);
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string out(8, '\0');
  out[0] = static_cast<char>(header.size());
  return out + header + std::string(bytes, '\0');
}

void save_tensors(const std::string& name) {
  encode_safetensors({{{name, Array::zeros({1}, DType::f32)}}, {}});
}

fs::path save_checkpoint(const fs::path& folder, float weight = 1) {
  return CheckpointWriter(folder).save(
      {.model = {{"w", Array::of<float>({1}, std::vector<float>{weight})}}});
}

/// Of the checkpoints in a folder, the newest with another text in its state.json.
template <class F>
void spoil(const fs::path& folder, F change) {
  const fs::path file = save_checkpoint(folder) / "state.json";
  auto state = nlohmann::json::parse(platform::read_file(file, 1 << 20));
  change(state);
  write_file_atomically(file, state.dump());
}

void claim_schema(nlohmann::json& state) {
  state.erase("checksum");
  state["schema"] = 1000;
  const std::string text = state.dump();
  state["checksum"] = fmt::format("{:08x}", ::crc32(0, reinterpret_cast<const Bytef*>(text.data()),
                                                    static_cast<uInt>(text.size())));
}

/// While it lives, a limit of this process is lower.
class Limit {
 public:
  Limit(int resource, rlim_t limit) : resource_(resource) {
    ::getrlimit(resource_, &before_);
    const rlimit lower{limit, before_.rlim_max};
    ::setrlimit(resource_, &lower);
  }
  ~Limit() { ::setrlimit(resource_, &before_); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  int resource_;
  rlimit before_{};
};

void write_limited(const fs::path& path, rlim_t bytes) {
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  {
    const Limit limit(RLIMIT_FSIZE, bytes);
    try {
      write_file_atomically(path, std::string_view("four"));
    } catch (...) {
      std::signal(SIGXFSZ, before);
      throw;
    }
  }
  std::signal(SIGXFSZ, before);
}

void read_limited(const fs::path& path, rlim_t files) {
  const Limit limit(RLIMIT_NOFILE, files);
  platform::read_file(path, 100);
}

Remedies of_readers() {
  return {
      {"{}: has {} dimensions, at most {} are accepted; reshape the array",
       [] {
         const std::vector<std::uint64_t> extents(Shape::max_rank + 1, 1);
         io::to_shape(extents, "array");
       },
       {[] { read_npy(npy_of({1})); }}},
      {"the file is damaged or cut off, fetch or write it again",
       [] { read_npy(npy_of({4}).substr(0, 130)); },
       {[] { read_npy(npy_of({4})); }}},
      {"[csv] {}: is empty; write rows of comma-separated numbers", [] { read_csv(""); }, {[] {
         read_csv("1,2\n3,4\n");
       }}},
      {"[csv] {}: line {}, column {}: a quote is not closed; close it",
       [] { read_csv("\"a,b\n1,2\n"); },
       {[] { read_csv("\"a\",b\n1,2\n"); }}},
      {"[csv] {}: line {}: has more than {} cells; write one row a line",
       [] { read_csv(std::string((1 << 21) + 1, ',')); },
       {[] { read_csv("1,2\n3,4"); }}},
      {"[csv] {}: line {}: has {} cells, the first row has {}; fix the row",
       [] { read_csv("1,2\n3\n"); },
       {[] { read_csv("1,2\n3,4\n"); }}},
      {"[csv] {}: line {}, column {}: {} is not a finite number; write numbers separated by "
       "commas, "
       "names only in the first line and in quotes",
       [] { read_csv("1,2\nx,4\n"); },
       {[] { read_csv("1,2\n3,4\n"); }, [] { read_csv("\"a\",\"b\"\n1,2\n"); }}},
      {"{}: inflates to more than {} bytes; use a smaller file",
       [] { gunzip(hex("1f8b0800000000000203cb48cdc9c957c800910040a62d010b000000"), "text", 2); },
       {[] { gunzip(hex("1f8b080000000000020303000000000000000000"), "text", 2); }}},
      {"{}: has {} bytes, at most {} are accepted; use a smaller file",
       [] { io::parse_json("[1, 2, 3]", "text", {.bytes = 4}); },
       {[] { io::parse_json("[1]", "text", {.bytes = 4}); }}},
      {"{} {}: has {} bytes, at most {} are accepted; use a smaller file",
       [](const Place& place) {
         write_file_atomically(place / "text", "12345");
         io::read_text(place / "text", "[text]", 4);
       },
       {[](const Place& place) {
         write_file_atomically(place / "text", "1234");
         io::read_text(place / "text", "[text]", 4);
       }}},
      {"{}: is no text: it has a zero byte at {}; save it as UTF-8 text",
       [] { io::parse_json(std::string("[\0001]", 4), "text"); },
       {[] { io::parse_json("[1]", "text"); }}},
      {"{}: is of format {}, 1 to 3 are read; save it with numpy.save",
       [] { read_npy(npy("<f4", 4, 9)); },
       {[] { read_npy(npy("<f4", 4)); }}},
      {"{}: its elements are {}, those read are bool, integers of 1 to 8 bytes and floats of 2 to "
       "8; "
       "save it with .astype('<f4')",
       [] { read_npy(npy("<c8", 8)); },
       {[] { read_npy(npy("<f4", 4)); }}},
      {"{}: element {} is {}, more than i64 holds; save it as floats",
       [] {
         std::string bytes = npy("<u8", 8);
         bytes.back() = '\xff';
         read_npy(bytes);
       },
       {[] { read_npy(npy("<f8", 8)); }}},
      {"{}: is {}, NumPy stores or deflates; save it with numpy.savez",
       read_npz(zeros(1), "ZIP_BZIP2"),
       {read_npz(zeros(1)), read_npz(zeros(1), "ZIP_DEFLATED")}},
      {"{}: {}: is no array of numbers; save it with .astype('<f4')",
       read_npz(zeros(1, "<U1")),
       {read_npz(zeros(1))}},
      {"{}: tensor {} is of dtype {}, those read are F16, BF16, F32, F64, I8 to I64, U8 to U64 and "
       "BOOL; save it as F32",
       [] { decode_safetensors(safetensors("F8_E4M3", 1), "tensors"); },
       {[] { decode_safetensors(safetensors("F32", 4), "tensors"); }}},
      {"[png] {}: {}; name a PNG image", [] { decode_png("text of a page", "image"); }, {[] {
         decode_png(png_of_side(1), "image");
       }}},
      {"{}: is {} x {}, sides are limited to {}; use a smaller image",
       [] { decode_png(png_of_side(20000), "image"); },
       {[] { decode_png(png_of_side(1), "image"); }}},
      {"{}: {}; name an .npy file", [] { read_npy("text of a page"); }, {[] {
         read_npy(npy_of({1}));
       }}},
      {"{}: {} and is no zip archive; save it with numpy.savez",
       [] { NpzFile("text of a page", "archive"); },
       {read_npz(zeros(1))}},
      {"{}: unpacks to {} bytes, {} are left of {} times the file's size; if it is sound, store it "
       "less compressed",
       read_npz(zeros(40 << 20), "ZIP_DEFLATED"),
       {read_npz(zeros(40 << 20))}},
      {"{}: is {} x {}, sides are limited to {}; use a smaller picture",
       [] { decode_picture("P5 20000 1 255\n" + std::string(20000, '\1'), "image"); },
       {[] { decode_picture("P5 2 1 255\n" + std::string(2, '\1'), "image"); }}},
      {"{}: is of a rare kind ({} bits, compression {}) or damaged; convert it to PNG",
       [] {
         decode_picture("BM" + std::string(12, '\0') + '\x28' + std::string(60, '\0'), "image");
       },
       {[] { decode_picture(png_of_side(1), "image"); }}},
      {"is not read: convert it to PNG",
       [] {
         decode_picture(std::string("\0\0\0\x18"
                                    "ftypheic",
                                    12) +
                            std::string(12, '\0'),
                        "image");
       },
       {[] { decode_picture(png_of_side(1), "image"); }}},
  };
}

Remedies of_writers() {
  return {
      {"[csv] {}: column name {} has a line break; rename it",
       [](const Place& place) {
         save_csv(place / "t.csv", {{"a\nb"}, Array::zeros({1, 1}, DType::f32)});
       },
       {[](const Place& place) {
         save_csv(place / "t.csv", {{"a b"}, Array::zeros({1, 1}, DType::f32)});
       }}},
      {"[csv] {}: a table is f32 [rows, columns] with as many names as columns or none, this one "
       "is "
       "{} with {} names; reshape it",
       [](const Place& place) {
         save_csv(place / "t.csv", {{}, Array::zeros({4}, DType::f32)});
       },
       {[](const Place& place) {
         save_csv(place / "t.csv", {{}, Array::zeros({2, 2}, DType::f32)});
       }}},
      {"[csv] {}: row {}, column {} is {}; write finite numbers only",
       [](const Place& place) {
         save_csv(place / "t.csv", {{}, Array::of<float>({1, 1}, std::vector<float>{NAN})});
       },
       {[](const Place& place) {
         save_csv(place / "t.csv", {{}, Array::of<float>({1, 1}, std::vector<float>{1})});
       }}},
      {"[png] an image is u8 [height, width, 1 or 3] with sides of 1 to {}, this one is {} {}; "
       "convert it first",
       [] {
         encode_png(Array::zeros({2, 2, 1}, DType::f32));
       },
       {[] {
         encode_png(Array::zeros({2, 2, 1}, DType::u8));
       }}},
      {"[safetensors] '{}' is reserved; rename the tensor",
       [] { save_tensors("__metadata__"); },
       {[] { save_tensors("metadata"); }}},
      {"[safetensors] a tensor name or metadata text is not UTF-8; rename it",
       [] { save_tensors("\xff"); },
       {[] { save_tensors("y"); }}},
      {"[checkpoint] {}: {}; the file is damaged, use another checkpoint or copy it here again",
       [](const Place& place) {
         save_checkpoint(place / "damaged");
         fs::copy(place / "damaged", place / "kept", fs::copy_options::recursive);
         spoil(place / "damaged", [](nlohmann::json& state) { state["step"] = 7; });
         load_checkpoint(load_latest_checkpoint(place / "kept").path);
         for (const auto& entry : fs::directory_iterator(place / "damaged"))
           if (entry.is_directory()) load_checkpoint(entry.path());
       },
       {[](const Place& place) { load_latest_checkpoint(place / "kept"); },
        [](const Place& place) {
          fs::remove_all(place / "damaged");
          fs::copy(place / "kept", place / "damaged", fs::copy_options::recursive);
          load_latest_checkpoint(place / "damaged");
        }}},
      {"[checkpoint] {}: has schema {}, this program reads {}; use the version of Varve that wrote "
       "it",
       [](const Place& place) {
         spoil(place / "newer", claim_schema);
         load_latest_checkpoint(place / "newer");
       },
       {[](const Place& place) { load_checkpoint(save_checkpoint(place / "own")); }}},
      {"[checkpoint] {}: the weight {} is not finite ({}), so nothing was saved; go on from the "
       "last "
       "checkpoint with a lower learning rate or clipped gradients",
       [](const Place& place) {
         save_checkpoint(place / "wild");
         save_checkpoint(place / "wild", INFINITY);
       },
       {[](const Place& place) { load_latest_checkpoint(place / "wild"); }}},
      {"[checkpoint] {}: holds no checkpoint; correct the path or train anew without resuming",
       [](const Place& place) { load_latest_checkpoint(place / "none"); },
       {[](const Place& place) {
         save_checkpoint(place / "some");
         load_latest_checkpoint(place / "some");
       }}},
      {"[checkpoint] {}: none of its checkpoints can be read ({}); train anew in another folder",
       [](const Place& place) {
         spoil(place / "all", [](nlohmann::json& state) { state["step"] = 7; });
         load_latest_checkpoint(place / "all");
       },
       {[](const Place& place) {
         save_checkpoint(place / "anew");
         load_latest_checkpoint(place / "anew");
       }}},
  };
}

Remedies of_paths() {
  return {
      {"free some space or choose another folder",
       [] { write_file_atomically("/dev/full", "text"); },
       {[](const Place& place) { write_file_atomically(place / "file", "text"); }}},
      {"change its permissions or choose another folder",
       [] { write_file_atomically("/sys/file", "text"); },
       {[](const Place& place) { write_file_atomically(place / "file", "text"); }}},
      {"make its folder first or correct the path",
       [](const Place& place) { write_file_atomically(place / "deep" / "file", "text"); },
       {[](const Place& place) { write_file_atomically(place / "file", "text"); },
        [](const Place& place) {
          platform::make_directories(place / "deep");
          write_file_atomically(place / "deep" / "file", "text");
        }}},
      {"a part of the path is a file, correct the path",
       [](const Place& place) { write_file_atomically(place / "file" / "name", "text"); },
       {[](const Place& place) { write_file_atomically(place / "name", "text"); }}},
      {"name a file, not a folder",
       [](const Place& place) { write_file_atomically(place / "deep", "text"); },
       {[](const Place& place) { write_file_atomically(place / "deep" / "file", "text"); }}},
      {"raise the file size limit (ulimit -f) or choose another folder",
       [](const Place& place) { write_limited(place / "file", 2); },
       {[](const Place& place) { write_limited(place / "file", 4); }}},
      {"choose a shorter name",
       [](const Place& place) { write_file_atomically(place / std::string(300, 'x'), "text"); },
       {[](const Place& place) { write_file_atomically(place / "x", "text"); }}},
      {"it is a symbolic link, put what it points to in its place",
       [](const Place& place) {
         platform::make_directories(place / "disk");
         fs::create_directory_symlink(place / "disk", place / "images");
         platform::make_own_folder(place / "images");
       },
       {[](const Place& place) {
         fs::remove(place / "images");
         fs::rename(place / "disk", place / "images");
         platform::make_own_folder(place / "images");
       }}},
      {"raise the limit of open files (ulimit -n)",
       [](const Place& place) { read_limited(place / "file", 3); },
       {[](const Place& place) { read_limited(place / "file", 1000); }}},
      {"[read] {}: there is no such file; check the path",
       [](const Place& place) { platform::read_file(place / "flie", 100); },
       {[](const Place& place) { platform::read_file(place / "file", 100); }}},
      {"[read] {}: is not a regular file; name a file",
       [](const Place& place) { platform::read_file(place / "deep", 100); },
       {[](const Place& place) { platform::read_file(place / "file", 100); }}},
      {"[read] {}: has {} bytes, at most {} are accepted; use a smaller file",
       [](const Place& place) { platform::read_file(place / "file", 3); },
       {[](const Place& place) {
         write_file_atomically(place / "file", "txt");
         platform::read_file(place / "file", 3);
       }}},
  };
}

}  // namespace

Remedies of_files() {
  Remedies all = of_readers();
  for (auto table : {of_writers(), of_paths()}) all.insert(all.end(), table.begin(), table.end());
  return all;
}

}  // namespace varve::remedies

TEST_CASE("remedies of files") {
  varve::remedies::check(varve::test::Place(), varve::remedies::of_files());
}
