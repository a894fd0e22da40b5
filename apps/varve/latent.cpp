#include "apps/varve/picture_command.h"

namespace varve::app {
namespace {

class Latent : public PictureCommand {
 public:
  About about() const override {
    return {"latent", "Draw where the examples lie in the space of codes",
            "varve latent runs/vae-digits-1 --count 2000 --out latent.png"};
  }

 protected:
  std::string stem() const override { return "latent"; }
  void declare_more(Options& options) override {
    options.add("count", &count_, "examples to show", {.least = 1});
  }
  Array draw(const pictures::Subject& subject) override {
    return pictures::latent_scatter(subject, count_);
  }

 private:
  std::int64_t count_ = 5000;
};

}  // namespace

CommandPtr make_latent() { return std::make_unique<Latent>(); }

}  // namespace varve::app
