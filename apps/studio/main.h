#pragma once

namespace varve::studio {

/// The whole command: what `varve ARGUMENTS` does. Registers the backends, runs the subcommand,
/// tells an error in a line on stderr and returns the exit code; it throws nothing. A program that
/// adds to the registries before (model_registry(), network_registry(), likelihood_registry(),
/// data_source_registry(), command_registry(), metric_registry(), picture_registry(), figure_registry()) has a command that
/// knows its own as well, in help, configurations, checkpoints and suggestions:
///
///     int main(int argc, char** argv) {
///       varve::model_registry().add(varve::model_info<MyVae>("my-vae", ...));
///       return varve::studio::main(argc, argv);
///     }
///
/// Once a process, from its main thread: it takes over signals and the standard streams.
int main(int argc, char** argv);

}  // namespace varve::studio
