#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/data/sources.h"

// What opens sources of files, and what these share.
namespace varve::detail {

using DatasetPtr = std::shared_ptr<const Dataset>;

/// Four IDX files as MNIST's authors named them, in the source's directory or in directory/name.
OpenedData open_mnist(const DataSource& source, const std::string& path);
OpenedData open_idx(const DataSource& source, const std::string& path);
OpenedData open_folder(const DataSource& source, const std::string& path);
OpenedData open_npy(const DataSource& source, const std::string& path);
OpenedData open_npz(const DataSource& source, const std::string& path);
OpenedData open_hdf5(const DataSource& source, const std::string& path);
OpenedData open_csv(const DataSource& source, const std::string& path);

/// A dataset that says nothing of tests: one of every `one_in` examples is for tests.
OpenedData split_off(DatasetPtr all, DataReport report, const std::string& where,
                     std::int64_t one_in = 6);

/// The places among `size` examples of a source that says nothing of tests that belong to its train
/// or test part. Throws ErrorKind::input, naming `where`, if there are too few for a test part.
std::vector<std::int64_t> parts_of_one(std::int64_t size, Split split, const std::string& where,
                                       std::int64_t one_in = 6);
[[noreturn]] void fail_no_validation(const std::string& where);

/// The datasets of a source that has parts; null where there is none. Validation examples without
/// test examples are the test part.
struct Parts {
  DatasetPtr train, validation, test;
};
OpenedData in_parts(Parts parts, DataReport report, const std::string& where);

/// The part that a name of a folder or an array stands for: train, training, val, valid,
/// validation, dev, test, testing, in any case.
std::optional<Split> part_named(std::string_view word);

/// "16 x 16", "64", "32x32x3" as numbers, `least` to `most` of them. Throws ErrorKind::usage,
/// naming the flag.
Shape parse_sides(const std::string& flag, const std::string& text, std::size_t least,
                  std::size_t most);

/// "a, b, c and 4 more".
std::string listed(const std::vector<std::string>& names, std::size_t most = 5);
/// "1 picture", "3 pictures".
std::string counted(std::size_t count, std::string_view noun);

}  // namespace varve::detail
