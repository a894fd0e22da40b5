#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/error.h"
#include "framework/data/dataset.h"

namespace varve::testing {

/// The message of the varve::Error that `f` throws; checks its kind.
template <class F>
std::string error_of(ErrorKind kind, F f) {
  try {
    f();
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.what();
  }
  FAIL_CHECK("no error was thrown");
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Writes a file without the care that a user's file deserves.
inline void write(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::vector<float> example(const Dataset& dataset, std::int64_t index) {
  std::vector<float> out(static_cast<std::size_t>(dataset.shape().numel()), -1.0F);
  dataset.read(index, out);
  return out;
}

/// A table of one feature: example i is the value i, its class i mod `classes`.
class Counting final : public Dataset {
 public:
  explicit Counting(std::int64_t size, int classes = 3) : size_(size), classes_(classes) {}
  std::int64_t size() const override { return size_; }
  Shape shape() const override { return {1}; }
  void read(std::int64_t index, std::span<float> out) const override {
    out[0] = static_cast<float>(index);
  }
  int num_classes() const override { return classes_; }
  int label(std::int64_t index) const override { return static_cast<int>(index % classes_); }
  std::span<const Factor> factors() const override { return {&factor_, 1}; }
  void factor_values(std::int64_t index, std::span<int> out) const override {
    out[0] = static_cast<int>(index);
  }

 private:
  std::int64_t size_;
  int classes_;
  Factor factor_{"count", 1000};
};

}  // namespace varve::testing
