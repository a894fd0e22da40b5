#!/bin/sh
# Measures Varve on a GPU and prints what docs/pages/vulkan.md keeps a table of:
# `sh apps/bench/gpu.sh [DEVICE]`, DEVICE as `varve devices` names it (default: vulkan).
# Builds first; BUILD=DIR takes a build that exists. Beside PyTorch where python3 has it with CUDA.
set -eu
cd "$(dirname "$0")/../.."

device=${1:-vulkan}
build=${BUILD:-build}
if [ -z "${BUILD:-}" ]; then
  sh apps/setup.sh tests
  cmake --preset release -DVARVE_BUILD_APPS=ON -DVARVE_BUILD_TESTS=ON
  cmake --build build
fi

echo "## Device"
"$build/varve" devices
echo "## Right: every op, and training steps, on the device"
case $device in vulkan:*) export VARVE_VULKAN_DEVICE="${device#vulkan:}" ;; esac
"$build/tests/test_conformance" || echo "conformance FAILED"
"$build/tests/test_backends" || echo "backend tests FAILED"
echo "## Fast: the device"
"$build/varve" bench device --backend "$device"
echo "## Fast: training steps (step_ms: of the clock on the wall, device_step_ms: of the device's)"
for arch in mlp conv; do
  for round in 1 2 3; do
    "$build/varve" bench train --arch $arch --steps 500 --backend "$device" --json
  done
  "$build/varve" bench train --arch $arch --steps 100 --backend "$device" --eager --json
done
for batch in 1024 8192; do
  "$build/varve" bench train --arch mlp --batch-size $batch --steps 100 --backend "$device" --json
done
"$build/varve" bench train --arch conv --batch-size 512 --steps 100 --backend "$device" --json
echo "## PyTorch"
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  python3 apps/bench/peer_torch.py
  python3 apps/bench/peer_torch.py --times 8
  python3 apps/bench/peer_torch.py --products
else
  echo "python3 has no PyTorch with CUDA here"
fi
