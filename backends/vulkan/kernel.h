#pragma once

#include "backends/vulkan/encoder.h"
#include "framework/backend/backend.h"
#include "framework/ops/op.h"

namespace varve::vulkan {

/// Encodes one command as dispatches. Kernels have no state: eager execution and recording are the
/// same call. They see no output of zero elements.
using Kernel = void (*)(const Command& command, Encoder& encoder);

/// A kernel and what it takes.
struct KernelEntry {
  Kernel kernel = nullptr;
  /// nullptr: every signature of f32 (and integer outputs or operands that the op's shape rule asks
  /// for).
  bool (*takes)(const Signature& signature, const Traits& traits) = nullptr;
};

// One table a family; an empty entry for an op that is not of it.
KernelEntry elementwise_kernel(
    Op op);  // elementwise.cpp: unary, binary, where, fused pointwise rows
KernelEntry creation_kernel(
    Op op);  // creation.cpp: fill, copy, iota, concat, slice_scatter, diagonal_embed
KernelEntry random_kernel(Op op);  // random.cpp
KernelEntry reduce_kernel(Op op);  // reduce.cpp: sum, max, argmax, global_norm
KernelEntry rows_kernel(
    Op op);  // rows.cpp: softmax, log_softmax, layer_norm, batch_norm, solve_triangular
KernelEntry index_kernel(Op op);   // index.cpp: gather, scatter_add
KernelEntry window_kernel(Op op);  // window.cpp: unfold, fold
KernelEntry matmul_kernel(Op op);  // matmul.cpp: matmul, linear
KernelEntry conv_kernel(Op op);    // conv.cpp: conv2d, conv_transpose2d, conv2d_weight_gradient
KernelEntry optim_kernel(Op op);   // optim.cpp: adam_step

/// The kernel of any op; empty if the backend has none.
KernelEntry find_kernel(Op op);

}  // namespace varve::vulkan
