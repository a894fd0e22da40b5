#pragma once

#include <string>

#include "apps/studio/command.h"
#include "apps/studio/pictures/pictures.h"
#include "apps/studio/runs/open_run.h"

namespace varve::studio {

/// A command that draws one picture of a run.
class PictureCommand : public Command {
 public:
  void declare(Options& options) final;
  int run(const Options& options) final;

 protected:
  /// Where the picture goes if --out does not say: RUN/images/<stem>.png.
  virtual std::string stem() const = 0;
  virtual void declare_more(Options& options) = 0;
  /// Throws ErrorKind::usage for an option that cannot be, before the run is opened.
  virtual void check() const {}
  virtual pictures::Picture draw(const pictures::Subject& subject) = 0;
  /// Whether examples of the data are looked at. Where they only may be, data that are gone are no
  /// error before.
  enum class Examples { always, maybe, none };
  virtual Examples needs() const { return Examples::always; }
  /// Whether it can be drawn as an animation too, by encode_moving().
  virtual bool can_move() const { return false; }
  /// The bytes of a GIF.
  virtual std::string encode_moving(const pictures::Subject& subject);

 private:
  Loader find_examples(OpenRun& open) const;

  RunOptions options_;
  std::string out_;
};

}  // namespace varve::studio
