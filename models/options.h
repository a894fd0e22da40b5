#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framework/core/dtype.h"
#include "framework/core/shape.h"
#include "framework/losses/likelihood.h"
#include "framework/optim/schedule.h"

namespace varve {

/// What an option of a model is set to. A schedule is a number or its text form.
using OptionValue = std::variant<double, std::int64_t, std::string>;

/// The values that a number may take.
struct Bounds {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};

/// An option that not every model has: what `varve models NAME` lists and `varve train --NAME`
/// sets. A model declares its own as constants of one of the four kinds below, names them in its
/// row of the registry and reads them by `options[gamma]`.
struct ModelOption {
  enum class Kind : std::uint8_t { number, count, choice, schedule };

  std::string name;  ///< as a flag: "free-bits"
  std::string help;  ///< one line, with the symbol of the paper
  Kind kind;
  OptionValue fallback;                ///< the paper's value, scaled to a run's budget
  Bounds bounds{};                     ///< of numbers, and of every value of a schedule
  std::vector<std::string> choices{};  ///< of a choice

  /// "0 or more", "gaussian, mask", "any number".
  std::string range() const;
  /// The value that `text` stands for. Throws ErrorKind::usage if it is of the wrong kind or out of
  /// bounds, naming the option and what it takes.
  OptionValue parse(std::string_view text) const;
  /// Throws as parse(). Gives the value in its own kind: 3 as 3.0 for a number.
  OptionValue checked(const OptionValue& value) const;
};

/// A real number: gamma.
struct NumberOption : ModelOption {
  NumberOption(std::string_view flag, std::string_view about, double value, Bounds limits = {});
};
/// A whole number: how many samples.
struct CountOption : ModelOption {
  CountOption(std::string_view flag, std::string_view about, std::int64_t value,
              Bounds limits = {1, 0x1p31});
};
/// One of a few words; the first is the default.
struct ChoiceOption : ModelOption {
  ChoiceOption(std::string_view flag, std::string_view about, std::vector<std::string> words);
};
/// A number that may move during training: the model keeps it in a TunableScalar of this name.
struct ScheduleOption : ModelOption {
  ScheduleOption(std::string_view flag, std::string_view about, const Schedule& value,
                 Bounds limits = {});
  /// With a default in text form, which may hold shares of the run: "linear:0:25:33%".
  ScheduleOption(std::string_view flag, std::string_view about, const char* form,
                 Bounds limits = {});
  /// The same option with another default: for another row of the registry.
  ScheduleOption with_default(const Schedule& value) const;
};

/// What a user may choose about a model. 0 or empty: the model's own default.
struct ModelOptions {
  // Of the data.
  Shape image = {};           ///< [H, W, C], every side at least 8
  std::int64_t classes = 0;   ///< of the labels; 0: there are none
  std::int64_t examples = 0;  ///< in the training set; 0: not known

  // Of every model.
  std::string arch = "mlp";               ///< "mlp" or "conv"
  std::int64_t latent = 0;                ///< default 20 (mlp), 10 (conv)
  std::vector<std::int64_t> hidden = {};  ///< sizes of the MLP's hidden layers; default {400}
  std::string activation = "relu";        ///< of the MLP: "relu", "tanh", "gated"
  /// First weights: "he", "xavier", "fan-in" (as PyTorch); empty: the one that fits the activation.
  std::string init = {};
  std::string likelihood = "bernoulli";
  double sigma = 1.0;          ///< scale of the Gaussian and Laplace likelihoods
  Link link = Link::identity;  ///< of their means; sigmoid keeps them in [0, 1]
  DType dtype = DType::f32;    ///< of the weights; f64 is for checks of gradients

  /// The model's own options by name: `.own = {{"beta", 4.0}, {"posterior", "full"}}`.
  std::map<std::string, OptionValue, std::less<>> own = {};

  double operator[](const NumberOption& option) const;
  std::int64_t operator[](const CountOption& option) const;
  const std::string& operator[](const ChoiceOption& option) const;
  Schedule operator[](const ScheduleOption& option) const;
};

}  // namespace varve
