#include "apps/studio/main.h"

int main(int argc, char** argv) { return varve::studio::main(argc, argv); }
