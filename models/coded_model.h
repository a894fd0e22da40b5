#pragma once

#include <functional>
#include <memory>

#include "models/model.h"
#include "models/parts.h"

namespace varve {

/// What models share that have an encoder, a decoder and a likelihood: they are built of
/// ModelParts, and know the sizes of examples and codes, at the latest from the first batch.
class CodedModel : public Model {
 public:
  /// Throws ErrorKind::usage if networks of one's own have not seen a batch and nothing else has
  /// said it; so does example_shape().
  std::int64_t latent_size() const override;
  Shape example_shape() const override;
  const Likelihood& likelihood() const override { return *likelihood_; }

 protected:
  /// What goes into the networks.
  struct Inputs {
    Shape encoder;
    std::int64_t decoder;
  };
  /// The example, and the code.
  static Inputs plain_inputs(const ModelParts& parts) { return {parts.example, parts.latent}; }

  /// `outputs` is how many numbers an encoder gives for a code of some size. Throws as
  /// ModelParts::take_encoder().
  CodedModel(ModelParts parts, const std::function<std::int64_t(std::int64_t latent)>& outputs,
             const std::function<Inputs(const ModelParts&)>& inputs = plain_inputs);

  /// The size of a code of which the encoder gives so many numbers; 0: there is none.
  virtual std::int64_t latent_of(std::int64_t outputs) const = 0;
  /// The encoder's numbers for examples that go in as `input`: [N, outputs]. Throws
  /// ErrorKind::usage if they are not those of a code of this model's size.
  Tensor encoded(const Tensor& input, const Tensor& examples);
  /// The decoder's raw output.
  Tensor decoded(const Tensor& input) { return (*decoder_)(input); }
  Likelihood& likelihood() { return *likelihood_; }

  const Device& device() const { return device_; }
  DType dtype() const { return dtype_; }
  /// What was said of the data, 0 if it is not known.
  std::int64_t label_classes() const { return classes_; }
  std::int64_t training_examples() const { return examples_; }
  /// Whether the encoder takes what holds for all of an example as planes behind its channels,
  /// not as numbers behind its values.
  bool takes_planes(const Tensor& examples) const;

 private:
  Device device_;
  DType dtype_;
  Shape example_;        ///< empty: not known yet
  std::int64_t latent_;  ///< 0: not known yet
  std::int64_t classes_, examples_;
  NetworksPtr networks_;  ///< null if the encoder was given
  std::unique_ptr<Likelihood> likelihood_;
  std::unique_ptr<Module> encoder_, decoder_;
};

}  // namespace varve
