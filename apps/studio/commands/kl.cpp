#include "apps/studio/commands/picture_command.h"

namespace varve::studio {
namespace {

class Kl : public PictureCommand {
 public:
  About about() const override {
    return {"Draw how much each dimension of the code says",
            "varve kl runs/vae-digits-1 --out kl.svg"};
  }

 protected:
  std::string stem() const override { return "kl"; }
  void declare_more(Options&) override {}
  pictures::Picture draw(const pictures::Subject& subject) override {
    return pictures::kl_bars(subject);
  }
};

}  // namespace

CommandPtr make_kl() { return std::make_unique<Kl>(); }

}  // namespace varve::studio
