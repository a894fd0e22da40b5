#include <fmt/format.h>

#include <algorithm>

#include "apps/studio/pictures/chart.h"
#include "apps/studio/pictures/codes.h"
#include "framework/core/error.h"

namespace varve::studio::pictures {

bool has_kl(const Subject& subject) { return !find_spread(subject).kl.empty(); }

Picture kl_bars(const Subject& subject) {
  constexpr double idle = 0.01;  // nats; a dimension that spends less says nothing
  const Spread spread = find_spread(subject);
  if (spread.kl.empty())
    fail(
        ErrorKind::usage,
        "[kl] the codes of this model are points, or its prior is not N(0, I): there is no KL term "
        "by dimension; take a vae");
  BarChart chart{.title = subject.name + ": KL by dimension", .values = spread.kl};
  double total = 0;
  std::int64_t active = 0;
  for (std::size_t i = 0; i < spread.kl.size(); ++i) {
    total += spread.kl[i];
    active += spread.kl[i] >= idle ? 1 : 0;
    chart.axes.x_names.push_back(fmt::format("z{}", i));
    chart.groups.push_back(spread.kl[i] >= idle ? 0 : 1);
  }
  chart.subtitle = fmt::format("{:.2f} nats in all; {} of {} dimensions spend at least {} nats",
                               total, active, spread.kl.size(), idle);
  chart.axes.x = "dimension of the code";
  chart.axes.y = "KL (nats)";
  chart.width = std::clamp(44.0 * static_cast<double>(spread.kl.size()), 320.0, 900.0);
  return draw(chart);
}

}  // namespace varve::studio::pictures
