#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "framework/core/error.h"
#include "framework/data/file_sources.h"

namespace varve::detail {

void fail_no_validation(const std::string& where) {
  fail(ErrorKind::input,
       "[data] {}: has no validation part of its own: hold some examples out with --validation 0.1",
       where);
}

namespace {

void require_enough(std::int64_t size, Split split, const std::string& where, std::int64_t one_in) {
  if (split == Split::test && size < one_in)
    fail(
        ErrorKind::input,
        "[data] {}: has {} examples and needs at least {} for a test split (one in {}): name other "
        "data for it with --test",
        where, size, one_in, one_in);
}

}  // namespace

std::vector<std::int64_t> parts_of_one(std::int64_t size, Split split, const std::string& where,
                                       std::int64_t one_in) {
  require_enough(size, split, where, one_in);
  return holdout_indices(size, one_in, split == Split::test);
}

OpenedData split_off(DatasetPtr all, DataReport report, const std::string& where,
                     std::int64_t one_in) {
  return {std::move(report), false, false,
          [all = std::move(all), where, one_in](Split split) -> DatasetPtr {
            if (split == Split::all) return all;
            if (split == Split::validation) fail_no_validation(where);
            require_enough(all->size(), split, where, one_in);
            return holdout(all, one_in, split == Split::test);
          }};
}

OpenedData in_parts(Parts parts, DataReport report, const std::string& where) {
  if (parts.test == nullptr && parts.validation != nullptr) {
    std::swap(parts.test, parts.validation);
    report.taken.push_back("the validation part is the test part: there is no other");
  }
  const bool tested = parts.test != nullptr, validated = parts.validation != nullptr;
  if (!tested) return split_off(std::move(parts.train), std::move(report), where);
  return {std::move(report), tested, validated, [parts = std::move(parts), where](Split split) {
            if (split == Split::train) return parts.train;
            if (split == Split::test) return parts.test;
            if (split == Split::all) {
              auto all = concatenated(parts.train, parts.test);
              return parts.validation == nullptr ? all : concatenated(all, parts.validation);
            }
            if (parts.validation == nullptr) fail_no_validation(where);
            return parts.validation;
          }};
}

std::optional<Split> part_named(std::string_view word) {
  std::string small(word);
  std::ranges::transform(small, small.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  if (small == "train" || small == "training") return Split::train;
  if (small == "test" || small == "testing") return Split::test;
  if (small == "val" || small == "valid" || small == "validation" || small == "dev")
    return Split::validation;
  return std::nullopt;
}

Shape parse_sides(const std::string& flag, const std::string& text, std::size_t least,
                  std::size_t most) {
  Shape sides;
  const char* at = text.data();
  const char* end = at + text.size();
  bool good = true;
  while (good && at != end && sides.size() < most) {
    std::int64_t side = 0;
    const auto [stop, error] = std::from_chars(at, end, side);
    good = error == std::errc() && side >= 1 && side <= 1 << 20;
    at = stop;
    const bool more = at != end && (*at == 'x' || *at == 'X' || *at == ',');
    if (more && ++at == end) good = false;
    if (good) sides.push_back(side);
    if (!more) break;
  }
  if (!good || at != end || sides.size() < least)
    fail(ErrorKind::usage, "[data] --{} '{}': give {}", flag, text,
         least == 1 ? "one side or height and width, such as 64 or 48x64"
                    : "height and width, and channels if there are several, such as 28x28 or "
                      "32x32x3");
  return sides;
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  const std::size_t shown = names.size() <= most + 1 ? names.size() : most;
  std::string out = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  std::ranges::replace_if(
      out, [](unsigned char c) { return c < 0x20; }, '?');  // names are of files
  if (shown < names.size()) out += fmt::format(" and {} more", names.size() - shown);
  return out;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace varve::detail
