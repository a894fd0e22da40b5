#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/apps/command.h"

/// What the sweeps share: a small run, and the library faults.cpp under it.
namespace varve::test {

/// Settings of faults.cpp without their prefix: {"AT", "7"}.
using Faults = std::map<std::string, std::string>;

/// A run of the command in the folder `run`, of three epochs and some seconds' work in all.
inline constexpr std::string_view small_run =
    "train --data digits --limit 200 --hidden 16 --latent 2 --epochs 3 --batch-size 40 --seed 3 "
    "--progress none --out run";

Outcome varve_under(const Place& place, const Faults& faults, std::string_view arguments);

/// How many calls of the family ("io", "memory") a command makes, on paths with `path` in them.
std::int64_t count_calls(const Place& place, std::string_view family, std::string_view path,
                         std::string_view arguments);

/// Numbers of calls, from 1 to `count`, evenly: VARVE_SWEEP_POINTS of them, or `usual`.
std::vector<std::int64_t> points(std::int64_t count, std::int64_t usual);

/// Goes on with `run`, or begins it again if nothing of it is there yet, and checks that it ends as
/// one that nothing ever happened to: the same weights, each epoch once in its records, and no
/// temporary file.
void check_recovers(const Place& place, const std::string& weights);

}  // namespace varve::test
