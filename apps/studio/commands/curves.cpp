#include <fmt/core.h>

#include "apps/studio/command.h"
#include "apps/studio/runs/history.h"
#include "framework/platform/platform.h"

namespace varve::studio {
namespace {

class Curves : public Command {
 public:
  About about() const override {
    return {"Draw how the loss and the codes changed during training",
            "varve curves runs/vae-digits-1 --out curves.svg"};
  }

  void declare(Options& options) override {
    options.add("RUN", &run_, "folder of a run that 'varve train' has written",
                {.positional = true});
    options.add("out", &out_, "the .png or .svg to write; default: RUN/images/curves.png",
                {.unit = "FILE"});
  }

  int run(const Options&) override {
    if (!out_.empty()) pictures::format_of(out_);
    const TrainedRun run(run_);
    const auto charts = draw_curves(read_history(run.folder));
    std::filesystem::path path = out_;
    if (out_.empty()) {
      platform::make_directories(run.folder.images());
      path = run.folder.images() / "curves.png";
    }
    pictures::save(
        path, draw(pictures::Panels{
                  .title = run.title(), .subtitle = "by epoch", .pictures = charts, .columns = 2}));
    fmt::print("{}\n", path.string());
    return 0;
  }

 private:
  std::string run_;
  std::string out_;
};

}  // namespace

CommandPtr make_curves() { return std::make_unique<Curves>(); }

}  // namespace varve::studio
