#include "framework/train/metrics.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/framework/train/support.h"

using namespace varve;
using namespace varve::test;

namespace {

EpochReport report(std::int64_t epoch, double loss) {
  return {.epoch = epoch,
          .step = 10 * epoch,
          .seconds = 0.5,
          .samples_per_second = 100,
          .learning_rate = 1e-3,
          .train = {{"loss", loss}, {"kl", 0.1}},
          .validation = {{"loss", 2.5}}};
}

const std::string header =
    "epoch,step,seconds,samples_per_second,learning_rate,train_loss,train_kl,val_loss\n";
std::string row(int epoch) {
  return std::to_string(epoch) + "," + std::to_string(10 * epoch) + ",0.5,100,0.001,3,0.1,2.5\n";
}

}  // namespace

TEST_CASE("means are weighted by examples, and go on from saved sums bit for bit") {
  MeanMetrics whole;
  CHECK(whole.means().empty());
  whole.add({{"loss", 1.1}, {"kl", 3}}, 3);
  MeanMetrics resumed(whole.sums(), whole.examples());
  for (auto* metrics : {&whole, &resumed}) metrics->add({{"loss", 0.7}, {"kl", 0}}, 1);
  CHECK(whole.means() == resumed.means());
  CHECK(whole.means()[0].value == doctest::Approx((3 * 1.1 + 0.7) / 4));
  CHECK(whole.means()[1] == Metric{"kl", 2.25});
  CHECK(contains(error_of(ErrorKind::usage, [&] { whole.add({{"loss", 1}}, 1); }), "same terms"));
}

TEST_CASE("metrics.csv: one header, a row an epoch, numbers that read back to the same bits") {
  platform::TemporaryDirectory folder;
  const auto path = folder.path() / "metrics.csv";
  MetricsFile file(path, 0);
  file.append(report(1, 0.1 + 0.2));
  CHECK(platform::read_file(path) ==
        header + "1,10,0.5,100,0.001,0.30000000000000004,0.1,2.5\n");  // it is there at once
  file.append(report(2, 3));
  CHECK(platform::read_file(path).ends_with(row(2)));
}

TEST_CASE("a resume drops rows of epochs that are done again and rows that a crash cut short") {
  platform::TemporaryDirectory folder;
  const auto path = folder.path() / "metrics.csv";
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };

  write(header + row(1) + row(2) + row(3) + "4,40,0.");
  MetricsFile(path, 2).append(report(3, 3));
  CHECK(platform::read_file(path) == header + row(1) + row(2) + row(3));

  write(header + row(1));
  MetricsFile(path, 0).append(report(1, 3));  // a new run
  CHECK(platform::read_file(path) == header + row(1));

  for (const char* torn : {"", "epoch,st", "epoch\n", "epoch\n,,\nx\n99999999999999999999,\n1\n"}) {
    CAPTURE(torn);
    write(torn);
    MetricsFile(path, 1).append(report(2, 3));
    CHECK(platform::read_file(path) == header + row(2));
  }
}

TEST_CASE("other columns than before begin another file, and the one before is kept") {
  platform::TemporaryDirectory folder;
  const auto path = folder.path() / "metrics.csv";
  MetricsFile(path, 0).append(report(1, 3));
  auto other = report(2, 3);
  other.validation.clear();
  MetricsFile(path, 1).append(other);
  CHECK(platform::read_file(folder.path() / "metrics-until-1.csv") == header + row(1));
  CHECK(platform::read_file(path).find("val_") == std::string::npos);
  CHECK(platform::read_file(path).find("\n2,") != std::string::npos);
}
