#include "apps/studio/commands/picture_command.h"

namespace varve::studio {
namespace {

class Interpolate : public PictureCommand {
 public:
  About about() const override {
    return {"Draw the way from one example to another",
            "varve interpolate runs/vae-digits-1 --pairs 5 --path both --out interpolation.png"};
  }

 protected:
  std::string stem() const override { return "interpolation"; }
  void declare_more(Options& options) override {
    options.add("pairs", &options_.pairs, "pairs of examples", {.least = 1});
    options.add("steps", &options_.steps, "images from one to the other", {.least = 2});
    options.add("path", &path_, "straight, spherical (along a great circle) or both");
  }
  void check() const override { pictures::parse_path(path_); }
  pictures::Picture draw(const pictures::Subject& subject) override {
    options_.path = pictures::parse_path(path_);
    return pictures::interpolation(subject, options_);
  }

 private:
  pictures::InterpolationOptions options_;
  std::string path_ = "straight";
};

}  // namespace

CommandPtr make_interpolate() { return std::make_unique<Interpolate>(); }

}  // namespace varve::studio
