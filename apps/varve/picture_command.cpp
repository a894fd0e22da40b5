#include "apps/varve/picture_command.h"

#include <fmt/core.h>

#include "framework/io/image.h"
#include "framework/platform/platform.h"

namespace varve::app {

void PictureCommand::declare(Options& options) {
  options_.declare(options);
  options.add("out", &out_, "the PNG to write; default: RUN/images/" + stem() + ".png",
              {.unit = "FILE"});
  declare_more(options);
}

int PictureCommand::run(const Options&) {
  OpenRun open(options_);
  Loader examples = open.pictured();
  const Array picture = draw({open.model(), open.title(), examples});
  std::filesystem::path path = out_;
  if (out_.empty()) {
    platform::make_directories(open.run().folder.images());
    path = open.run().folder.images() / (stem() + ".png");
  }
  save_png(path, picture);
  fmt::print("{}\n", path.string());
  open.device().report();
  return 0;
}

}  // namespace varve::app
