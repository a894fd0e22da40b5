#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "framework/io/picture.h"
#include "framework/platform/platform.h"
#include "tests/framework/io/corruption.h"
#include "tests/fuzz/readers.h"

using namespace varve;
using namespace varve::testing;

namespace {

/// VARVE_FUZZ_MUTATIONS, or few enough for the ordinary suite: a file of a corpus.
int mutations_each() {
  const char* set = std::getenv("VARVE_FUZZ_MUTATIONS");
  return set == nullptr ? 300 : std::atoi(set);
}

/// Whether it is a format of pictures that this build does not read.
bool is_missing(std::string_view name) {
  return std::ranges::any_of(picture_formats(), [&](const auto& format) {
    return format.decode == nullptr && std::ranges::equal(format.name, name, [](char a, char b) {
             return std::tolower(a) == b;
           });
  });
}

}  // namespace

TEST_CASE("every reader takes its corpus, and no mutation of it crashes one") {
  for (const auto& reader : fuzz::readers()) {
    CAPTURE(reader.name);
    if (is_missing(reader.name)) continue;
    const auto folder = std::filesystem::path(VARVE_FUZZ_CORPUS) / reader.name;
    const auto names = platform::list_folder(folder);
    CHECK(names.size() >= 3);
    const Decode decode = [&](const std::string& bytes) { reader.read(bytes); };
    for (const auto& name : names) {
      CAPTURE(name);
      const std::string seed = platform::read_file(folder / name);
      CHECK(seed.size() <= 4096);
      const bool good = !name.starts_with("bad-");
      CHECK(refusal(seed, decode).empty() == good);
      CHECK(mutations(seed, mutations_each(), decode).complaint == "");
    }
  }
}
