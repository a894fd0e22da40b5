#include "apps/varve/picture_command.h"

namespace varve::app {
namespace {

class Traverse : public PictureCommand {
 public:
  About about() const override {
    return {"traverse", "Draw what each dimension of the code does",
            "varve traverse runs/vae-digits-1 --index 3 --range 2 --out traversal.png"};
  }

 protected:
  std::string stem() const override { return "traversal"; }
  void declare_more(Options& options) override {
    options.add("index", &options_.index, "the example to start from", {.least = 0});
    options.add("dimensions", &options_.rows, "rows at most", {.least = 1});
    options.add("steps", &options_.steps, "images a row", {.least = 2});
    options.add("range", &options_.range, "standard deviations to either side", {.least = 0});
  }
  Array draw(const pictures::Subject& subject) override {
    return pictures::traversal(subject, options_);
  }

 private:
  pictures::TraversalOptions options_;
};

}  // namespace

CommandPtr make_traverse() { return std::make_unique<Traverse>(); }

}  // namespace varve::app
