#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/registry.h"
#include "framework/data/dataset.h"
#include "framework/data/report.h"

namespace varve {

/// Parts of data. `all` is every example of every part.
enum class Split { train, test, validation, all };

/// How files are read where there is a choice; each is a flag of the command under the same name.
struct DataReading {
  std::string key{};           ///< array of the examples in NPZ and HDF5; empty: by its name
  std::string label{};         ///< array or column of the classes; empty: by its name; "-": none
  std::string layout{"auto"};  ///< of [N, a, b, c]: "hwc", "chw", or "auto": channels are at most 4
  std::string shape{};         ///< one example of a row of numbers as an image: "28x28", "32x32x3"
  std::string size{};          ///< pictures are made so large: "64", "48x64"; empty: as they are
  std::string fit{"crop"};     ///< how: "crop", "pad", "stretch" (picture_fit.h)
  std::int64_t channels =
      0;  ///< of pictures: 1 to 4 as of Picture; 0: 3 if one is in colour, else 1
  std::string ground{"black"};  ///< behind transparent parts and around pads
  std::string test{};           ///< another source: its examples are the test part
};

/// What `--data`, `--data-dir` and `--split` name.
struct DataSource {
  std::string name = "digits";  ///< digits | sprites | mnist | fashion-mnist | idx:FILE |
                                ///< folder:DIR | npy:FILE | npz:FILE | hdf5:FILE | csv:FILE, or a
                                ///< path alone: what it is, is seen by its content
  std::string directory{};      ///< where the files of a named set lie (mnist, fashion-mnist)
  Split split = Split::train;
  DataReading reading{};
};

/// A source that was opened: its parts, and what it says of itself. Parts are read when they are
/// asked for.
class OpenedData {
 public:
  using Open = std::function<std::shared_ptr<const Dataset>(Split)>;

  OpenedData(DataReport report, bool has_own_test, bool has_validation, Open open)
      : report_(std::move(report)),
        has_own_test_(has_own_test),
        has_validation_(has_validation),
        open_(std::move(open)) {}

  const DataReport& report() const { return report_; }
  /// Whether the source says itself which examples are for tests.
  bool has_own_test() const { return has_own_test_; }
  bool has_validation() const { return has_validation_; }
  /// Throws ErrorKind::input if the part is not there, or cannot be read.
  std::shared_ptr<const Dataset> part(Split split) const { return open_(split); }

 private:
  DataReport report_;
  bool has_own_test_, has_validation_;
  Open open_;
};

/// Opens a source by name. `digits`, `mnist`, `fashion-mnist`, a folder with folders `train` and
/// `test`, and archives with arrays of such names have a test part of their own, others get one
/// from DataReading::test. Of any other source a fixed part, spread evenly, is for tests: one of
/// every 6 examples, one of every 72 of `sprites` (10240; 727040 remain). Bytes are scaled by
/// 1/255, except that bytes of 0 and 1 alone keep their values; samples of 16 bits of pictures are
/// scaled by 1/65535. Throws ErrorKind::usage for an unknown name (suggesting the nearest),
/// ErrorKind::input for files that are missing, corrupt or truncated.
OpenedData open_data(const DataSource& source);
/// The part `source.split` of it.
std::shared_ptr<const Dataset> open_dataset(const DataSource& source);

/// A kind of source. `open` is given the source and what stands behind the colon.
struct DataSourceKind {
  std::string name;         ///< before the colon
  std::string parameter{};  ///< FILE or DIR if a path belongs to it
  std::string description;  ///< one line
  std::function<OpenedData(const DataSource& source, const std::string& path)> open{};

  /// What a user types: "npy:FILE".
  std::string typed() const { return parameter.empty() ? name : name + ":" + parameter; }
};
/// Every kind, for `varve data` too. Open: see Registry.
Registry<DataSourceKind>& data_source_registry();

/// The name with its path made absolute, and the kind before it where it stands alone: what means
/// the same from another folder. Throws ErrorKind::usage for a path alone whose kind cannot be
/// seen.
std::string resolved_source(const std::string& name);

}  // namespace varve
