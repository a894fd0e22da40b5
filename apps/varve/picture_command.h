#pragma once

#include <string>

#include "apps/varve/command.h"
#include "apps/varve/open_run.h"
#include "apps/varve/pictures/figures.h"

namespace varve::app {

/// A command that draws one picture of a run.
class PictureCommand : public Command {
 public:
  void declare(Options& options) final;
  int run(const Options& options) final;

 protected:
  /// Where the picture goes if --out does not say: RUN/images/<stem>.png.
  virtual std::string stem() const = 0;
  virtual void declare_more(Options& options) = 0;
  virtual Array draw(const pictures::Subject& subject) = 0;

 private:
  RunOptions options_;
  std::string out_;
};

}  // namespace varve::app
