#pragma once

#include <memory>
#include <string>
#include <vector>

#include "framework/data/dataset.h"

namespace varve {

enum class Split { train, test };

/// What `--data`, `--data-dir` and `--split` name.
struct DataSource {
  std::string name = "digits";  ///< digits | sprites | mnist | fashion-mnist | idx:FILE |
                                ///< folder:DIR | npy:FILE | npz:FILE | csv:FILE
  std::string directory{};      ///< where the files of a named set lie (mnist, fashion-mnist)
  Split split = Split::train;
};

/// Opens a dataset by name. `digits`, `mnist`, `fashion-mnist` and an .npz with x_train and x_test
/// have a test split of their own. Of any other source a fixed part, spread evenly, is for tests:
/// one of every 6 examples of a file or folder, one of every 72 of `sprites` (10240; 727040
/// remain). u8 is scaled by 1/255, except that an .npy or .npz whose bytes are all 0 and 1 keeps
/// them. Throws ErrorKind::usage for an unknown name (suggesting the nearest), ErrorKind::input for
/// files that are missing, corrupt or truncated.
std::shared_ptr<const Dataset> open_dataset(const DataSource& source);

struct DataSourceInfo {
  std::string name;         ///< what a user types
  std::string description;  ///< one line
};
/// Every source, for `varve data`.
std::vector<DataSourceInfo> data_sources();

}  // namespace varve
