#pragma once

namespace varve::studio {

/// Runs what the command line asks for and returns the exit code. Throws Error.
int run_command_line(int argc, char** argv);

}  // namespace varve::studio
