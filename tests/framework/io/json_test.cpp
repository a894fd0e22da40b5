#include "framework/io/json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "framework/platform/platform.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::io;
using namespace varve::testing;

namespace {

std::string refused(const std::string& text, const JsonLimits& limits = {}) {
  return refusal(text, [&](const std::string& bytes) { parse_json(bytes, "[test] file", limits); });
}

bool refused_for(const std::string& text, const char* reason) {
  return refused(text).find(reason) != std::string::npos;
}

}  // namespace

TEST_CASE("json: a document within the limits is what the file says") {
  const auto document = parse_json(R"({"a": [1, -2, 3.5, 1e300, true, null], "b": "ä"})", "file");
  CHECK(document["a"].size() == 6);
  CHECK(document["a"][3] == 1e300);
  CHECK(parse_json("18446744073709551615", "file") == UINT64_MAX);
  CHECK(parse_json("-9223372036854775808", "file") == INT64_MIN);
  CHECK(refused("[[[[[[[[]]]]]]]]").empty());
}

TEST_CASE("json: depth, size, numbers, keys and encoding have limits") {
  CHECK(refused_for("[[[[[[[[[]]]]]]]]]", "nested more than 8 deep"));
  CHECK(refused_for(std::string(100000, '['), "nested more than 8 deep"));
  CHECK(refused_for(R"({"a":)" + std::string(100000, '['), "nested more than 8 deep"));
  CHECK(refused_for("\"" + std::string(1 << 20, 'x') + "\"", "at most 1048576 are accepted"));
  CHECK(refused_for("[1e999]", "out of range"));
  CHECK(refused_for("[-1e999]", "out of range"));
  CHECK(refused_for("[18446744073709551616]", "'18446744073709551616' is out of range"));
  CHECK(refused_for(R"({"a": 1, "b": {"a": 1}, "a": 2})", "the key 'a' occurs twice"));
  CHECK(refused_for("\"\xff\"", "not valid JSON in UTF-8"));
  CHECK(refused_for("\"\xed\xa0\x80\"", "not valid JSON in UTF-8"));  // half a surrogate pair
  CHECK(refused_for(std::string("{}\0{}", 5), "zero byte at 2"));
  CHECK(refused_for("{} {}", "not valid JSON"));
  CHECK(refused_for("", "not valid JSON"));
}

TEST_CASE("json: a file is read so, and no damage to one crashes") {
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "bad.file";
  const std::string good = R"({"hidden": [400, 200], "lr": 0.001, "name": "x", "on": true})";
  platform::write_file_atomically(path, good);
  CHECK(read_json(path, "[test]")["hidden"][1] == 200);
  const Decode decode = [](const std::string& bytes) { parse_json(bytes, "bad.file"); };
  CHECK(truncations(good, decode).complaint.empty());
  CHECK(bit_flips(good, good.size(), decode).complaint.empty());
  CHECK(mutations(good, 5000, decode).complaint.empty());
}

TEST_CASE("json: whole numbers are within their range") {
  const auto object = parse_json(R"({"n": 5, "x": 1.5, "big": 18446744073709551615})", "file");
  CHECK(whole_number(object, "n", 0, 5, "file") == 5);
  for (const char* key : {"x", "big", "none"})
    CHECK_THROWS_AS(whole_number(object, key, 0, INT64_MAX, "file"), Error);
  CHECK_THROWS_AS(whole_number(object, "n", 6, 9, "file"), Error);
  CHECK_THROWS_AS(whole_number(object, "n", 0, 4, "file"), Error);
}
