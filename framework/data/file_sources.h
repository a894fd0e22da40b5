#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "framework/data/dataset.h"
#include "framework/data/sources.h"

// What `open_dataset` opens from files; each throws as it does.
namespace varve::detail {

using DatasetPtr = std::shared_ptr<const Dataset>;

/// Four IDX files as MNIST's authors named them, in `directory` or in directory/`name`.
DatasetPtr open_mnist(const std::string& name, const std::filesystem::path& directory, Split split);
DatasetPtr open_idx(const std::filesystem::path& path, Split split);
DatasetPtr open_folder(const std::filesystem::path& path, Split split);
DatasetPtr open_npy(const std::filesystem::path& path, Split split);
DatasetPtr open_npz(const std::filesystem::path& path, Split split);
DatasetPtr open_csv(const std::filesystem::path& path, Split split);

/// One side of a dataset that has no test split of its own: one of every six examples is for tests.
DatasetPtr split_off(DatasetPtr all, Split split, const std::string& where);

}  // namespace varve::detail
