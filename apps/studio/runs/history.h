#pragma once

#include <string>
#include <vector>

#include "apps/studio/pictures/chart.h"
#include "apps/studio/runs/latent_record.h"
#include "apps/studio/runs/run_folder.h"

namespace varve::studio {

/// What a run has written about itself, epoch by epoch.
struct History {
  struct Column {
    std::string name;
    std::vector<double> values;
  };
  std::vector<Column> metrics;       ///< of metrics.csv, "epoch" among them
  std::vector<LatentSpread> latent;  ///< of latent.csv; empty for a model whose codes are points

  /// nullptr if there is none.
  const std::vector<double>* find(const std::string& name) const;
};

/// Throws ErrorKind::input if the run has no metrics.csv (no epoch has ended), or it is damaged.
History read_history(const RunFolder& folder);

/// A chart for each term of the loss, over epochs, and what latent.csv holds.
std::vector<pictures::Picture> draw_curves(const History& history);

/// Mean sigma of q(z | x) over epochs, a line a record, with the range of its dimensions around it.
struct SigmaLine {
  std::string name;
  std::vector<LatentSpread> rows;
};
pictures::LineChart sigma_chart(const std::vector<SigmaLine>& lines);

}  // namespace varve::studio
