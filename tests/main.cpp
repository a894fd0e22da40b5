#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "backends/backends.h"

int main(int argc, char** argv) {
  varve::register_backends();
  return doctest::Context(argc, argv).run();
}
