#include "apps/studio/commands/picture_command.h"

namespace varve::studio {
namespace {

class Sample : public PictureCommand {
 public:
  About about() const override {
    return {"Draw images decoded from the prior",
            "varve sample runs/vae-digits-1 --count 100 --seed 7 --out samples.png"};
  }

 protected:
  std::string stem() const override { return "samples"; }
  Examples needs() const override { return Examples::none; }
  void declare_more(Options& options) override {
    options.add("count", &count_, "images to draw", {.least = 1});
  }
  pictures::Picture draw(const pictures::Subject& subject) override {
    return pictures::samples(subject, count_);
  }

 private:
  std::int64_t count_ = 100;
};

}  // namespace

CommandPtr make_sample() { return std::make_unique<Sample>(); }

}  // namespace varve::studio
