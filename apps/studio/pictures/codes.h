#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "apps/studio/pictures/pictures.h"

namespace varve::studio::pictures {

/// The first `count` images (fewer if there are no more): f32 [N, H, W, C]. Labels, if there are
/// any, go into `labels`.
Array read_images(Loader& examples, std::int64_t count, std::vector<int>* labels = nullptr);

/// Examples in host memory, with what the model makes of them.
struct Encoded {
  Array images;             ///< f32 [N, H, W, C]
  Array codes;              ///< f32 [N, latent]
  std::vector<int> labels;  ///< empty if there are none
};
/// The first `count` examples and their mean codes.
Encoded encode(const Subject& subject, std::int64_t count);
/// The same without the images.
Encoded encode_only(const Subject& subject, std::int64_t count);
/// Without the images, and with one draw of q(z | x) for each in place of its mean.
Encoded encode_draws(const Subject& subject, std::int64_t count);

/// The mean codes of images, f32 [N, latent].
Array encode_images(Model& model, const Array& images, std::span<const int> labels);
/// A draw of q(z | x) for each image, f32 [N, latent].
Array draw_codes(Model& model, const Array& images, std::span<const int> labels);
/// f32 [N, H, W, C] for codes [N, latent]. A model with classes takes a label for each code.
Array decode(Model& model, const Array& codes, std::span<const int> labels);

/// The images as training shows them to the model (Model::corrupt); nothing for a model that is
/// shown them as they are.
std::optional<Array> corrupted(Model& model, const Array& images);

/// Mean and standard deviation of q(z | x): both f32 [N, latent]; nothing where codes are points.
struct Moments {
  Array mean, deviation;
};
std::optional<Moments> posterior_moments(Model& model, const Array& images,
                                         std::span<const int> labels);

/// How many images of this size a picture, or a look at a model, may hold that nobody has asked a
/// number for: 16 million values.
std::int64_t most_images(const Shape& image);

/// The labels of what is not made from an example, one of each class in turn; empty for a model
/// that takes none.
std::vector<int> labels_in_turn(const Model& model, std::int64_t count);

/// Indices of examples, two for each of up to `count` pairs: neighbours, or, for a model with
/// classes, of the same class. Throws ErrorKind::input if there is no pair.
std::vector<std::array<std::int64_t, 2>> find_pairs(const Model& model, const Encoded& encoded,
                                                    std::int64_t count);

/// How the codes are spread: where pictures move through them, and along what.
struct Spread {
  std::vector<std::int64_t> order;  ///< dimensions, the one that says most first
  std::vector<double> kl;           ///< nats by dimension; empty where there is no such term
  std::vector<double> mean;         ///< of N(0, I): 0; with another prior or none, of the codes
  std::vector<double> deviation;    ///< of N(0, I): 1; with another prior or none, of the codes
};
/// From up to a thousand examples. Dimensions are ordered by their KL term, else their variance.
Spread find_spread(const Subject& subject);

}  // namespace varve::studio::pictures
