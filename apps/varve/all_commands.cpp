#include "apps/varve/command.h"

namespace varve::app {

std::vector<CommandPtr> all_commands() {
  std::vector<CommandPtr> commands;
  for (const auto make :
       {make_train, make_eval, make_doctor, make_reconstruct, make_sample, make_interpolate,
        make_traverse, make_manifold, make_latent, make_mix, make_kl, make_curves, make_report,
        make_figure, make_models, make_devices, make_data, make_bench})
    commands.push_back(make());
  return commands;
}

}  // namespace varve::app
