#include "framework/statistics/gradient_boosting.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "framework/core/error.h"

namespace varve {
namespace {

/// Upper ends of the bins of one feature, each halfway between two values: every distinct value its
/// own bin while there are few, else quantiles. The last bin has no end.
std::vector<double> find_edges(std::vector<double> values, int bins) {
  std::ranges::sort(values);
  std::vector<double> distinct = values;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<double> edges;
  const auto halfway = [&](double value) {
    const auto above = std::ranges::upper_bound(distinct, value);
    if (above == distinct.end()) return;
    const double edge = std::midpoint(value, *above);
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  };
  if (distinct.size() <= static_cast<std::size_t>(bins)) {
    for (const double value : distinct) halfway(value);
    return edges;
  }
  for (int b = 1; b < bins; ++b)
    halfway(values[values.size() * static_cast<std::size_t>(b) / static_cast<std::size_t>(bins)]);
  return edges;
}

/// Probabilities of each row's classes from their scores.
void softmax_rows(std::span<const double> scores, std::size_t classes, std::span<double> out) {
  for (std::size_t at = 0; at < scores.size(); at += classes) {
    const double top = *std::ranges::max_element(scores.subspan(at, classes));
    double sum = 0;
    for (std::size_t k = at; k < at + classes; ++k) sum += out[k] = std::exp(scores[k] - top);
    for (std::size_t k = at; k < at + classes; ++k) out[k] /= sum;
  }
}

}  // namespace

/// Grows one tree: histograms of the residuals by feature and bin, the best split, the two halves.
class GradientBoosting::Grower {
 public:
  Grower(std::span<const std::uint8_t> bins, std::size_t examples, std::size_t features,
         const BoostingOptions& options, int classes)
      : bins_(bins),
        examples_(examples),
        features_(features),
        width_(static_cast<std::size_t>(options.bins)),
        depth_(options.depth),
        newton_(static_cast<double>(classes - 1) / classes),
        rate_(options.learning_rate),
        order_(examples),
        leaf_of_(examples) {
    for (std::size_t n = 1; n <= examples; ++n) shares_.push_back(1 / static_cast<double>(n));
  }

  /// The tree that fits `residuals`; what its splits gained is added to `gains` by feature.
  Tree grow(std::span<const double> residuals, std::vector<double>& gains) {
    residuals_ = residuals;
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    Tree tree;
    add_node(tree, 0, examples_, histogram(0, examples_), 0, gains);
    return tree;
  }
  /// Which node of the last tree each example came to.
  std::span<const std::size_t> leaf_of() const { return leaf_of_; }

 private:
  struct Cell {
    double sum = 0, count = 0;
  };
  using Histogram = std::vector<Cell>;  ///< [features, bins]
  struct Split {
    double gain = 0;
    std::size_t feature = 0, bin = 0;
  };

  double share(double count) const { return shares_[static_cast<std::size_t>(count)]; }

  Histogram histogram(std::size_t begin, std::size_t end) const {
    Histogram cells(features_ * width_);
    for (std::size_t f = 0; f < features_; ++f) {
      const auto* column = bins_.data() + f * examples_;
      auto* row = cells.data() + f * width_;
      for (std::size_t at = begin; at < end; ++at) {
        auto& cell = row[column[order_[at]]];
        cell.sum += residuals_[order_[at]];
        cell.count += 1;
      }
    }
    return cells;
  }

  /// The split that lowers the squared error most: S_l^2 / n_l + S_r^2 / n_r - S^2 / n.
  Split best_split(const Histogram& cells) const {
    Split best;
    for (std::size_t f = 0; f < features_; ++f) {
      const auto row = std::span(cells).subspan(f * width_, width_);
      Cell all;
      for (const auto& cell : row) all = {all.sum + cell.sum, all.count + cell.count};
      Cell left;
      for (std::size_t b = 0; b + 1 < width_; ++b) {
        if (row[b].count == 0) continue;
        left = {left.sum + row[b].sum, left.count + row[b].count};
        const double rest = all.count - left.count;
        if (rest < 0.5) break;
        const double right = all.sum - left.sum;
        const double gain = left.sum * left.sum * share(left.count) + right * right * share(rest) -
                            all.sum * all.sum * share(all.count);
        if (gain > best.gain) best = {gain, f, b};
      }
    }
    return best;
  }

  std::size_t add_node(Tree& tree, std::size_t begin, std::size_t end, Histogram cells, int depth,
                       std::vector<double>& gains) {
    const std::size_t node = tree.size();
    tree.emplace_back();
    const Split split = depth < depth_ ? best_split(cells) : Split{};
    if (split.gain <= 1e-12) {
      make_leaf(tree[node], begin, end, node);
      return node;
    }
    gains[split.feature] += split.gain;
    const auto* column = bins_.data() + split.feature * examples_;
    const auto from = order_.begin();
    const auto middle = std::stable_partition(
        from + static_cast<std::ptrdiff_t>(begin), from + static_cast<std::ptrdiff_t>(end),
        [&](std::uint32_t i) { return column[i] <= split.bin; });
    const auto cut = static_cast<std::size_t>(middle - from);
    Histogram left, right;
    if (depth + 1 < depth_) {  // one half is counted, the other is what is left
      const bool left_smaller = cut - begin < end - cut;
      Histogram counted = left_smaller ? histogram(begin, cut) : histogram(cut, end);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i].sum -= counted[i].sum;
        cells[i].count -= counted[i].count;
      }
      left = left_smaller ? std::move(counted) : std::move(cells);
      right = left_smaller ? std::move(cells) : std::move(counted);
    }
    tree[node].feature = static_cast<int>(split.feature);
    tree[node].bin = static_cast<int>(split.bin);
    tree[node].left = add_node(tree, begin, cut, std::move(left), depth + 1, gains);
    tree[node].right = add_node(tree, cut, end, std::move(right), depth + 1, gains);
    return node;
  }

  /// One Newton step of the log-likelihood: (K - 1) / K sum r / sum |r| (1 - |r|).
  void make_leaf(Branch& leaf, std::size_t begin, std::size_t end, std::size_t node) {
    double sum = 0;
    double curvature = 0;
    for (std::size_t at = begin; at < end; ++at) {
      const double r = residuals_[order_[at]];
      sum += r;
      curvature += std::abs(r) * (1 - std::abs(r));
      leaf_of_[order_[at]] = node;
    }
    if (curvature > 1e-150) leaf.value = rate_ * newton_ * sum / curvature;
  }

  std::span<const std::uint8_t> bins_;  ///< [features, examples]
  std::size_t examples_, features_, width_;
  int depth_;
  double newton_, rate_;
  std::span<const double> residuals_;
  std::vector<std::uint32_t> order_;  ///< the examples of a node lie together
  std::vector<std::size_t> leaf_of_;
  std::vector<double> shares_{0};  ///< 1 / n: divisions are what finding splits would cost
};

GradientBoosting::GradientBoosting(const Matrix& x, std::span<const int> y, int classes,
                                   const BoostingOptions& options)
    : classes_(classes), importance_(x.columns, 0) {
  if (x.rows == 0 || x.rows != y.size())
    fail(ErrorKind::usage,
         "[gradient boosting] got {} examples and {} labels, a label an example "
         "was needed",
         x.rows, y.size());
  if (classes < 2 || options.bins < 2 || options.bins > 255 || options.depth < 1 ||
      options.rounds < 1 || !(options.learning_rate > 0))
    fail(ErrorKind::usage,
         "[gradient boosting] needs 2 classes or more, 2 to 255 bins, a depth, rounds and a rate "
         "above 0; got {} classes, {} bins, depth {}, {} rounds, rate {}",
         classes, options.bins, options.depth, options.rounds, options.learning_rate);
  const auto count = static_cast<std::size_t>(classes);
  std::vector<double> seen(count, 0);
  for (const int label : y) {
    if (label < 0 || label >= classes)
      fail(ErrorKind::usage, "[gradient boosting] label {} is outside 0 to {}", label, classes - 1);
    ++seen[static_cast<std::size_t>(label)];
  }
  for (std::size_t f = 0; f < x.columns; ++f)
    edges_.push_back(find_edges(x.column(f), options.bins));
  // A class without examples stays unlikely, at a score that is still a number.
  for (const double n : seen)
    base_.push_back(std::log(std::max(n, 1e-10) / static_cast<double>(x.rows)));

  const auto bins = bins_of(x);
  Grower grower(bins, x.rows, x.columns, options, classes);
  std::vector<double> scores(x.rows * count);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = base_[i % count];
  std::vector<double> probabilities(scores.size());
  std::vector<double> residuals(x.rows);
  for (int round = 0; round < options.rounds; ++round) {
    softmax_rows(scores, count, probabilities);
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t i = 0; i < x.rows; ++i)
        residuals[i] =
            (static_cast<std::size_t>(y[i]) == k ? 1.0 : 0.0) - probabilities[i * count + k];
      const Tree& tree = trees_.emplace_back(grower.grow(residuals, importance_));
      for (std::size_t i = 0; i < x.rows; ++i)
        scores[i * count + k] += tree[grower.leaf_of()[i]].value;
    }
  }
  const double total = std::accumulate(importance_.begin(), importance_.end(), 0.0);
  if (total > 0)
    for (auto& share : importance_) share /= total;
}

std::vector<std::uint8_t> GradientBoosting::bins_of(const Matrix& x) const {
  std::vector<std::uint8_t> bins(x.rows * edges_.size());
  for (std::size_t f = 0; f < edges_.size(); ++f)
    for (std::size_t i = 0; i < x.rows; ++i)
      bins[f * x.rows + i] = static_cast<std::uint8_t>(
          std::ranges::lower_bound(edges_[f], x(i, f)) - edges_[f].begin());
  return bins;
}

std::vector<int> GradientBoosting::predict(const Matrix& x) const {
  if (x.columns != edges_.size())
    fail(ErrorKind::usage, "[gradient boosting] was fitted to {} features, got {}", edges_.size(),
         x.columns);
  const auto bins = bins_of(x);
  const auto count = static_cast<std::size_t>(classes_);
  std::vector<int> classes(x.rows);
  std::vector<double> scores;
  for (std::size_t i = 0; i < x.rows; ++i) {
    scores = base_;
    for (std::size_t t = 0; t < trees_.size(); ++t) {
      const Tree& tree = trees_[t];
      std::size_t node = 0;
      while (tree[node].feature >= 0) {
        const auto bin = bins[static_cast<std::size_t>(tree[node].feature) * x.rows + i];
        node = bin <= tree[node].bin ? tree[node].left : tree[node].right;
      }
      scores[t % count] += tree[node].value;
    }
    classes[i] = static_cast<int>(std::ranges::max_element(scores) - scores.begin());
  }
  return classes;
}

}  // namespace varve
