#include "framework/io/safetensors_header.h"

#include <doctest/doctest.h>

#include "framework/core/error.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;

namespace {

const std::string origin = "[safetensors] bad.file";

void parse(const std::string& text) { io::parse_safetensors_header(text, origin); }

bool refused(const std::string& text, const std::string& message) {
  const std::string said = refusal(text, parse);
  return said.starts_with(origin) && said.find(message) != std::string::npos;
}

const std::string a = R"("a":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]})";

/// A header whose tensor "t" has these fields.
std::string tensor(const std::string& fields) { return R"({"t":{)" + fields + "}}"; }

}  // namespace

TEST_CASE("safetensors header: tensors and metadata are taken as they stand") {
  const auto header = io::parse_safetensors_header(
      " \n{" + a + R"(,"__metadata__":{"k":"v","":""},"":{"shape":[],"data_offsets":[0,8],)" +
          R"("dtype":"I64"}} )",
      origin);
  REQUIRE(header.tensors.size() == 2);
  CHECK(header.tensors[0].name == "a");
  CHECK(header.tensors[0].dtype == "F32");
  CHECK(header.tensors[0].shape == std::vector<std::uint64_t>{2, 3});
  CHECK(header.tensors[0].begin == 8);
  CHECK(header.tensors[0].end == 32);
  CHECK(header.tensors[1].name == "");
  CHECK(header.tensors[1].shape.empty());
  CHECK(header.metadata.at("k") == "v");
  CHECK(header.metadata.size() == 2);
}

TEST_CASE("safetensors header: it is one JSON object in UTF-8") {
  CHECK(refused("", "does not begin with {"));
  CHECK(refused("[]", "does not begin with {"));
  CHECK(refused("\xEF\xBB\xBF{}", "does not begin with {"));
  CHECK(refused("{" + a, "not valid JSON"));
  CHECK(refused("{" + a + ",}", "not valid JSON"));
  CHECK(refused("{}x", "not valid JSON"));
  CHECK(refused(std::string("{}\0\0", 4), "zero byte at 2"));
  CHECK(refused("{\"\xff\":1}", "not valid JSON in UTF-8 at byte 3"));
  CHECK(refused("{\"\xed\xa0\x80\":1}", "not valid JSON in UTF-8"));
  CHECK(refused("{\"\\ud800\":1}", "not valid JSON in UTF-8"));
  CHECK(refused("{/**/}", "not valid JSON"));
}

TEST_CASE("safetensors header: a key occurs once, however it is written") {
  CHECK(refused("{" + a + "," + a + "}", "the key 'a' occurs twice"));
  CHECK(refused("{" + a + R"(,"\u0061":{}})", "the key 'a' occurs twice"));
  CHECK(refused(R"({"__metadata__":{},"__metadata__":{}})", "the key '__metadata__' occurs twice"));
  CHECK(refused(R"({"__metadata__":{"k":"","k":""}})", "the key 'k' occurs twice"));
  CHECK(refused(tensor(R"("dtype":"F32","dtype":"F32")"), "the key 'dtype' occurs twice"));
}

TEST_CASE("safetensors header: a tensor has three fields of fixed form") {
  CHECK(refused(tensor(""), "tensor 't' lacks"));
  CHECK(refused(tensor(R"("dtype":"F32","shape":[])"), "tensor 't' lacks"));
  CHECK(refused(tensor(R"("extra":1)"), "unknown key 'extra'"));
  CHECK(refused(tensor(R"("dtype":1)"), "tensor 't' has a number in the wrong place"));
  CHECK(refused(tensor(R"("dtype":null)"), "null in the wrong place"));
  CHECK(refused(tensor(R"("dtype":["F32"])"), "an array in the wrong place"));
  CHECK(refused(tensor(R"("shape":3)"), "a number in the wrong place"));
  CHECK(refused(tensor(R"("shape":"3")"), "a string in the wrong place"));
  CHECK(refused(tensor(R"("shape":[[3]])"), "an array in the wrong place"));
  CHECK(refused(tensor(R"("shape":[{}])"), "an object in the wrong place"));
  CHECK(refused(tensor(R"("shape":[true])"), "a bool in the wrong place"));
  CHECK(refused(tensor(R"("data_offsets":[])"), "needs two data_offsets"));
  CHECK(refused(tensor(R"("data_offsets":[0])"), "needs two data_offsets"));
  CHECK(refused(tensor(R"("data_offsets":[0,1,2])"), "more than two data_offsets"));
  CHECK(refused(R"({"t":[]})", "an array in the wrong place"));
  CHECK(refused(R"({"t":1})", "a number in the wrong place"));
}

TEST_CASE("safetensors header: numbers are whole, not negative and fit 64 bits") {
  for (const std::string number : {"-1", "-0", "1.0", "1e2", "18446744073709551616"}) {
    CAPTURE(number);
    CHECK(refused(tensor(R"("shape":[)" + number + "]"), "number"));
    CHECK(refused(tensor(R"("data_offsets":[)" + number + ",0]"), "number"));
  }
  CHECK(refused(tensor(R"("shape":[01])"), "not valid JSON"));
  CHECK(refused(tensor(R"("shape":[1e999])"), "not valid JSON"));
}

TEST_CASE("safetensors header: metadata maps text to text") {
  CHECK(refused(R"({"__metadata__":1})", "a number in the wrong place"));
  CHECK(refused(R"({"__metadata__":{"k":1}})", "a number in the wrong place"));
  CHECK(refused(R"({"__metadata__":{"k":{}}})", "an object in the wrong place"));
}

TEST_CASE("safetensors header: deep nesting ends at once, long names stay out of the message") {
  CHECK(refused(R"({"t":)" + std::string(100000, '['), "an array in the wrong place"));
  const std::string name(100000, 'n');
  const std::string said = refusal("{\"" + name + "\":1}", parse);
  CHECK(said.find("'nnn") != std::string::npos);
  CHECK(said.size() < 300);
}
