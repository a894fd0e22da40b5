#include "apps/varve/picture_command.h"

namespace varve::app {
namespace {

class Interpolate : public PictureCommand {
 public:
  About about() const override {
    return {"interpolate", "Draw the way from one example to another",
            "varve interpolate runs/vae-digits-1 --pairs 5 --spherical --out interpolation.png"};
  }

 protected:
  std::string stem() const override { return "interpolation"; }
  void declare_more(Options& options) override {
    options.add("pairs", &pairs_, "pairs of examples, a row each", {.least = 1});
    options.add("steps", &steps_, "images from one to the other", {.least = 2});
    options.add("spherical", &spherical_, "along a great circle, not a straight line");
  }
  Array draw(const pictures::Subject& subject) override {
    return pictures::interpolation(subject, pairs_, steps_, spherical_);
  }

 private:
  std::int64_t pairs_ = 6;
  std::int64_t steps_ = 9;
  bool spherical_ = false;
};

}  // namespace

CommandPtr make_interpolate() { return std::make_unique<Interpolate>(); }

}  // namespace varve::app
