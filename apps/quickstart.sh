#!/bin/sh
# Sets up, builds and trains: `sh apps/quickstart.sh`. Without arguments a VAE on the embedded
# digits; arguments go on to `varve train`: `sh apps/quickstart.sh --data sprites --arch conv`.
set -eu
cd "$(dirname "$0")/.."

sh apps/setup.sh
cmake --preset release -DVARVE_BUILD_APPS=ON -DVARVE_BUILD_TESTS=OFF
cmake --build build --target varve_cli

[ $# -gt 0 ] || set -- --model vae --data digits --latent 10 --epochs 60 --lr cosine:0.002:0:5640
exec build/varve train "$@"
