// A program outside of the tree that has the whole command, with things of its own in it.

#include "apps/studio/command.h"
#include "apps/studio/main.h"
#include "apps/studio/metrics/metric.h"
#include "apps/studio/runs/run_pictures.h"
#include "framework/varve.h"
#include "models/networks/networks.h"
#include "models/registry.h"
#include "models/vae/gaussian_vae.h"

namespace {

using namespace varve;

/// A layer: x + relu(W x + b).
class Skip : public Module {
 public:
  Skip(std::int64_t width, DType dtype)
      : inner_({.in = width, .out = width, .activation = Activation::relu, .dtype = dtype}) {
    child("inner", inner_);
  }
  Tensor forward(const Tensor& x) override { return x + inner_(x); }
  std::string describe() const override { return "Skip"; }

 private:
  Linear inner_;
};

struct SkipConfig {
  std::int64_t width = 24;
  std::int64_t depth = 2;
  template <class V>
  void visit(V& v) {
    v("skip-width", width, "of the skipping networks");
    v("skip-depth", depth, "layers that skip");
  }
};

/// Networks of such layers.
class SkipNetworks : public Networks {
 public:
  using Config = SkipConfig;
  explicit SkipNetworks(SkipConfig config = {}) : config_(checked(config)) {}

  std::unique_ptr<Module> encoder(const NetworkSpec& spec, std::int64_t outputs) const override {
    return net(spec.example.numel(), outputs, {outputs}, spec.dtype);
  }
  std::unique_ptr<Module> decoder(const NetworkSpec& spec, std::int64_t inputs) const override {
    return net(inputs, spec.example.numel(), spec.example, spec.dtype);
  }

 private:
  std::unique_ptr<Module> net(std::int64_t in, std::int64_t out, const Shape& shape,
                              DType dtype) const {
    auto net = std::make_unique<Sequential>();
    net->add<Flatten>({});
    net->add<Linear>({.in = in, .out = config_.width, .dtype = dtype});
    for (std::int64_t i = 0; i < config_.depth; ++i) net->add<Skip>(config_.width, dtype);
    net->add<Linear>({.in = config_.width, .out = out, .dtype = dtype});
    net->add<Reshape>({.shape = shape});
    return net;
  }
  SkipConfig config_;
};

struct CubicConfig {
  Schedule pull = Schedule::parse("linear:0:1:50%");
  template <class V>
  void visit(V& v) {
    v("pull", pull, "weight of |mean|^3", {.least = 0});
  }
};

/// A model: codes are pulled to 0 by the third power of their means.
class CubicVae : public GaussianVae {
 public:
  using Config = CubicConfig;
  explicit CubicVae(CubicConfig config = {}, ModelParts parts = {})
      : GaussianVae(std::move(parts)), pull_(scheduled("pull", checked(config).pull, 0)) {}

  Terms loss(const Tensor& input, const Tensor& target, const Tensor&) override {
    const Posterior q = posterior(input);
    const Tensor reconstruction = batch_mean(negative_log_likelihood(q.sample(), target));
    const Tensor size = batch_mean(sum_per_example(pow(abs(q.mean()), 3)));
    return {{"loss", reconstruction + pull_ * size},
            {"reconstruction", reconstruction},
            {"size", size}};
  }
  std::string describe() const override { return "CubicVae"; }

 private:
  Tensor pull_;
};

/// A likelihood: Laplace of scale 1/4 around a sigmoid.
std::unique_ptr<Likelihood> quarter(const LikelihoodOptions&) {
  return std::make_unique<LaplaceLikelihood>(
      LikelihoodOptions{.scale = 0.25, .link = Link::sigmoid});
}

/// Data: images of 8 x 8 with one bright row, whose number is the class.
std::shared_ptr<const Dataset> stripes(std::int64_t count) {
  std::vector<float> values;
  std::vector<int> labels;
  for (std::int64_t i = 0; i < count; ++i) {
    labels.push_back(static_cast<int>(i % 8));
    for (std::int64_t at = 0; at < 64; ++at) values.push_back(at / 8 == i % 8 ? 1.0F : 0.0F);
  }
  return array_dataset(
      {.values = Array::of<float>({count, 8, 8, 1}, std::span<const float>(values)),
       .labels = labels});
}

/// A command.
class Hello : public studio::Command {
 public:
  About about() const override { return {"Greet", "my_studio hello"}; }
  void declare(studio::Options& options) override { options.add("whom", &whom_, "a name"); }
  int run(const studio::Options&) override {
    std::printf("hello, %s\n", whom_.c_str());
    return 0;
  }

 private:
  std::string whom_ = "world";
};

}  // namespace

int main(int argc, char** argv) {
  network_registry().add(networks_info<SkipNetworks>("skip", "layers that add to what they get"));
  model_registry().add(
      model_info<CubicVae>("cubic-vae", "a VAE that pulls by a cube", "Nobody 2026"));
  likelihood_registry().add({"quarter", quarter});
  data_source_registry().add(
      {"stripes", "", "images of one bright row", [](const DataSource&, const std::string&) {
         return OpenedData({{"64 images"}, {}}, true, false, [](Split) { return stripes(64); });
       }});
  studio::metric_registry().add(
      {"code-size", "mean of |code|",
       [](studio::MetricContext& context, studio::MetricReport& report) {
         const NoGrad guard;
         Loader images = context.loader(context.data());
         images.start(0);
         const auto batch = images.next();
         report.figures["code_size"] =
             mean(abs(context.model().encode(Tensor::from(batch->input)))).item();
       }});
  studio::picture_registry().add(
      {"few", "A few examples and what became of them.",
       [](const studio::pictures::Subject& s) { return studio::pictures::reconstruction(s, 4); }});
  studio::command_registry().add({"hello", [] { return std::make_unique<Hello>(); }});
  return studio::main(argc, argv);
}
