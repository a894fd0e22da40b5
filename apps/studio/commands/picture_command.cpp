#include "apps/studio/commands/picture_command.h"

#include <fmt/core.h>

#include "apps/studio/pictures/gif.h"
#include "framework/platform/platform.h"

namespace varve::studio {

void PictureCommand::declare(Options& options) {
  options_.declare(options);
  options.add("out", &out_,
              fmt::format("the .png{} to write; default: RUN/images/{}.png",
                          can_move() ? ", .svg or .gif" : " or .svg", stem()),
              {.unit = "FILE"});
  declare_more(options);
}

/// Data that are gone hurt no picture that does without them.
Loader PictureCommand::find_examples(OpenRun& open) const {
  if (needs() == Examples::none)
    return open.unpictured({ErrorKind::input, "[picture] no example was opened"});
  try {
    return open.pictured();
  } catch (const Error& error) {
    if (needs() == Examples::always || error.kind() != ErrorKind::input) throw;
    return open.unpictured(error);
  }
}

int PictureCommand::run(const Options&) {
  check();
  auto format = pictures::Format::png;
  if (!out_.empty()) format = pictures::format_of(out_, can_move());
  if (format == pictures::Format::gif) pictures::require_gif();
  OpenRun open(options_);
  Loader examples = find_examples(open);
  const pictures::Subject subject{open.model(), open.title(), examples};
  std::filesystem::path path = out_;
  if (format == pictures::Format::gif) {
    platform::write_file_atomically(path, encode_moving(subject));
  } else {
    const pictures::Picture picture = draw(subject);
    if (out_.empty()) {
      platform::make_directories(open.run().folder.images());
      path = open.run().folder.images() / (stem() + ".png");
    }
    pictures::save(path, picture);
  }
  fmt::print("{}\n", path.string());
  open.device().report();
  return 0;
}

std::string PictureCommand::encode_moving(const pictures::Subject&) { return {}; }

}  // namespace varve::studio
