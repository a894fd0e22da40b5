#!/bin/sh
# Sets up, builds and runs every test: `sh tests/run.sh`. Arguments go on to ctest: `-R conv2d`.
# The exit code is ctest's.
set -eu
cd "$(dirname "$0")/.."

sh apps/setup.sh tests
cmake --preset release -DVARVE_BUILD_APPS=ON -DVARVE_BUILD_TESTS=ON
cmake --build build
ctest --test-dir build --output-on-failure --parallel "$(nproc)" "$@"
