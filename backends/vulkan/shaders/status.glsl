// Reporting an index out of range: the first invocation that finds one leaves its words, and the
// host throws at the next download. Bind with Dispatch::flag; `status` is the block's name.
// Words: 0 nothing yet (else 1), op, index low, index high, size of the axis.
#define STATUS_BUFFER(number)                                     \
  layout(set = 0, binding = number) buffer Status { uint status[8]; };

#define REPORT_INDEX(op, low, high, size)             \
  if (atomicCompSwap(status[0], 0u, 1u) == 0u) {      \
    status[1] = (op);                                 \
    status[2] = (low);                                \
    status[3] = (high);                               \
    status[4] = (size);                               \
  }
