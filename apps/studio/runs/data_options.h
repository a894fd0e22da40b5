#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/studio/options.h"
#include "framework/data/dataset.h"
#include "framework/data/loader.h"
#include "framework/data/sources.h"
#include "framework/losses/likelihood.h"

namespace varve::studio {

using DatasetPtr = std::shared_ptr<const Dataset>;

/// Which data, and what is done to them.
struct DataOptions {
  std::string data = "digits";
  std::string data_dir;
  std::string binarize = "none";
  std::string rescale = "none";  ///< "auto", or "0,255": what becomes 0 and 1
  /// How files are read (DataReading); empty, or 0 channels: its default.
  OptionText key{}, label{}, layout{}, shape{}, size{}, fit{}, ground{};
  OptionText test{};  ///< other data for the test part
  std::int64_t channels = 0;

  void declare(Options& options, bool kept = false);
  /// Of these, the flags of how files are read.
  void declare_reading(Options& options, bool kept = false);
  /// "npy:some/faces.npy" -> "faces": for the names of folders.
  std::string short_name() const;
  /// Makes paths absolute, so that they mean the same from another folder.
  void resolve_paths();
  /// Takes over from `trained` how files are read, where nothing was given.
  void read_as(const DataOptions& trained);
  DataSource source() const;
};

/// "train", "test", "validation" or "all".
Split parse_split(const std::string& name);
/// Opens what the options name, as it is stored.
OpenedData open_source(const DataOptions& options);
/// Examples of it as models take them, and on the scale that `rescale` says; see open_images().
DatasetPtr as_images(const DataOptions& options, DatasetPtr data);
/// The images on the scale that `rescale` says; "auto" must have become numbers before, see
/// resolve_scale(). A row of features is an image of one line. Throws ErrorKind::input if the
/// examples are none that a model takes.
DatasetPtr open_images(const DataOptions& options, Split split);
Transforms make_transforms(const DataOptions& options);

/// `count` examples (0: all), one drawn by Philox from each of as many equal strata: neither an
/// order by class nor a regular grid of factors gets in.
DatasetPtr limited(const DatasetPtr& data, std::int64_t count);

/// The training examples, in two parts.
struct TrainingData {
  DatasetPtr train;
  DatasetPtr validation;  ///< null: none
};
/// Holds out `validation` examples, chosen as limited() does: a share ("0.1") or a number ("5000").
/// Throws ErrorKind::usage unless some examples remain on both sides.
TrainingData split_validation(const DatasetPtr& data, const std::string& validation);
/// Whether the text names examples that are no part of the training examples: "own", the source's
/// own validation part, or another source.
bool names_validation(const std::string& validation);
/// Those examples. Throws as open_images() does.
DatasetPtr open_validation(const DataOptions& options, const OpenedData& opened,
                           const std::string& validation);

/// Puts the range of all the data, of both splits, in the place of "auto". Throws ErrorKind::usage
/// for a text that is no range.
void resolve_scale(DataOptions& options);
/// What the values span: Dataset::range(), or what reading them all shows. Throws ErrorKind::input
/// for one that is not finite.
ValueRange find_range(const DataOptions& options, const Dataset& data);
/// Throws ErrorKind::input if a value lies outside what the likelihood takes.
void check_range(const DataOptions& options, const ValueRange& range, const Likelihood& likelihood);

/// Loads `data` in order.
Loader make_eval_loader(const DataOptions& options, const DatasetPtr& data, std::int64_t batch_size,
                        std::int64_t seed);
/// Loads `data` for pictures: in order, or shuffled (the same way every time) if the order is by
/// class or there are no classes to tell.
Loader make_picture_loader(const DataOptions& options, const DatasetPtr& data);

}  // namespace varve::studio
