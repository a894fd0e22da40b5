#!/bin/sh
# Installs what Varve needs and this machine lacks: `sh apps/setup.sh`, for the tests as well
# `sh apps/setup.sh tests`. Uses apt-get as root or through a sudo that asks no password; otherwise
# it prints what to install and fails. VARVE_SKIP_SETUP=1 skips it, for dependencies in unusual
# places.
set -eu

[ "${VARVE_SKIP_SETUP:-}" = 1 ] && exit 0
missing=""

# need_command COMMAND PACKAGE
need_command() {
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

# need_file PATH PACKAGE: below /usr or /usr/local; the path may be a pattern.
need_file() {
  for found in /usr/$1 /usr/local/$1; do
    [ -e "$found" ] && return 0
  done
  missing="$missing $2"
}

need_command c++ g++
need_command cmake cmake
need_command ninja ninja-build
need_command pkg-config pkg-config
need_file "include/xtensor/xarray.hpp" libxtensor-dev
need_file "include/xtensor-blas/xlinalg.hpp" libxtensor-blas-dev
need_file "include/xsimd/xsimd.hpp" libxsimd-dev
need_file "include/*/openblas*/openblas_config.h" libopenblas-pthread-dev
need_file "include/dnnl.h" libdnnl-dev
need_file "include/CLI/CLI.hpp" libcli11-dev
need_file "include/nlohmann/json.hpp" nlohmann-json3-dev
need_file "include/fmt/core.h" libfmt-dev
need_file "include/png.h" libpng-dev
need_file "include/jpeglib.h" libjpeg62-turbo-dev
need_file "include/webp/decode.h" libwebp-dev
need_file "include/*/tiffio.h" libtiff-dev
need_file "include/hdf5/serial/hdf5.h" libhdf5-dev
need_file "include/zlib.h" zlib1g-dev
need_file "include/zip.h" libzip-dev
need_file "include/Random123/philox.h" librandom123-dev
need_file "include/cairo/cairo.h" libcairo2-dev
need_file "include/gif_lib.h" libgif-dev
need_file "include/vulkan/vulkan.h" libvulkan-dev
need_file "include/volk.c" libvulkan-volk-dev
need_command glslc glslc
need_file "lib*/*/libvulkan.so.1" libvulkan1
need_file "share/fonts/*/*/*.ttf" fonts-dejavu-core
if [ "${1:-}" = tests ]; then
  need_file "include/doctest/doctest.h" doctest-dev
  need_command python3 python3
  need_file "share/vulkan/icd.d/lvp_icd*.json" mesa-vulkan-drivers
  need_file "share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json" vulkan-validationlayers
fi

[ -z "$missing" ] && exit 0

install="apt-get install --yes --no-install-recommends$missing"
if ! command -v apt-get >/dev/null 2>&1; then
  echo "Varve needs these packages (by their Debian names):$missing" >&2
  echo "Install them with this system's package manager and run the command again." >&2
  exit 1
elif [ "$(id -u)" -eq 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
  as_root="sudo -n"
else
  echo "Varve needs packages that only root may install. Run this, and then the command again:" >&2
  echo "  sudo $install" >&2
  exit 1
fi

echo "installing:$missing"
$as_root apt-get update --quiet=2
$as_root env DEBIAN_FRONTEND=noninteractive $install --quiet=2 >/dev/null
