#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "tests/conformance/harness.h"

namespace varve::conformance {
namespace {

/// How a device runs an op in f32.
std::string support(const Device& device, const OpRow& op) {
  if (op.family == OpFamily::view) return "view";
  if (op.required()) return "required";
  for (const auto& sample : cases_of(op.op))
    if (can_run(device, sample) &&
        device.backend().supports(op.op, signature_of(op.op, sample, DType::f32)))
      return "kernel";
  return "decomposition";
}

/// A bar in a cell of a Markdown table needs an escape.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string_view gradient(const OpRow& op) {
  if (op.gradient == no_gradient) return "none";
  return op.gradient == gradient_of_decomposition ? "decomposition" : "rule";
}

/// A Markdown table that reads well as plain text, too: op, meaning, gradient, a column a backend.
std::string support_matrix() {
  std::string out = fmt::format("| {:<24} | {:<52} | {:<13} |", "op", "meaning", "gradient");
  std::string rule = fmt::format("| {:-<24} | {:-<52} | {:-<13} |", "", "", "");
  for (const auto& device : devices()) {
    out += fmt::format(" {:<13} |", device.name());
    rule += fmt::format(" {:-<13} |", "");
  }
  out += "\n" + rule + "\n";
  for (const auto& op : op_table()) {
    out += fmt::format("| {:<24} | {:<52} | {:<13} |", op.name, cell(op.meaning), gradient(op));
    for (const auto& device : devices()) out += fmt::format(" {:<13} |", support(device, op));
    out += "\n";
  }
  return out;
}

}  // namespace

TEST_SUITE("conformance: support") {
  TEST_CASE("there is a backend to test") {
    CHECK(!devices().empty());
    for (const auto& reason : unavailable()) MESSAGE("not tested: " << reason);
  }

  TEST_CASE("a backend supports every required op in f32") {
    for_every_case([](const Device& device, Op op, const Case& sample) -> std::string {
      if (!row(op).required()) return "";
      return device.backend().supports(op, signature_of(op, sample, DType::f32))
                 ? ""
                 : "it is required, and supports() says no";
    });
  }

  /// VARVE_SUPPORT_MATRIX=file writes the table for the documentation.
  TEST_CASE("the support matrix") {
    const auto matrix = support_matrix();
    MESSAGE("support matrix\n" << matrix);
    if (const char* path = std::getenv("VARVE_SUPPORT_MATRIX")) {
      std::ofstream file(path);
      file << matrix;
      CHECK(file.good());
    }
  }
}

}  // namespace varve::conformance
