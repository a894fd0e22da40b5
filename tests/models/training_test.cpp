#include <cmath>

#include "framework/io/checkpoint.h"
#include "framework/platform/platform.h"
#include "tests/models/support.h"

using namespace varve;
using namespace varve::test;

TEST_CASE("every model: eager, captured and resumed training end with the same bits") {
  for (const auto& info : model_registry()) {
    CAPTURE(info.name);
    const auto options = small_for(info);
    Training eager(info, options, {.epochs = 2, .capture = false});
    eager.run();
    const State expected = bits(*eager.model);

    Training captured(info, options, {.epochs = 2});
    const auto result = captured.run();
    CHECK(difference(bits(*captured.model), expected) == "");
    for (const auto& [name, value] : result.train) {
      CAPTURE(name);
      CHECK(std::isfinite(value));
    }

    const platform::TemporaryDirectory folder;
    Training(info, options, {.epochs = 2, .max_steps = 3, .folder = folder.path()}).run();
    Training resumed(info, options, {.epochs = 2, .folder = folder.path(), .resume = true});
    resumed.run();
    CHECK(difference(bits(*resumed.model), expected) == "");

    // The checkpoint alone is enough to have the model again.
    const auto loaded = make_model(info.name, options);
    loaded->load_state(load_latest_checkpoint(folder.path() / "checkpoints").checkpoint.model);
    CHECK(difference(bits(*loaded), expected) == "");
  }
}

TEST_CASE("an adversary is trained by its own optimizer alone") {
  const auto& info = find_model("factor-vae");
  auto options = small_for(info);
  const auto weights = [](const State& state, std::string_view part) {
    State out;
    for (const auto& [path, array] : state)
      if (path.starts_with(part)) out[path] = array;
    return out;
  };
  Training reference(info, options, {.epochs = 1});
  const State before = bits(*reference.model);
  reference.run();
  const State after = bits(*reference.model);
  CHECK(difference(weights(before, "discriminator"), weights(after, "discriminator")) != "");
  CHECK(difference(weights(before, "encoder"), weights(after, "encoder")) != "");

  options.own["discriminator-lr"] = 0.0;
  Training frozen(info, options, {.epochs = 1});
  frozen.run();
  CHECK(difference(weights(before, "discriminator"),
                   weights(bits(*frozen.model), "discriminator")) == "");

  // Without weight on its estimate, the rest is trained as if there were no adversary.
  options.own["gamma"] = 0.0;
  Training alone(info, options, {.epochs = 1});
  alone.run();
  options.own["discriminator-lr"] = 1e-2;
  Training beside(info, options, {.epochs = 1});
  beside.run();
  CHECK(difference(weights(bits(*alone.model), "encoder"),
                   weights(bits(*beside.model), "encoder")) == "");
}
