#include "apps/studio/commands/picture_command.h"

namespace varve::studio {
namespace {

class Latent : public PictureCommand {
 public:
  About about() const override {
    return {"Draw where the examples lie in the space of codes",
            "varve latent runs/vae-digits-1 --count 2000 --out latent.png"};
  }

 protected:
  std::string stem() const override { return "latent"; }
  void declare_more(Options& options) override {
    options.add("count", &options_.count, "examples to show", {.least = 1});
    options.add("draws", &options_.draws, "a draw of each example's posterior, not its mean");
  }
  pictures::Picture draw(const pictures::Subject& subject) override {
    return pictures::latent_scatter(subject, options_);
  }

 private:
  pictures::ScatterOptions options_;
};

}  // namespace

CommandPtr make_latent() { return std::make_unique<Latent>(); }

}  // namespace varve::studio
