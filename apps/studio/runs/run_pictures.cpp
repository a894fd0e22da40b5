#include "apps/studio/runs/run_pictures.h"

#include <cmath>

#include "framework/platform/platform.h"

namespace varve::studio {

using pictures::Subject;

namespace {

std::vector<RunPicture> draw(OpenRun& open, bool usual_alone) {
  Loader examples = open.pictured();
  const Subject subject{open.model(), open.title(), examples};
  std::vector<RunPicture> drawn;
  for (const bool usual : {true, false}) {
    if (usual_alone && !usual) break;
    for (const auto& info : picture_registry())
      if (info.usual == usual && (!info.applies || info.applies(subject)))
        drawn.push_back({info.name, info.caption, info.draw(subject)});
  }
  return drawn;
}

}  // namespace

Registry<PictureInfo>& picture_registry() {
  static Registry<PictureInfo> registry(
      "picture",
      {{.name = "reconstruction",
        .caption = "Examples of the test split, and what comes back from their codes.",
        .draw =
            [](const Subject& s) {
              return pictures::reconstruction(s, pictures::fitting_count(s, 20));
            },
        .usual = true},
       {.name = "samples",
        .caption = "Codes drawn from the prior, decoded: images that nobody made.",
        .draw =
            [](const Subject& s) { return pictures::samples(s, pictures::fitting_count(s, 100)); },
        .applies = pictures::has_prior,
        .usual = true},
       {.name = "latent",
        .caption =
            "Where the codes of the test examples lie. Classes that form clusters were found "
            "without their labels.",
        .draw = [](const Subject& s) { return pictures::latent_scatter(s, {}); },
        .usual = true},
       {.name = "manifold",
        .caption = "The plane of codes, decoded: neighbours should look alike.",
        .draw =
            [](const Subject& s) {
              const auto count = static_cast<double>(pictures::fitting_count(s, 400));
              return pictures::manifold(s, static_cast<std::int64_t>(std::sqrt(count)));
            },
        .usual = true},
       {.name = "kl",
        .caption = "What each dimension of the code says. One at zero says nothing.",
        .draw = pictures::kl_bars,
        .applies = pictures::has_kl},
       {.name = "traversal",
        .caption = "Each row moves one dimension of one code and keeps the others.",
        .draw = [](const Subject& s) { return pictures::traversal(s, {}); }},
       {.name = "interpolation",
        .caption = "On the way from one code to another.",
        .draw =
            [](const Subject& s) {
              return pictures::interpolation(s, {.pairs = 4, .path = pictures::Path::both});
            }},
       {.name = "mixtures",
        .caption = "Halfway between the code of the row and that of the column.",
        .draw = [](const Subject& s) { return pictures::mixing(s, {}); }}});
  return registry;
}

std::vector<RunPicture> draw_usual(OpenRun& open) { return draw(open, true); }
std::vector<RunPicture> draw_all(OpenRun& open) { return draw(open, false); }

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

}  // namespace varve::studio
