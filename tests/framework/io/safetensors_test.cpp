#include "framework/io/safetensors.h"

#include <doctest/doctest.h>

#include <array>
#include <cstring>

#include "framework/core/error.h"
#include "framework/platform/platform.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// Length, header and data as one file.
std::string file(const std::string& header, const std::string& data = {}) {
  std::string out(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(out.data(), &length, 8);
  return out + header + data;
}

/// What the Python package writes for `content()`, byte for byte.
const std::string golden_header =
    R"({"__metadata__":{"format":"varve"},)"
    R"("step":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
    R"("scale":{"dtype":"F64","shape":[2],"data_offsets":[8,24]},)"
    R"("empty":{"dtype":"F32","shape":[0,4],"data_offsets":[24,24]},)"
    R"("encoder.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[24,48]},)"
    R"("labels":{"dtype":"I32","shape":[3],"data_offsets":[48,60]},)"
    R"("pixels":{"dtype":"U8","shape":[2,2],"data_offsets":[60,64]},)"
    R"("mask":{"dtype":"BOOL","shape":[3],"data_offsets":[64,67]}}     )";
const std::string golden = file(golden_header, from_hex("141a99be1c000000"
                                                        "000000000000f83f00000000000002c0"
                                                        "000020c00000c0bf000000bf"
                                                        "0000003f0000c03f00002040"
                                                        "07000000ffffffff03000000"
                                                        "00ff8001"
                                                        "010001"));

TensorFile content() {
  TensorFile out;
  out.metadata["format"] = "varve";
  out.tensors["encoder.weight"] =
      Array::of<float>({2, 3}, std::array<float, 6>{-2.5F, -1.5F, -0.5F, 0.5F, 1.5F, 2.5F});
  out.tensors["scale"] = Array::of<double>({2}, std::array<double, 2>{1.5, -2.25});
  out.tensors["step"] = Array::of<std::int64_t>({}, std::array<std::int64_t, 1>{123456789012});
  out.tensors["labels"] = Array::of<std::int32_t>({3}, std::array<std::int32_t, 3>{7, -1, 3});
  out.tensors["pixels"] =
      Array::of<std::uint8_t>({2, 2}, std::array<std::uint8_t, 4>{0, 255, 128, 1});
  out.tensors["mask"] = Array::of<bool>({3}, std::array<bool, 3>{true, false, true});
  out.tensors["empty"] = Array::zeros({0, 4}, DType::f32);
  return out;
}

void check_equal(const TensorFile& a, const TensorFile& b) {
  CHECK(a.metadata == b.metadata);
  REQUIRE(a.tensors.size() == b.tensors.size());
  for (const auto& [name, tensor] : a.tensors) {
    CAPTURE(name);
    REQUIRE(b.tensors.count(name) == 1);
    const Array& other = b.tensors.at(name);
    CHECK(tensor.dtype == other.dtype);
    CHECK(tensor.shape == other.shape);
    CHECK(tensor.bytes == other.bytes);
  }
}

void decode(const std::string& bytes) { decode_safetensors(bytes, "bad.file"); }

bool refused(const std::string& bytes, const std::string& message) {
  return refusal(bytes, decode).find(message) != std::string::npos;
}

/// A header with one tensor, "a".
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

}  // namespace

TEST_CASE("safetensors: the bytes are those of the Python package") {
  CHECK(encode_safetensors(content()) == golden);
  check_equal(decode_safetensors(golden, "file"), content());
}

TEST_CASE("safetensors: files are written and read, a missing one is an input error") {
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "model.safetensors";
  save_safetensors(path, content());
  check_equal(load_safetensors(path), content());
  save_safetensors(path, load_safetensors(path));  // over its own source
  check_equal(load_safetensors(path), content());
  save_safetensors(path, {});
  CHECK(load_safetensors(path).tensors.empty());
  CHECK_THROWS_AS(load_safetensors(folder.path() / "none.safetensors"), Error);
}

TEST_CASE("safetensors: names and metadata may hold any text") {
  TensorFile text;
  text.metadata["quote \" and\nline"] = "tab\t, zero-width \u200b and \u20ac";
  text.tensors["\xE2\x82\xAC.weight \\ / \x01"] = Array::zeros({1}, DType::f32);
  check_equal(decode_safetensors(encode_safetensors(text), "file"), text);
}

TEST_CASE("safetensors: what would not read back is not written") {
  const auto refuses = [](const std::string& name, Array array) {
    TensorFile out;
    out.tensors[name] = std::move(array);
    try {
      encode_safetensors(out);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::usage;
    }
    return false;
  };
  CHECK(refuses("__metadata__", Array::zeros({1}, DType::f32)));
  CHECK(refuses("not utf-8: \xff", Array::zeros({1}, DType::f32)));
  CHECK(refuses("short", Array{DType::f32, {2}, std::vector<std::byte>(4)}));
}

TEST_CASE("safetensors: header length") {
  CHECK(refused("", "has 0 bytes"));
  CHECK(refused(std::string(7, '\0'), "has 7 bytes"));
  CHECK(refused(from_hex("01e1f50500000000"), "claims a header of 100000001 bytes, at most"));
  CHECK(refused(std::string(8, '\xff'), "claims a header of 18446744073709551615 bytes"));
  CHECK(refused(from_hex("0300000000000000") + "{}", "claims a header of 3 bytes, 2 follow"));
  CHECK(refused(file(""), "does not begin with {"));
}

TEST_CASE("safetensors: tensors lie end to end and fill the file") {
  const std::string four(4, '\0');
  CHECK(refusal(file(one("F32", "[1]", "[0,4]"), four), decode) == "");
  CHECK(refusal(file("{}"), decode) == "");
  CHECK(
      refused(file(one("F32", "[1]", "[4,8]"), four + four), "lies at 4 to 8, it must begin at 0"));
  CHECK(refused(file(one("F32", "[1]", "[4,0]"), four), "lies at 4 to 0"));
  CHECK(refused(file(one("F32", "[1]", "[0,4]"), four + "x"), "5 bytes follow"));
  CHECK(refused(file(one("F32", "[1]", "[0,4]"), "abc"),
                "3 bytes follow the header, the tensors take 4"));
  CHECK(refused(file("{}", "x"), "1 bytes follow"));
  const std::string a = R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]})";
  CHECK(refused(file("{" + a + R"(,"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", "abc"),
                "tensor 'b' lies at 1 to 3, it must begin at 2"));
  CHECK(refused(file("{" + a + R"(,"b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}})", "abcde"),
                "tensor 'b' lies at 3 to 5, it must begin at 2"));
  // Any order of names is fine, and an empty tensor may share its place with the next.
  CHECK(refusal(file(R"({"z":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},)" + a +
                         R"(,"e":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}})",
                     "abc"),
                decode) == "");
}

TEST_CASE("safetensors: sizes are what shape and dtype say") {
  const std::string four(4, '\0');
  CHECK(refused(file(one("F32", "[2]", "[0,4]"), four), "takes 8 bytes, but has 4"));
  CHECK(refused(file(one("F64", "[1]", "[0,4]"), four), "takes 8 bytes, but has 4"));
  CHECK(refused(file(one("U8", "[3]", "[0,4]"), four), "takes 3 bytes, but has 4"));
  CHECK(refused(file(one("F32", "[4294967296,4294967296]", "[0,4]"), four), "over 2^63"));
  CHECK(refused(file(one("F32", "[4611686018427387904,4]", "[0,0]")), "over 2^63"));
  CHECK(refused(file(one("F32", "[18446744073709551615,0]", "[0,0]")), "over 2^63"));
  CHECK(refused(file(one("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), "a"), "more than 8 dimensions"));
  CHECK(refused(file(one("F16", "[1]", "[0,4]"), four), "takes 2 bytes, but has 4"));
  CHECK(refused(file(one("F8_E4M3", "[4]", "[0,4]"), four), "dtype 'F8_E4M3'"));
  CHECK(refused(file(one("f32", "[1]", "[0,4]"), four), "dtype 'f32'"));
  CHECK(refused(file(one("BOOL", "[2]", "[0,2]"), "\x01\x02"),
                "tensor 'a': element 1 is the byte 2"));
}

TEST_CASE("safetensors: dtypes that Varve does not have are widened, and named") {
  const auto read = [](const std::string& dtype, const std::string& shape, const std::string& hex) {
    const std::string data = from_hex(hex);
    const std::string offsets = "[0," + std::to_string(data.size()) + "]";
    auto out = decode_safetensors(file(one(dtype, shape, offsets), data), "file");
    CHECK(out.widened.at("a") == dtype);
    return out.tensors.at("a");
  };
  const auto f16 = read("F16", "[2]", "003c00c1");
  CHECK(f16.dtype == DType::f32);
  CHECK(f16.shape == Shape{2});
  CHECK(f16.as<float>()[1] == -2.5F);
  CHECK(read("BF16", "[1,1]", "20c0").as<float>()[0] == -2.5F);
  CHECK(read("I8", "[1]", "80").as<std::int32_t>()[0] == -128);
  CHECK(read("I16", "[1]", "0080").as<std::int32_t>()[0] == -32768);
  CHECK(read("U16", "[1]", "ffff").as<std::int32_t>()[0] == 65535);
  CHECK(read("U32", "[1]", "ffffffff").as<std::int64_t>()[0] == 4294967295);
  CHECK(read("U64", "[1]", "0700000000000000").as<std::int64_t>()[0] == 7);
  CHECK(refused(file(one("U64", "[1]", "[0,8]"), from_hex("0000000000000080")),
                "tensor 'a': element 0 is 9223372036854775808"));
  CHECK(decode_safetensors(golden, "file").widened.empty());
}

TEST_CASE("safetensors: every truncation and every flipped bit of the length is refused") {
  const auto cut = truncations(golden, decode);
  CHECK(cut.complaint == "");
  CHECK(cut.accepted == 0);
  CHECK(bit_flips(golden, 8, decode).accepted == 0);
}

TEST_CASE("safetensors: no damage to the header crashes") {
  CHECK(bit_flips(golden, 8 + golden_header.size(), decode).complaint == "");
  const auto mend_length = [](std::string& bytes) {
    if (bytes.size() < 8) return;
    const std::uint64_t length = std::min(bytes.find("}}"), bytes.size() - 8 - 2) + 2 - 8;
    std::memcpy(bytes.data(), &length, 8);
  };
  CHECK(mutations(golden, 10000, decode, mend_length).complaint == "");
}
