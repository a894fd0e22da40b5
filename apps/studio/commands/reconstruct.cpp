#include "apps/studio/commands/picture_command.h"

namespace varve::studio {
namespace {

class Reconstruct : public PictureCommand {
 public:
  About about() const override {
    return {"Draw examples above their reconstructions",
            "varve reconstruct runs/vae-digits-1 --count 20 --out reconstruction.png"};
  }

 protected:
  std::string stem() const override { return "reconstruction"; }
  void declare_more(Options& options) override {
    options.add("count", &count_, "examples to show", {.least = 1});
  }
  pictures::Picture draw(const pictures::Subject& subject) override {
    return pictures::reconstruction(subject, count_);
  }

 private:
  std::int64_t count_ = 20;
};

}  // namespace

CommandPtr make_reconstruct() { return std::make_unique<Reconstruct>(); }

}  // namespace varve::studio
