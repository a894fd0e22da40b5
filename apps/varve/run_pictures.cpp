#include "apps/varve/run_pictures.h"

#include <cmath>

#include "apps/varve/pictures/pictures.h"
#include "framework/platform/platform.h"

namespace varve::app {

using pictures::Subject;

std::vector<RunPicture> draw_usual(OpenRun& open) {
  Loader examples = open.pictured();
  const Subject subject{open.model(), open.title(), examples};
  const auto side = static_cast<std::int64_t>(
      std::sqrt(static_cast<double>(pictures::fitting_count(subject, 400))));
  std::vector<RunPicture> drawn;
  drawn.push_back({"reconstruction",
                   "Examples of the test split, and what comes back from their codes.",
                   pictures::reconstruction(subject, pictures::fitting_count(subject, 20))});
  if (pictures::has_prior(subject))
    drawn.push_back({"samples", "Codes drawn from the prior, decoded: images that nobody made.",
                     pictures::samples(subject, pictures::fitting_count(subject, 100))});
  drawn.push_back(
      {"latent",
       "Where the codes of the test examples lie. Classes that form clusters were found "
       "without their labels.",
       pictures::latent_scatter(subject, {})});
  drawn.push_back({"manifold", "The plane of codes, decoded: neighbours should look alike.",
                   pictures::manifold(subject, side)});
  return drawn;
}

std::vector<RunPicture> draw_all(OpenRun& open) {
  auto drawn = draw_usual(open);
  Loader examples = open.pictured();
  const Subject subject{open.model(), open.title(), examples};
  if (pictures::has_kl(subject))
    drawn.push_back({"kl", "What each dimension of the code says. One at zero says nothing.",
                     pictures::kl_bars(subject)});
  drawn.push_back({"traversal", "Each row moves one dimension of one code and keeps the others.",
                   pictures::traversal(subject, {})});
  drawn.push_back({"interpolation", "On the way from one code to another.",
                   pictures::interpolation(subject, {.pairs = 4, .path = pictures::Path::both})});
  drawn.push_back({"mixtures", "Halfway between the code of the row and that of the column.",
                   pictures::mixing(subject, {})});
  return drawn;
}

std::vector<std::string> save_usual(OpenRun& open) {
  const auto folder = open.run().folder.images();
  platform::make_own_folder(folder);
  platform::remove_leftovers(folder);
  std::vector<std::string> names;
  for (const auto& [name, caption, picture] : draw_usual(open)) {
    pictures::save(folder / (name + ".png"), picture);
    names.push_back(name);
  }
  return names;
}

}  // namespace varve::app
