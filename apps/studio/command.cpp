#include "apps/studio/command.h"

namespace varve::studio {

Registry<CommandInfo>& command_registry() {
  static Registry<CommandInfo> registry("command", {{"train", make_train},
                                                    {"eval", make_eval},
                                                    {"doctor", make_doctor},
                                                    {"reconstruct", make_reconstruct},
                                                    {"sample", make_sample},
                                                    {"interpolate", make_interpolate},
                                                    {"traverse", make_traverse},
                                                    {"manifold", make_manifold},
                                                    {"latent", make_latent},
                                                    {"mix", make_mix},
                                                    {"kl", make_kl},
                                                    {"curves", make_curves},
                                                    {"report", make_report},
                                                    {"figure", make_figure},
                                                    {"models", make_models},
                                                    {"devices", make_devices},
                                                    {"data", make_data},
                                                    {"bench", make_bench}});
  return registry;
}

}  // namespace varve::studio
