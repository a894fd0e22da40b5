#include "apps/studio/commands/picture_command.h"

namespace varve::studio {
namespace {

class Manifold : public PictureCommand {
 public:
  About about() const override {
    return {"Draw the plane of codes, decoded",
            "varve manifold runs/vae-digits-1 --side 20 --out manifold.png"};
  }

 protected:
  std::string stem() const override { return "manifold"; }
  Examples needs() const override { return Examples::maybe; }
  void declare_more(Options& options) override {
    options.add("side", &side_, "images a row", {.least = 1});
  }
  pictures::Picture draw(const pictures::Subject& subject) override {
    return pictures::manifold(subject, side_);
  }

 private:
  std::int64_t side_ = 20;
};

}  // namespace

CommandPtr make_manifold() { return std::make_unique<Manifold>(); }

}  // namespace varve::studio
