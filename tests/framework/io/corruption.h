#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "framework/core/error.h"

/// Systematic damage to the bytes of a file. Whatever a decoder is given, it must return something
/// or throw ErrorKind::input with one line that names the file.
namespace varve::testing {

/// Bytes from hexadecimal digits.
inline std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return bytes;
}

struct Outcome {
  int accepted = 0;
  int rejected = 0;
  std::string complaint;  ///< the first error that was not as it must be; empty if all were
};

/// Decodes bytes that come from the file "bad.file".
using Decode = std::function<void(const std::string&)>;

inline void attempt(const std::string& bytes, const Decode& decode, Outcome& outcome) {
  try {
    decode(bytes);
    ++outcome.accepted;
  } catch (const Error& error) {
    ++outcome.rejected;
    const std::string message = error.what();
    const bool good = error.kind() == ErrorKind::input && !message.empty() &&
                      message.find("bad.file") != std::string::npos &&
                      message.find('\n') == std::string::npos && message.size() < 500;
    if (!good && outcome.complaint.empty()) outcome.complaint = "wrong error: " + message;
  } catch (const std::exception& error) {
    if (outcome.complaint.empty()) outcome.complaint = std::string("not an Error: ") + error.what();
  }
}

/// The message of the ErrorKind::input that the bytes are refused with; empty if they are taken.
inline std::string refusal(const std::string& bytes, const Decode& decode) {
  try {
    decode(bytes);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::input ? error.what() : "not an input error";
  }
  return {};
}

/// The file cut off behind every byte.
inline Outcome truncations(const std::string& bytes, const Decode& decode) {
  Outcome outcome;
  for (std::size_t size = 0; size < bytes.size(); ++size)
    attempt(bytes.substr(0, size), decode, outcome);
  return outcome;
}

/// Every single bit of the first `count` bytes flipped.
inline Outcome bit_flips(const std::string& bytes, std::size_t count, const Decode& decode) {
  Outcome outcome;
  for (std::size_t bit = 0; bit < 8 * count; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    attempt(damaged, decode, outcome);
  }
  return outcome;
}

/// One random edit: bits, bytes, digits, pieces removed, doubled or put elsewhere.
inline void mutate(std::string& bytes, std::mt19937& random) {
  const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : random() % bound; };
  const std::size_t at = below(bytes.size());
  const std::size_t length = std::min<std::size_t>(1 + below(16), bytes.size() - at);
  static const std::string_view inserts[] = {"0",
                                             "-1",
                                             "99999999999999999999",
                                             "18446744073709551615",
                                             "1e9",
                                             "{",
                                             "[",
                                             "\"",
                                             ",",
                                             "\n",
                                             "\xff\xff\xff\xff",
                                             std::string_view("\0\0\0\0", 4),
                                             "\x80",
                                             "null",
                                             "nan",
                                             "L"};
  if (bytes.empty()) bytes = "\x01";
  switch (below(7)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
      break;
    case 1:
      bytes[at] = static_cast<char>(below(256));
      break;
    case 2:
      bytes.erase(at, length);
      break;
    case 3:
      bytes.insert(below(bytes.size()), bytes.substr(at, length));
      break;
    case 4:
      bytes.insert(at, inserts[below(std::size(inserts))]);
      break;
    case 5:
      if (const auto digit = bytes.find_first_of("0123456789", at); digit != std::string::npos)
        bytes[digit] = static_cast<char>('0' + below(10));
      break;
    default:
      bytes.resize(at);
      break;
  }
}

/// `count` files with one to four random edits each, the same on every run. `repair` may mend what
/// would hide the edits, such as a length or a checksum.
inline Outcome mutations(
    const std::string& bytes, int count, const Decode& decode,
    const std::function<void(std::string&)>& repair = [](std::string&) {}) {
  std::mt19937 random(20240229);
  Outcome outcome;
  for (int i = 0; i < count; ++i) {
    std::string damaged = bytes;
    for (auto edits = 1 + random() % 4; edits > 0; --edits) mutate(damaged, random);
    if (i % 2 == 0) repair(damaged);
    attempt(damaged, decode, outcome);
  }
  return outcome;
}

}  // namespace varve::testing
