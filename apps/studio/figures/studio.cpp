#include "apps/studio/figures/studio.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "apps/studio/say.h"
#include "framework/core/error.h"
#include "framework/core/schedule.h"
#include "framework/optim/adam.h"
#include "framework/tensor/random.h"
#include "framework/train/evaluate.h"
#include "framework/train/progress.h"
#include "framework/train/trainer.h"

namespace varve::studio {
namespace {

constexpr std::int64_t batch_size = 128;
constexpr double learning_rate = 2e-3;

/// The whole loss, or one of its terms.
LossFunction make_loss(Model& model, Objective objective) {
  return [&model, objective](const Tensor& input, const Tensor& target, const Tensor& labels) {
    Terms terms = model.loss(input, target, labels);
    if (objective == Objective::whole) return terms;
    const char* wanted = objective == Objective::kl ? "kl" : "reconstruction";
    const auto term = std::find_if(terms.begin(), terms.end(),
                                   [&](const auto& each) { return each.name == wanted; });
    if (term == terms.end())
      fail(ErrorKind::usage, "[figure] the loss of this model has no term '{}'", wanted);
    terms[0].value = term->value;
    return terms;
  };
}

/// The numbers of epochs are those of the figure, not of the model: nothing of it is kept.
TrainerOptions trainer_options(const StudioOptions& options, std::int64_t batches) {
  return {.epochs = options.epochs,
          .learning_rate = Schedule::cosine(learning_rate, 0, options.epochs * batches),
          .seed = static_cast<std::uint64_t>(options.seed)};
}

StudioOptions with_scale(StudioOptions options) {
  resolve_scale(options.data);
  return options;
}

}  // namespace

Studio::Studio(const StudioOptions& options)
    : options_(with_scale(options)),
      train_(limited(open_images(options.data, Split::train), options.limit)),
      test_(open_images(options.data, Split::test)) {
  parse_progress_style(options_.progress);
}

void Studio::require_classes(const std::string& figure) const {
  if (test_->num_classes() < 2)
    fail(ErrorKind::input,
         "[figure] '{}' is about classes, and {} has no labels: take data with labels", figure,
         options_.data.data);
}

Trained Studio::train(const Recipe& recipe) const {
  const std::string name = recipe.name.empty() ? recipe.model : recipe.name;
  if (options_.progress != "none")
    say("{}: {} epochs of {} examples\n", name, options_.epochs, train_->size());
  manual_seed(static_cast<std::uint64_t>(options_.seed));
  auto model = make_model(recipe.model, {.image = train_->shape(),
                                         .classes = train_->num_classes(),
                                         .examples = train_->size(),
                                         .latent = recipe.latent,
                                         .hidden = recipe.hidden,
                                         .own = recipe.own});
  check_range(options_.data, find_range(options_.data, *train_), model->likelihood());
  Loader loader(train_, {.batch_size = batch_size,
                         .seed = static_cast<std::uint64_t>(options_.seed),
                         .transforms = make_transforms(options_.data)});
  const LossFunction loss = make_loss(*model, recipe.objective);
  LatentRecord record(*model, make_eval_loader(options_.data, train_, batch_size, options_.seed));
  {
    Adam optimizer(model->main_parameters(), {.learning_rate = learning_rate});
    Trainer trainer(*model, loss, optimizer, loader, nullptr,
                    trainer_options(options_, loader.batches()));
    Progress progress({.style = parse_progress_style(options_.progress)});
    trainer.add(progress);
    trainer.add(record);
    const TrainingResult result = trainer.run();
    if (result.signal != 0) throw Interrupted{result.exit_code()};
  }
  model->eval();
  Loader test = make_eval_loader(options_.data, test_, batch_size, options_.seed);
  Metrics metrics = evaluate(*model, make_loss(*model, Objective::whole), test);
  manual_seed(static_cast<std::uint64_t>(options_.seed));
  return {.model = std::move(model),
          .name = name,
          .test = std::move(metrics),
          .record = record.rows(),
          .examples = make_picture_loader(options_.data, test_)};
}

}  // namespace varve::studio
