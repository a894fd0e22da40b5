#include "apps/studio/commands/picture_command.h"

namespace varve::studio {
namespace {

class Mix : public PictureCommand {
 public:
  About about() const override {
    return {"Draw blends of the codes of two examples each",
            "varve mix runs/vae-digits-1 --rows 5 --columns 5 --out mixtures.png"};
  }

 protected:
  std::string stem() const override { return "mixtures"; }
  void declare_more(Options& options) override {
    options.add("rows", &options_.rows, "examples that head the rows", {.least = 1});
    options.add("columns", &options_.columns, "examples that head the columns", {.least = 1});
    options.add("share", &options_.share, "of the row's code in the blend",
                {.least = 0, .most = 1});
  }
  pictures::Picture draw(const pictures::Subject& subject) override {
    return pictures::mixing(subject, options_);
  }

 private:
  pictures::MixingOptions options_;
};

}  // namespace

CommandPtr make_mix() { return std::make_unique<Mix>(); }

}  // namespace varve::studio
