#include "framework/io/csv.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <vector>

#include "framework/core/error.h"
#include "framework/platform/platform.h"
#include "tests/framework/io/corruption.h"

using namespace varve;
using namespace varve::testing;
using Names = std::vector<std::string>;

namespace {

void decode(const std::string& text) { decode_csv(text, "bad.file"); }

bool refused(const std::string& text, const std::string& message) {
  return refusal(text, decode).find(message) != std::string::npos;
}

std::vector<float> values(std::string_view text) {
  const Table table = decode_csv(text, "file");
  const auto span = table.values.as<float>();
  return {span.begin(), span.end()};
}

}  // namespace

TEST_CASE("csv: with and without a header row") {
  const Table plain = decode_csv("1,2\n3,4\n5,6\n", "file");
  CHECK(plain.header.empty());
  CHECK(plain.values.shape == Shape{3, 2});
  CHECK(plain.values.as<float>()[3] == 4.0F);
  const Table named = decode_csv("x,\"a, \"\"b\"\"\" ,\"7\"\n1,2,3", "file");
  CHECK(named.header == Names{"x", "a, \"b\"", "7"});
  CHECK(named.values.shape == Shape{1, 3});
  CHECK(decode_csv("x,y\n", "file").values.shape == Shape{0, 2});
}

TEST_CASE("csv: the ways numbers and lines are written") {
  using Values = std::vector<float>;
  CHECK(values("\xEF\xBB\xBF 1 ,\t+2.5e-1\r\n-.5,1E3\r\n\r\n\n") == Values{1, 0.25F, -0.5F, 1000});
  CHECK(values("7") == Values{7});
  CHECK(values("1e-50,3.4028235e38") == Values{0, std::numeric_limits<float>::max()});
}

TEST_CASE("csv: what is no text or no table ends before memory is used") {
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "bad.file";
  std::ofstream(path).close();
  std::filesystem::resize_file(path, 1ULL << 32);  // takes no room on the disk
  const auto load = [&](const std::string&) { load_csv(path); };
  CHECK(refusal("", load).find("is no text: it has a zero byte at 0") != std::string::npos);
  CHECK(refused(std::string((1 << 20) + 1, ','), "has more than 1048576 cells"));
}

TEST_CASE("csv: a bad cell is named by line and column") {
  CHECK(refused("a,b\n1,2\n3,x4\n", "line 3, column 2: 'x4' is not a finite number"));
  CHECK(refused("1,x\n", "line 1, column 2"));
  CHECK(refused("1,\n", "line 1, column 2: ''"));
  CHECK(refused("1,2\nnan,1", "line 2, column 1: 'nan'"));
  CHECK(refused("1,2\n1,inf", "line 2, column 2: 'inf'"));
  CHECK(refused("1\n1e39", "line 2, column 1: '1e39'"));
  CHECK(refused("1\n--1", "'--1'"));
  CHECK(refused("1\n+-1", "'+-1'"));
  CHECK(refused("1\n0x1p3", "'0x1p3'"));
  CHECK(refused("1,2\n3;4,5", "'3;4'"));
  CHECK(refused("1,2\n\"3\",4", "line 2, column 1"));
}

TEST_CASE("csv: a bad row is named by line") {
  CHECK(refused("1,2\n3\n", "line 2: has 1 cells, the first row has 2"));
  CHECK(refused("a,b\n1,2,3\n", "line 2: has 3 cells"));
  CHECK(refused("1\n\n2\n", "line 2, column 1: ''"));
  CHECK(refused("\"a,b\n1,2\n", "line 1, column 1: a quote is not closed"));
  CHECK(refused("\"a\"b,c\n1,2\n", "line 1, column 1"));
  CHECK(refused("", "is empty"));
  CHECK(refused(" \r\n\n", "is empty"));
}

TEST_CASE("csv: what is written reads back to the same bits") {
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "codes.csv";
  const std::vector<float> numbers{0.1F, -0.0F, 1.0F / 3.0F, 1e-45F, 3.4028235e38F, 16777216.0F};
  const Table table{{"z 1", "2", "quote \" and, comma"}, Array::of<float>({2, 3}, numbers)};
  save_csv(path, table);
  const Table back = load_csv(path);
  CHECK(back.header == table.header);
  CHECK(back.values.shape == table.values.shape);
  CHECK(back.values.bytes == table.values.bytes);
  save_csv(path, {{}, table.values});
  CHECK(load_csv(path).header.empty());
}

TEST_CASE("csv: tables that cannot be read back are not written") {
  const platform::TemporaryDirectory folder;
  const auto path = folder.path() / "codes.csv";
  const std::vector<float> one{1.0F};
  const std::vector<float> nothing{std::nanf("")};
  const auto kind = [&](const Table& table) {
    try {
      save_csv(path, table);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind{};
  };
  CHECK(kind({{}, Array::of<float>({1}, one)}) == ErrorKind::usage);
  CHECK(kind({{"a", "b"}, Array::of<float>({1, 1}, one)}) == ErrorKind::usage);
  CHECK(kind({{"a\nb"}, Array::of<float>({1, 1}, one)}) == ErrorKind::usage);
  CHECK(kind({{}, Array::of<float>({1, 1}, nothing)}) == ErrorKind::non_finite);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("csv: no damage crashes") {
  const std::string text = "x,\"y\"\"z\",w\n1,2.5,-3e4\n4,5,6\r\n";
  CHECK(truncations(text, decode).complaint == "");
  CHECK(bit_flips(text, text.size(), decode).complaint == "");
  CHECK(mutations(text, 5000, decode).complaint == "");
}

TEST_CASE("csv: separators, decimal commas, line breaks in names, and names that count") {
  const Table semicolons = decode_csv("\"a\";\"b\"\n1,5;2\n-0,25;3\n", "file");
  CHECK(semicolons.header == std::vector<std::string>{"a", "b"});
  CHECK(semicolons.values.as<float>()[0] == 1.5F);
  CHECK(semicolons.values.as<float>()[2] == -0.25F);
  CHECK(decode_csv("1\t2\n3\t4\n", "file").values.shape == Shape{2, 2});
  CHECK(decode_csv("1|2\n", "file").values.shape == Shape{1, 2});
  const Table broken = decode_csv("\"two\nlines\",b\n1,2\n", "file");
  CHECK(broken.header[0] == "two\nlines");
  CHECK(broken.values.shape == Shape{1, 2});
  const Table counted = decode_csv("0,1,2\n5,6,7\n", "file");
  CHECK(counted.header.size() == 3);
  CHECK(counted.values.shape == Shape{1, 3});
  CHECK(decode_csv("0,1,2\n", "file").values.shape == Shape{1, 3});  // alone it is a row
  CHECK_THROWS_AS(decode_csv("a;b\n1,2,3;4\n", "file"), Error);
}
