#include "framework/io/npy_stream.h"

#include <doctest/doctest.h>

#include "framework/core/error.h"
#include "framework/io/npy.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// An .npy file with this header text and these elements.
std::string file(const std::string& header, const std::string& elements, char version = 1) {
  std::string out = "\x93NUMPY";
  out += version;
  out += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    out += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return out + header + elements;
}

std::string header(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + "}";
}

void decode(const std::string& bytes) { decode_npy(bytes, "bad.file"); }

bool refused(const std::string& bytes, const std::string& text) {
  return refusal(bytes, decode).find(text) != std::string::npos;
}

const std::string six = "abcdef";

}  // namespace

TEST_CASE("npy header: versions 1 to 3, spacing, order of keys and Python 2 longs") {
  const std::string normal = header("'|u1'", "False", "(2, 3)");
  for (const char version : {'\1', '\2', '\3'})
    CHECK(decode_npy(file(normal, six, version), "file").shape == Shape{2, 3});
  CHECK(decode_npy(file("{\"shape\":(6L,),'descr':'<u1' ,'fortran_order':False,} \n", six), "file")
            .shape == Shape{6});
  CHECK(decode_npy(file(header("'|u1'", "False", "( )"), "a"), "file").shape == Shape{});
}

TEST_CASE("npy header: column-major elements are put in row-major order") {
  const std::string text = header("'|u1'", "True", "(2, 3)");
  const auto bytes = decode_npy(file(text, "adbecf"), "file").bytes;
  CHECK(std::string(reinterpret_cast<const char*>(bytes.data()), 6) == "abcdef");
  const std::string cube = header("'<i4'", "True", "(1, 2, 2, 1)");
  const Array array =
      decode_npy(file(cube, std::string("a\0\0\0c\0\0\0b\0\0\0d\0\0\0", 16)), "file");
  CHECK(array.as<std::int32_t>()[1] == 'b');
  CHECK(array.as<std::int32_t>()[2] == 'c');
  CHECK(decode_npy(file(header("'<f8'", "True", "(3, 0)"), ""), "file").numel() == 0);
}

TEST_CASE("npy header: the magic number, version and length are checked") {
  const std::string normal = header("'|u1'", "False", "(2, 3)");
  CHECK(refused(from_hex("934e554d505a0100760000000000"), "name an .npy file"));
  CHECK(refused(file(normal, six, 4), "is of format 4"));
  CHECK(refused(file(normal, six, 0), "is of format 0"));
  CHECK(refused(from_hex("934e554d50590200ffffffff7b7d"), "claims a header of 4294967295 bytes"));
  CHECK(refused(from_hex("934e554d50590100ffff7b7d"), "claims a header of 65535 bytes"));
}

TEST_CASE("npy header: nothing but the three keys with their kinds of value") {
  const auto text_refused = [](const std::string& text, const std::string& message) {
    return refused(file(text, six), message);
  };
  CHECK(text_refused("", "has nothing where { must be"));
  CHECK(text_refused("{}", "descr, fortran_order and shape"));
  CHECK(text_refused("{'descr': '|u1', 'shape': (6,)}", "descr, fortran_order and shape"));
  CHECK(text_refused("{'descr': '|u1', 'descr': '|u1'}", "once each"));
  CHECK(text_refused("{'other': 1}", "once each"));
  CHECK(text_refused("{'descr: 1}", "a closing quote"));
  CHECK(text_refused(header("3", "False", "(6,)"), "a string"));
  CHECK(text_refused(header("'|u1'", "0", "(6,)"), "True or False"));
  CHECK(text_refused(header("'|u1'", "False", "(-6,)"), "a dimension"));
  CHECK(text_refused(header("'|u1'", "False", "(6 6)"), ") must be"));
  CHECK(text_refused(header("'|u1'", "False", "6"), "( must be"));
  CHECK(text_refused(header("'|u1'", "False", "(99999999999999999999,)"), "a dimension"));
  CHECK(text_refused(header("'|u1'", "False", "(6,)") + "x", "the end"));
}

TEST_CASE("npy header: sizes must match what follows") {
  CHECK(refused(file(header("'|u1'", "False", "(7,)"), six), "needs 7 bytes, at most 6 follow"));
  CHECK(refused(file(header("'|u1'", "False", "(5,)"), six), "more bytes follow"));
  CHECK(refused(file(header("'<f8'", "False", "(4294967296, 4294967296)"), six), "over 2^63"));
  CHECK(refused(file(header("'|u1'", "True", "(1,1,1,1,1,1,1,1,6)"), six), "9 dimensions"));
}

TEST_CASE("npy header: numbers that no dtype has are widened, whatever their byte order") {
  const auto read = [](const std::string& descr, const std::string& hex) {
    return decode_npy(file(header(descr, "False", "(1,)"), from_hex(hex)), "file");
  };
  CHECK(read("'<f2'", "003e").as<float>()[0] == 1.5F);
  CHECK(read("'>f4'", "c0200000").as<float>()[0] == -2.5F);
  CHECK(read("'|i1'", "ff").as<std::int32_t>()[0] == -1);
  CHECK(read("'<i2'", "0080").as<std::int32_t>()[0] == -32768);
  CHECK(read("'<u2'", "ffff").as<std::int32_t>()[0] == 65535);
  CHECK(read("'>u4'", "ffffffff").as<std::int64_t>()[0] == 4294967295);
  CHECK(read("'<u8'", "0500000000000000").as<std::int64_t>()[0] == 5);
  CHECK(refused(file(header("'<u8'", "False", "(1,)"), from_hex("0000000000000080")),
                "element 0 is 9223372036854775808"));
  CHECK(decode_npy(file(header("'>i2'", "True", "(2, 3)"), from_hex("000100040002000500030006")),
                   "file")
            .as<std::int32_t>()[1] == 2);
}

TEST_CASE("npy header: what is no number of ours is refused with the way out") {
  for (const char* descr : {"'|O'", "'<U5'", "'<f16'", "'<f1'", "'=f4'", "'|i2'", "'<c8'", "'<i3'",
                            "'<b4'", "'f4'", "''"})
    CHECK(refused(file(header(descr, "False", "(6,)"), six), "save it with .astype('<f4')"));
  CHECK(refused(file(header("[('a', '<f4')]", "False", "(6,)"), six), "its elements are records"));
}
