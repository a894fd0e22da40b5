#include "apps/studio/commands/picture_command.h"
#include "apps/studio/pictures/gif.h"

namespace varve::studio {
namespace {

class Traverse : public PictureCommand {
 public:
  About about() const override {
    return {"Draw what each dimension of the code does",
            "varve traverse runs/vae-digits-1 --index 3 --range 2 --out traversal.gif"};
  }

 protected:
  std::string stem() const override { return "traversal"; }
  Examples needs() const override { return Examples::maybe; }
  void declare_more(Options& options) override {
    options.add("index", &options_.index, "the example to start from", {.least = 0});
    options.add("dimensions", &options_.rows, "rows at most", {.least = 1});
    options.add("steps", &options_.steps, "images a row; a GIF moves in steps a third as large",
                {.least = 2});
    options.add("range", &options_.range, "standard deviations to either side", {.least = 0.01});
  }
  pictures::Picture draw(const pictures::Subject& subject) override {
    return pictures::traversal(subject, options_);
  }
  bool can_move() const override { return true; }

  /// There and back again.
  std::string encode_moving(const pictures::Subject& subject) override {
    constexpr int hundredths = 8;
    std::vector<Array> frames;
    auto options = options_;
    options.steps = 3 * (options_.steps - 1) + 1;
    for (const auto& picture : pictures::moving_traversal(subject, options))
      frames.push_back(picture.pixels());
    for (std::size_t i = frames.size() - 1; i-- > 1;) frames.push_back(frames[i]);
    return pictures::encode_gif(frames, hundredths);
  }

 private:
  pictures::TraversalOptions options_;
};

}  // namespace

CommandPtr make_traverse() { return std::make_unique<Traverse>(); }

}  // namespace varve::studio
