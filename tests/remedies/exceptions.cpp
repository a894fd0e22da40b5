#include "tests/remedies/remedies.h"

// Messages without a row in the tables, each with its reason.

namespace varve::remedies {

std::vector<Elsewhere> followed_elsewhere() {
  constexpr auto faults = "apps/vulkan_fault_test.cpp";
  constexpr auto forks = "backends/vulkan/fork_test.cpp";
  constexpr auto encoder = "backends/vulkan/encoder_test.cpp";
  return {
      {"[vulkan] {} was lost ({}){}{}; a driver ends what hangs or runs too long: go on from the "
       "last "
       "checkpoint, and if it comes again, run once with VARVE_VULKAN_SERIALIZE=1 to see which op "
       "it "
       "is",
       faults},
      {"[vulkan] no {} of {} memory left: {} are in use of the {} that {} has; use a smaller batch "
       "or "
       "model",
       faults},
      {"[vulkan] {} was opened before fork(), and a child cannot use its parent's driver; fork "
       "before "
       "Vulkan is opened, start the child by exec, or use the cpu backend in it",
       forks},
      {"Vulkan unavailable: this process was forked off one that had opened Vulkan, which drivers "
       "do "
       "not survive; fork first, start the child by exec, or use the cpu backend",
       forks},
      {"[{}] a tensor of {} {} reaches over {} bytes, and the device's shaders over {} at most; "
       "use a "
       "smaller batch or model",
       encoder},
      {"stopped; go on with: varve train --resume {}\n", "apps/train_test.cpp"},
      {"--sigma {:.2g}, or --likelihood optimal-sigma or learned-sigma, which find it",
       "apps/doctor_remedies_test.cpp"},
      {"the vulkan backend computes in f32; use the cpu backend for f64",
       "backends/vulkan/vulkan_backend_test.cpp"},
  };
}

std::vector<Elsewhere> beyond_a_test() {
  constexpr auto machine = "another machine, driver or build is needed";
  constexpr auto size = "only values of many gigabytes come there";
  constexpr auto moment = "memory must end at one moment of a run; see hostile/memory_test.cpp";
  constexpr auto disk = "only a disk that fails comes there";
  return {
      {"[hdf5] {}: this build reads no HDF5: build it with libhdf5 (package libhdf5-dev), or save "
       "the arrays with numpy.savez",
       machine},
      {"this build does not read: build it with giflib (package libgif-dev), or convert it to PNG",
       machine},
      {"this build does not read: build it with libjpeg (package libjpeg62-turbo-dev), or convert "
       "it to PNG",
       machine},
      {"this build does not read: build it with libtiff 4.5 (package libtiff-dev), or convert it "
       "to PNG",
       machine},
      {"this build does not read: build it with libwebp (package libwebp-dev), or convert it to "
       "PNG",
       machine},
      {"Vulkan unavailable: {} ({}) cannot be opened: vkCreateDevice failed with {}; update its "
       "driver, or name another device (see 'varve devices')",
       machine},
      {"Vulkan unavailable: libvulkan.so.1 cannot be loaded; install the package libvulkan1, and "
       "the driver of the graphics card",
       machine},
      {"Vulkan unavailable: libvulkan.so.1 offers Vulkan {}.{}, 1.2 is needed; install a newer "
       "package libvulkan1",
       machine},
      {"Vulkan unavailable: no driver was found{}; install the driver of the graphics card: "
       "mesa-vulkan-drivers for AMD and Intel, NVIDIA's own for its cards",
       machine},
      {"Vulkan unavailable: vkCreateInstance failed with {}{}; check the installation with "
       "vulkaninfo (package vulkan-tools)",
       machine},
      {"Vulkan unavailable: there is a driver, but no device that it drives; check that the "
       "graphics card is seen (lspci) and that /dev/dri may be opened",
       machine},
      {"Vulkan unavailable: VARVE_VULKAN_VALIDATION needs the layer {}; install the package "
       "vulkan-validationlayers, or unset the variable",
       machine},
      {"Vulkan unavailable: the layer {} takes no {}; install a newer package "
       "vulkan-validationlayers, or unset VARVE_VULKAN_VALIDATION",
       machine},
      {"it has no timeline semaphores; update its driver", machine},
      {"it offers Vulkan {}, 1.2 is needed; update its driver", machine},
      {"[vulkan] {} failed with {} on {} ({}); update its driver", machine},
      {"[vulkan] {} failed with {} on {}; use a smaller batch or model", machine},
      {"[vulkan] {} was lost before ({}); start anew", machine},
      {"this build has none; configure it with glslc and libvulkan-volk-dev installed", machine},
      {"[cpu] this build uses {} instructions and the processor has none, rebuild with "
       "-DVARVE_CPU_ARCH=native (or x86-64-v2 for any)",
       machine},
      {"[picture] this varve was built without giflib and cannot write .gif: write .png or .svg, "
       "or install libgif-dev and build again",
       machine},
      {"[matmul] BLAS counts to {}, not to {}; multiply parts of the matrices", size},
      {"[vulkan] {} work groups are more than the device takes; use a smaller batch", size},
      {"[{}] lines of {} elements are longer than shaders on this device can walk; use the cpu "
       "backend",
       size},
      {"[vulkan] {} elements along one axis are more than shaders count; use the cpu backend",
       size},
      {"[{}] sums of {} products are more than shaders count; use the cpu backend", size},
      {"[vulkan] {} in one tensor are more than the {} that {} can address; use a smaller batch or "
       "model",
       size},
      {"[batch_norm] a tensor of {} is more than the device's shaders can reach; use a smaller "
       "batch",
       size},
      {"[png] cannot encode an image of {}: {}; make it smaller", size},
      {"[blas] no {} bytes of working memory, use a smaller model", moment},
      {"[cpu] no {} bytes of working memory, use a smaller batch or model", moment},
      {"out of memory: take a smaller --batch-size", moment},
      {"end other programs, or take a machine with more", moment},
      {"note: not all pictures were drawn ({}): the run is complete; draw them with less, as by "
       "'varve sample {} --count 9'\n",
       moment},
      {"[train] {} holds a run by now: give another --out",
       "only two processes that begin within a moment come there"},
      {"the vulkan backend has no kernel for these dtypes; cast to f32",
       "no public function asks for it"},
      {"[vulkan] f64 is not computed in; use f32 or the cpu backend",
       "each command is refused before it"},
      {"[{}] the cpu backend does not compute it in {}, cast to f32 first",
       "each command is refused before it, or cast"},
      {"take a larger --sigma, or --likelihood learned-sigma",
       "sharp codes of a Gaussian likelihood come with a far sigma, which is named first"},
      {"take a larger --batch-size; where a discriminator estimates it, let it learn longer before "
       "its weight counts, or lower the weight",
       "no short run has an estimate as wrong as that"},
      {"check the disk and the path", disk},
      {"{}: {}; check the disk and the path", disk},
      {"[checkpoint] {}: was written and reads back otherwise ({}); check the disk", disk},
  };
}

std::vector<std::string_view> no_remedies() {
  return {
      "Options of single networks (--arch)",
      "channels last: {} x {} of {} channels (--layout chw: first)",
      "how: crop (default), pad or stretch",
      "{} with alpha, laid over {} (--channels {} keeps it)",
      "make folder",
      "copy (read and written)",
      "the input, cast to `dtype`",
      "'varve COMMAND --help' tells more. Example:\n  varve train --model vae --data digits "
      "--epochs 5",
      "--arch, --latent, --hidden, --activation, --init, --likelihood, --sigma, --link",
      "Options of single models ('varve models NAME' explains them)",
      "[quantizer] codes {}, features {}, decay {}, restart {}: needed at least 2, at least 1, and "
      "numbers from 0 to less than 1",
      "a code of each example; what matters for sampling is that all of them together, not each by "
      "itself, look like draws from the prior",
      "the classifier itself is often wrong: take the distances lightly",
      "note: --{} is {} from here on, and was {}: the run is no longer the one that was started\n",
  };
}

}  // namespace varve::remedies
