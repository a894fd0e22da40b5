#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "framework/core/error.h"
#include "tests/fuzz/readers.h"

// The entry points of libFuzzer, for a program fuzz_NAME a reader. In the ordinary suite nobody
// calls them.

namespace {

const varve::fuzz::Reader* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** argv) {
  std::string_view program = (*argv)[0];
  program.remove_prefix(program.rfind("fuzz_") + 5);
  for (const auto& reader : varve::fuzz::readers())
    if (reader.name == program) chosen = &reader;
  if (chosen != nullptr) return 0;
  std::fprintf(stderr, "there is no reader of that name\n");
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    chosen->read({reinterpret_cast<const char*>(data), size});
  } catch (const varve::Error& error) {
    if (error.kind() == varve::ErrorKind::input) return 0;
    std::fprintf(stderr, "not an input error: %s\n", error.what());
    std::abort();
  }
  return 0;
}
