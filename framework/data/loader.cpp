#include "framework/data/loader.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <stop_token>
#include <thread>
#include <utility>

#include "framework/core/error.h"
#include "framework/core/philox.h"

namespace varve {
namespace {

enum class Purpose : std::uint32_t { order = 1, examples = 2 };

/// The seed of an epoch's streams: one Philox block of (seed, epoch, purpose).
std::uint64_t epoch_seed(std::uint64_t seed, std::int64_t epoch, Purpose purpose) {
  const auto e = static_cast<std::uint64_t>(epoch);
  const auto words =
      philox({static_cast<std::uint32_t>(e), static_cast<std::uint32_t>(e >> 32),
              static_cast<std::uint32_t>(purpose), 0},
             {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return words[0] | (std::uint64_t{words[1]} << 32);
}

/// Fisher and Yates (in Durstenfeld's form) with the epoch's own stream.
void shuffle(std::span<std::int64_t> order, std::uint64_t seed) {
  PhiloxStream rng(seed, 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[rng.below(static_cast<std::uint32_t>(i))]);
}

/// Several transforms in a row, with the shapes between them.
class Chain {
 public:
  Chain(Transforms transforms, const Shape& input) : transforms_(std::move(transforms)) {
    shapes_.push_back(input);
    for (const auto& transform : transforms_) shapes_.push_back(transform->shape(shapes_.back()));
    std::size_t largest = 0;
    for (const auto& shape : shapes_)
      largest = std::max(largest, static_cast<std::size_t>(shape.numel()));
    for (auto& buffer : between_) buffer.resize(largest);
  }

  bool empty() const { return transforms_.empty(); }
  const Shape& output() const { return shapes_.back(); }

  void apply(std::span<const float> in, std::span<float> out, PhiloxStream& rng) {
    for (std::size_t i = 0; i < transforms_.size(); ++i) {
      const auto to = i + 1 == transforms_.size() ? out : buffer(i + 1);
      transforms_[i]->apply(in, shapes_[i], to, rng);
      in = to;
    }
  }

 private:
  std::span<float> buffer(std::size_t stage) {
    return {between_[stage % 2].data(), static_cast<std::size_t>(shapes_[stage].numel())};
  }

  Transforms transforms_;
  std::vector<Shape> shapes_;
  std::array<std::vector<float>, 2> between_;
};

const Dataset& checked(const std::shared_ptr<const Dataset>& dataset, const LoaderOptions& o) {
  if (dataset == nullptr || dataset->size() < 1)
    fail(ErrorKind::usage, "[loader] the dataset has no examples");
  if (dataset->size() > UINT32_MAX)
    fail(ErrorKind::usage, "[loader] {} examples are too many; at most {} can be shuffled",
         dataset->size(), UINT32_MAX);
  if (o.batch_size < 1)
    fail(ErrorKind::usage, "[loader] the batch size is {} and must be at least 1", o.batch_size);
  if (o.prefetch < 0)
    fail(ErrorKind::usage, "[loader] prefetch is {} and must be 0 or more", o.prefetch);
  if (o.drop_last && dataset->size() < o.batch_size)
    fail(
        ErrorKind::usage,
        "[loader] {} examples do not fill one batch of {} and the last batch is to be dropped; use "
        "a smaller batch",
        dataset->size(), o.batch_size);
  return *dataset;
}

}  // namespace

class Loader::Impl {
 public:
  Impl(std::shared_ptr<const Dataset> dataset, LoaderOptions options);
  ~Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::int64_t batches() const;
  const Shape& shape() const { return transforms_.output(); }
  const Dataset& dataset() const { return *dataset_; }
  void start(std::int64_t epoch, std::int64_t first_batch);
  const Batch* next();

 private:
  Batch& slot(std::int64_t number) {
    return ring_[static_cast<std::size_t>(number) % ring_.size()];
  }
  void produce(const std::stop_token& stop);
  void assemble(std::int64_t number, Batch& batch);
  void resize(Batch& batch, std::int64_t count) const;

  std::shared_ptr<const Dataset> dataset_;
  LoaderOptions options_;
  Chain transforms_;
  Chain corruptions_;

  std::int64_t epoch_ = -1;
  std::uint64_t example_seed_ = 0;
  std::vector<std::int64_t> order_;
  std::vector<float> read_;  // a batch before the transforms

  // Batch `number` lives in ring_[number mod size]: the one that the caller holds and those made
  // ahead of it. The three counters say which; the thread writes `made_` alone.
  std::vector<Batch> ring_;
  std::int64_t made_ = 0;      // batches before this one are ready
  std::int64_t taken_ = 0;     // batches before this one were handed out
  std::int64_t released_ = 0;  // batches before this one are no longer in use
  std::exception_ptr error_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread worker_;  // last: it must end before what it uses
};

Loader::Impl::Impl(std::shared_ptr<const Dataset> dataset, LoaderOptions options)
    : dataset_(std::move(dataset)),
      options_(std::move(options)),
      transforms_(options_.transforms, checked(dataset_, options_).shape()),
      corruptions_(options_.corruptions, transforms_.output()),
      ring_(static_cast<std::size_t>(options_.prefetch) + 1) {
  if (!(corruptions_.output() == transforms_.output()))
    fail(ErrorKind::usage,
         "[loader] the corruptions change an example from {} to {}; they must keep its shape",
         transforms_.output().str(), corruptions_.output().str());
}

std::int64_t Loader::Impl::batches() const {
  const std::int64_t full = dataset_->size() / options_.batch_size;
  const bool partial = dataset_->size() % options_.batch_size > 0;
  return full + (partial && !options_.drop_last ? 1 : 0);
}

void Loader::Impl::start(std::int64_t epoch, std::int64_t first_batch) {
  if (epoch < 0) fail(ErrorKind::usage, "[loader] epoch {} does not exist; count from 0", epoch);
  if (first_batch < 0 || first_batch > batches())
    fail(ErrorKind::usage, "[loader] an epoch has {} batches and cannot begin at batch {}",
         batches(), first_batch);
  worker_ = {};  // stops and joins
  epoch_ = epoch;
  example_seed_ = epoch_seed(options_.seed, epoch, Purpose::examples);
  order_.resize(static_cast<std::size_t>(dataset_->size()));
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
  if (options_.shuffle) shuffle(order_, epoch_seed(options_.seed, epoch, Purpose::order));
  made_ = taken_ = released_ = first_batch;
  error_ = nullptr;
  if (options_.prefetch > 0)
    worker_ = std::jthread([this](const std::stop_token& stop) { produce(stop); });
}

void Loader::Impl::produce(const std::stop_token& stop) {
  for (std::int64_t number = made_; number < batches(); ++number) {
    {
      std::unique_lock lock(mutex_);
      const auto free = [&] {
        return number < released_ + static_cast<std::int64_t>(ring_.size());
      };
      if (!changed_.wait(lock, stop, free)) return;
    }
    std::exception_ptr error;
    try {
      assemble(number, slot(number));
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    error_ = error;
    if (error_ == nullptr) ++made_;
    changed_.notify_all();
    if (error_ != nullptr) return;
  }
}

const Batch* Loader::Impl::next() {
  if (epoch_ < 0) fail(ErrorKind::usage, "[loader] next() was called before start(epoch)");
  std::unique_lock lock(mutex_);
  released_ = taken_;
  changed_.notify_all();
  if (taken_ == batches()) return nullptr;
  if (options_.prefetch == 0) {
    assemble(taken_, slot(taken_));
    made_ = taken_ + 1;
  }
  changed_.wait(lock, [this] { return made_ > taken_ || error_ != nullptr; });
  if (made_ == taken_) std::rethrow_exception(error_);
  return &slot(taken_++);
}

void Loader::Impl::resize(Batch& batch, std::int64_t count) const {
  const auto fit = [](Array& array, const Shape& shape, DType dtype) {
    array.dtype = dtype;
    array.shape = shape;
    array.bytes.resize(static_cast<std::size_t>(shape.numel()) * size_of(dtype));
  };
  Shape shape = transforms_.output();
  shape.insert(0, count);
  fit(batch.input, shape, DType::f32);
  fit(batch.target, corruptions_.empty() ? Shape{0} : shape, DType::f32);
  fit(batch.labels, {count}, DType::i32);
  batch.indices.resize(static_cast<std::size_t>(count));
}

void Loader::Impl::assemble(std::int64_t number, Batch& batch) {
  const std::int64_t begin = number * options_.batch_size;
  resize(batch, std::min(options_.batch_size, dataset_->size() - begin));
  batch.epoch = epoch_;
  batch.number = number;
  const auto each = static_cast<std::size_t>(transforms_.output().numel());
  const auto inputs = batch.input.as<float>();
  const auto targets = batch.target.as<float>();
  const auto labels = batch.labels.as<std::int32_t>();
  for (std::size_t row = 0; row < batch.indices.size(); ++row) {
    const std::int64_t index = order_[static_cast<std::size_t>(begin) + row];
    batch.indices[row] = index;
    labels[row] = dataset_->label(index);
  }
  const auto clean = corruptions_.empty() ? inputs : targets;
  const bool as_read = transforms_.empty();
  const auto stored = static_cast<std::size_t>(dataset_->shape().numel());
  if (!as_read) read_.resize(batch.indices.size() * stored);
  dataset_->read_many(batch.indices, as_read ? clean : std::span(read_));
  for (std::size_t row = 0; row < batch.indices.size(); ++row) {
    PhiloxStream rng(example_seed_, static_cast<std::uint64_t>(batch.indices[row]));
    const auto example = clean.subspan(row * each, each);
    if (!as_read) transforms_.apply(std::span(read_).subspan(row * stored, stored), example, rng);
    if (!corruptions_.empty()) corruptions_.apply(example, inputs.subspan(row * each, each), rng);
  }
}

Loader::Loader(std::shared_ptr<const Dataset> dataset, LoaderOptions options)
    : impl_(std::make_unique<Impl>(std::move(dataset), std::move(options))) {}
Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

std::int64_t Loader::batches() const { return impl_->batches(); }
Shape Loader::shape() const { return impl_->shape(); }
const Dataset& Loader::dataset() const { return impl_->dataset(); }
void Loader::start(std::int64_t epoch, std::int64_t first_batch) {
  impl_->start(epoch, first_batch);
}
const Batch* Loader::next() { return impl_->next(); }

}  // namespace varve
