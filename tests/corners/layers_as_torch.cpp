#include "framework/nn/attention.h"
#include "framework/nn/conv1d.h"
#include "framework/nn/conv2d.h"
#include "framework/nn/conv_transpose2d.h"
#include "framework/nn/group_norm.h"
#include "framework/nn/pixel_shuffle.h"
#include "framework/nn/rms_norm.h"
#include "framework/nn/upsample.h"
#include "framework/tensor/functional.h"
#include "tests/corners/objects.h"

namespace varve::corners {
namespace {

constexpr Tolerance close{2e-6, 4e-6};

/// The sum of the result by fixed weights: gradients of each element are its own.
Tensor weighed(const Tensor& y) { return y * wave_beside(y, y.shape(), 0.9); }

/// What a layer of x's dtype makes of it.
template <class L>
Tensor made(const Tensor& x, typename L::Config config) {
  const DefaultDevice here(x.device());
  config.dtype = x.dtype();
  return L(config)(x);
}

/// Two heads of two features, with weights that are given. It lives as long as the test.
MultiheadAttention& attention_of(const Tensor& x, bool causal) {
  static std::vector<std::unique_ptr<MultiheadAttention>> all;
  const DefaultDevice here(x.device());
  all.push_back(std::make_unique<MultiheadAttention>(
      MultiheadAttentionConfig{.features = 4, .heads = 2, .causal = causal, .dtype = x.dtype()}));
  double phase = 0.1;
  for (const auto& [path, tensor] : all.back()->named_parameters()) {
    Tensor(tensor).assign(wave_beside(x, tensor.shape(), phase));
    phase += 0.1;
  }
  return *all.back();
}

/// After so many steps that the vectors stand.
Tensor normalized(const Tensor& weight, std::size_t out_axis) {
  const auto norm = SpectralNorm::make(weight.detach(), out_axis);
  for (int i = 0; i < 100; ++i) norm(weight.detach(), true);
  return norm(weight, false);
}

Rows as_torch() {
  return {
      {"GroupNorm::forward",
       "two groups, as PyTorch",
       {wave({2, 1, 3, 4}, 0)},
       [](const Tensors& x) { return weighed(made<GroupNorm>(x[0], {.groups = 2})); },
       f({2, 1, 3, 4},
         {-0.627190662610688, 0.116807364450901, 0.166023456852918,   -0.0450711306708348,
          0.592300456005674,  0.110902842197192, 0.786532059029464,   0.387916452561311,
          0.885750643559137,  1.3311241247393,   0.555238707754117,   1.69720480020487,
          0.407848504014496,  0.517820687660498, -0.0775715712079977, 0.64413944767627,
          -0.224326863322971, 0.96596248220943,  -0.449230949684467,  0.847409610473264,
          -0.243544475173904, 0.790742373077429, -0.188746966611307,  0.451102411078429}),
       {f({2, 1, 3, 4},
          {2.96335932468374,    -1.45662363750248,   -1.8194369270113,   1.11788699515708,
           1.40185583769805,    -1.62402350762464,   -0.506101396320317, 0.786793599240367,
           -0.139367920021222,  -1.14520009723344,   0.555051161124966,  -0.134193432190788,
           0.402317953078106,   -0.361493547486782,  -0.340943166359188, 0.386871916562693,
           -0.0874128224699084, -0.0375359005238467, 0.0929390874060873, 0.00929423037452781,
           -0.383206462347507,  0.467330779749938,   0.423285022833121,  -0.57144709081724})},
       Kind::whole,
       close},
      {"InstanceNorm2d::forward",
       "two channels, as PyTorch's group_norm",
       {wave({1, 2, 2, 2}, 0)},
       [](const Tensors& x) { return weighed(made<InstanceNorm2d>(x[0], {})); },
       f({1, 2, 2, 2},
         {0.654254089107226, 0.17473934386438, 0.74532626210135, -0.151878663368869,
          1.21630933896724, -0.238757446605692, 1.03976067738847, -0.347306181131871}),
       {f({1, 2, 2, 2},
          {0.467306105933497, 0.315328325257435, -0.4740360520331, -0.304150569914389,
           -0.271337867131287, -0.64081161976227, 0.27806781323089, 0.629633864419225})},
       Kind::whole,
       close},
      {"RMSNorm::forward",
       "two rows, as PyTorch",
       {wave({2, 3}, 0)},
       [](const Tensors& x) { return weighed(made<RMSNorm>(x[0], {.epsilon = 1e-5})); },
       f({2, 3}, {0.576437120375896, 0.187138148330826, 0.939885233423257, -0.12129680975822,
                  1.13547980674983, -0.270846529070307}),
       {f({2, 3}, {0.958405541308517, -0.939963546200059, -0.716187285775768, 0.552304650859276,
                   1.00277660348303, -0.810709139593586})},
       Kind::whole,
       close},
      {"Conv2d::forward",
       "padded by mode circular, as PyTorch",
       {wave({1, 2, 3, 1}, 0)},
       [](const Tensors& x) {
         return weighed(ones<Conv2d>(x, {.padding = 1, .padding_mode = PadMode::circular}));
       },
       f({1, 2, 3, 1}, {2.71633470488143, 0.397826702370023, -2.81885026544968, 0.334576407359637,
                        2.78425107115514, -1.05204724986915}),
       {},
       Kind::whole,
       close},
      {"Conv2d::forward",
       "padded by mode reflect, as PyTorch",
       {wave({1, 2, 3, 1}, 0)},
       [](const Tensors& x) {
         return weighed(ones<Conv2d>(x, {.padding = 1, .padding_mode = PadMode::reflect}));
       },
       f({1, 2, 3, 1}, {4.70161267379411, 0.397826702370023, -6.29079120297492, 0.712520015319562,
                        2.78425107115514, -1.94874480579015}),
       {},
       Kind::whole,
       close},
      {"Conv2d::forward",
       "padded by mode replicate, as PyTorch",
       {wave({1, 2, 3, 1}, 0)},
       [](const Tensors& x) {
         return weighed(ones<Conv2d>(x, {.padding = 1, .padding_mode = PadMode::replicate}));
       },
       f({1, 2, 3, 1}, {3.5330588675001, 0.405111518039098, -2.07453752900973, 0.164010427606726,
                        2.73418397869633, -1.55054121627061}),
       {},
       Kind::whole,
       close},
      {"MultiheadAttention::forward",
       "two heads, as PyTorch",
       {wave({2, 3, 4}, 0)},
       [](const Tensors& x) { return weighed(attention_of(x[0], false)(x[0])); },
       f({2, 3, 4}, {-0.915009272286829, 0.0437419791737158, -0.260343946887412, 0.221680874923674,
                     -0.809267107399422, -0.146356097443987, -0.265325177883418, 1.11633624339475,
                     -0.551925502042011, -0.352112941016438, -0.169981169373977, 1.70787848436936,
                     0.712667519407721,  -2.94596639581005,  0.0777431614258775, 1.42779065801893,
                     -0.536569682219386, -2.73271928207902,  0.705374814461954,  1.17558457057487,
                     -1.49774882662831,  -1.81218531274301,  1.28211052205566,   0.66160641922592}),
       {f({2, 3, 4},
          {-0.0714093629283349, -0.456208687407334,   0.188969318172783,  0.407513374932651,
           0.0603223407755169,  -0.472875535015025,   0.0615324775719583, 0.457019293104006,
           -0.475450706581074,  0.414877678896904,    0.368541297117133,  -0.509846713005049,
           0.290139435109978,   -0.164488996379653,   -0.247752431998551, 0.228332070002331,
           0.540340380206071,   -0.00181670342055418, -0.539872235739064, 0.140935833816539,
           0.444314738536926,   1.9465368958832,      -0.945915862492239, -1.70278479398536})},
       Kind::whole,
       close},
      {"MultiheadAttention::forward",
       "causal, as PyTorch",
       {wave({2, 3, 4}, 0)},
       [](const Tensors& x) { return weighed(attention_of(x[0], true)(x[0])); },
       f({2, 3, 4}, {-0.122293085638309, 0.12434230883739,   -0.4062035094097,   0.186320496524017,
                     -0.720070255137619, -0.14827487799987,  -0.178916968386745, 1.0170172832787,
                     -0.551925502042011, -0.352112941016438, -0.169981169373977, 1.70787848436936,
                     0.325453636821662,  -1.96266150163892,  0.0574326597430064, 1.72946580167574,
                     -0.418281090038523, -2.39251993337256,  0.654545286755181,  1.3202766730252,
                     -1.49774882662831,  -1.81218531274301,  1.28211052205566,   0.66160641922592}),
       {f({2, 3, 4},
          {-0.596473420868481,  -0.676218112801417, 0.770727382423233,   0.477610153145351,
           -0.308298116579156,  0.0766416036509863, 0.288548419250339,   -0.150997353967151,
           0.287662346363391,   0.102576579124783,  -0.314095201291186,  -0.0216377043827556,
           0.790998873130463,   0.420711726945901,  -0.899411652535553,  -0.188943247877014,
           0.578192396991205,   0.979512441678972,  -0.830601967399815,  -0.765475460777983,
           -0.0200338798204756, 0.380461414454618,  -0.0780068372682581, -0.360359911455776})},
       Kind::whole,
       close},
      {"MultiheadAttention::attend",
       "to another sequence, as PyTorch",
       {wave({1, 2, 4}, 0.5), wave({1, 3, 4}, 0.1), wave({1, 3, 4}, 0.2)},
       [](const Tensors& x) { return weighed(attention_of(x[0], false).attend(x[0], x[1], x[2])); },
       f({1, 2, 4}, {-0.45191800494149, 0.103829199165755, -0.53418996482786, 0.226610123248705,
                     -0.304994479075301, -0.311608554909297, -0.509380286720961, 1.13136965459438}),
       {f({1, 2, 4},
          {0.18714697955724, -0.0336585929329161, -0.178473530786959, 0.0796492565716812,
           0.0720458681239766, -0.0199053962232071, -0.0669164667037143, 0.0371490328481739}),
        f({1, 3, 4},
          {0.243900282487145, 0.267619851944449, -0.312862971461596, -0.18699850926092,
           0.0833764789897486, -0.027522709927282, -0.0762841797053025, 0.0471803030410391,
           -0.327276761476893, -0.240097142017167, 0.389147151166898, 0.139818206219881}),
        f({1, 3, 4},
          {0.0404042374960593, -0.338850769520756, 0.0469138745850447, 0.326761580628049,
           0.0124623787203696, -0.342353770968653, 0.0757584182608762, 0.322831660789751,
           -0.787548531921881, 0.0308994123262666, 0.779586093611473, -0.231790164308651})},
       Kind::whole,
       close},
      {"SpectralNorm::operator()",
       "a matrix over its largest singular value, as PyTorch",
       {wave({3, 2}, 0)},
       [](const Tensors& x) { return weighed(normalized(x[0], 0)); },
       f({3, 2}, {0.237190914353541, 0.0770031404016316, 0.386741641061699, -0.0519798302072419,
                  0.486591920069918, -0.116066998145772}),
       {f({3, 2}, {0.367153117674085, -0.190345319857805, -0.38311732315187, 0.361339728906617,
                   0.373641153464133, -0.508339873770334})},
       Kind::whole,
       close},
      {"SpectralNorm::operator()",
       "outputs on the last axis, as PyTorch",
       {wave({2, 2, 2}, 0)},
       [](const Tensors& x) { return weighed(normalized(x[0], 2)); },
       f({2, 2, 2},
         {0.209394608189523, 0.0679791738975677, 0.341419546450171, -0.0458883351820969,
          0.429568412133013, -0.102465154142634, 0.450816279076057, -0.0869731338955044}),
       {f({2, 2, 2},
          {0.28133950866873, -0.140358235748242, -0.281688810666759, 0.301195285467168,
           0.263332957376232, -0.442031879457984, -0.227490843809131, 0.553515958777793})},
       Kind::whole,
       close},
  };
}

Rows corners() {
  const auto instance = [](const Tensors& x) { return made<InstanceNorm2d>(x[0], {}); };
  return {
      {"GroupNorm::forward",
       "no examples",
       {f({0, 2, 2}, {})},
       [](const Tensors& x) { return made<GroupNorm>(x[0], {.groups = 2}); },
       f({0, 2, 2}, {})},
      {"GroupNorm::forward",
       "NaN stays in its example",
       {f({2, 2}, {nan, 1, 3, 3})},
       [](const Tensors& x) { return made<GroupNorm>(x[0], {}); },
       f({2, 2}, {nan, nan, 0, 0})},
      {"GroupNorm::forward",
       "channels that do not divide",
       {f({1, 3}, {1, 2, 3})},
       [](const Tensors& x) { return made<GroupNorm>(x[0], {.groups = 2}); },
       Refused{"[GroupNorm] 3 channels are no multiple of 2 groups"}},
      {"GroupNorm::forward",
       "other channels",
       {f({1, 3}, {1, 2, 3})},
       [](const Tensors& x) { return made<GroupNorm>(x[0], {.channels = 2}); },
       Refused{"[GroupNorm] needs (N, ..., 2), got (1, 3)"}},
      refused(
          "GroupNorm::GroupNorm", "no groups", [](const Tensor&) { GroupNorm({.groups = 0}); },
          "no multiple of 0 groups"),
      refused(
          "GroupNorm::GroupNorm", "an epsilon of 0",
          [](const Tensor&) { GroupNorm({.epsilon = 0}); }, "epsilon = 0"),
      fact("GroupNorm::describe", "channels that are to be inferred",
           [](const Tensor&) {
             return GroupNorm({.groups = 4}).describe() == "GroupNorm(?, groups 4)";
           }),
      {"InstanceNorm2d::forward",
       "one pixel",
       {f({1, 1, 1, 2}, {1, 2})},
       instance,
       Refused{"[InstanceNorm2d] needs (N, H, W, C) of more than one pixel"}},
      {"InstanceNorm2d::forward",
       "a constant channel",
       {f({1, 1, 2, 1}, {5, 5})},
       instance,
       f({1, 1, 2, 1}, {0, 0})},
      {"InstanceNorm2d::forward",
       "no images",
       {f({0, 1, 2, 1}, {})},
       instance,
       f({0, 1, 2, 1}, {})},
      fact("InstanceNorm2d::InstanceNorm2d", "no weights by default",
           [](const Tensor&) { return InstanceNorm2d({.channels = 3}).parameters().empty(); }),
      refused(
          "InstanceNorm2d::InstanceNorm2d", "negative channels",
          [](const Tensor&) { InstanceNorm2d({.channels = -1}); }, "channels = -1"),
      fact("InstanceNorm2d::describe", "",
           [](const Tensor&) {
             return InstanceNorm2d({.channels = 3}).describe() == "InstanceNorm2d(3)";
           }),
      {"RMSNorm::forward",
       "another size",
       {f({1, 2}, {1, 2})},
       [](const Tensors& x) { return made<RMSNorm>(x[0], {.features = 3}); },
       Refused{"[RMSNorm] normalises 3 features"}},
      {"RMSNorm::forward",
       "zeros",
       {f({1, 2}, {0, 0})},
       [](const Tensors& x) { return made<RMSNorm>(x[0], {}); },
       f({1, 2}, {0, 0})},
      refused(
          "RMSNorm::RMSNorm", "an epsilon below 0", [](const Tensor&) { RMSNorm({.epsilon = -1}); },
          "epsilon = -1"),
      fact("RMSNorm::describe", "features that are to be inferred",
           [](const Tensor&) { return RMSNorm().describe() == "RMSNorm(?)"; }),
      {"MultiheadAttention::attend",
       "a query that may look nowhere gets the last map's bias",
       {f({1, 1, 4}, {1, 2, 3, 4}), boolean({1, 1}, {false})},
       [](const Tensors& x) {
         auto& layer = attention_of(x[0], false);
         const auto y = layer.attend(x[0], x[0], x[0], x[1]);
         return y - layer.named_parameters().back().tensor;
       },
       f({1, 1, 4}, {0, 0, 0, 0})},
      {"MultiheadAttention::forward",
       "no sequences",
       {f({0, 2, 4}, {})},
       [](const Tensors& x) { return attention_of(x[0], true)(x[0]); },
       f({0, 2, 4}, {})},
      {"MultiheadAttention::forward",
       "other features",
       {f({1, 2}, {1, 2})},
       [](const Tensors& x) { return attention_of(x[0], true)(x[0]); },
       Refused{"[MultiheadAttention] needs (..., places, 4), got (1, 2)"}},
      refused(
          "MultiheadAttention::MultiheadAttention", "heads that do not divide",
          [](const Tensor&) { MultiheadAttention({.features = 4, .heads = 3}); },
          "[MultiheadAttention] features = 4, heads = 3"),
      fact("MultiheadAttention::MultiheadAttention", "names as PyTorch's",
           [](const Tensor&) {
             const MultiheadAttention layer({.features = 4, .heads = 2});
             const auto all = layer.named_parameters();
             return all.size() == 4 && all[0].path == "in_proj_weight" &&
                    all[1].path == "in_proj_bias" && all[2].path == "out_proj.weight" &&
                    all[3].path == "out_proj.bias";
           }),
      fact("MultiheadAttention::describe", "",
           [](const Tensor&) {
             return MultiheadAttention({.features = 4, .heads = 2, .causal = true}).describe() ==
                    "MultiheadAttention(4, heads 2, causal)";
           }),
      fact("SpectralNorm::SpectralNorm", "as it is given",
           [](const Tensor& x) { return SpectralNorm(x, x, 0).u().numel() == 1; }),
      fact("SpectralNorm::u", "of length 1",
           [](const Tensor& x) {
             const auto weight = Tensor::full({3, 2}, 7, x.dtype(), x.device());
             return std::abs(norm(SpectralNorm::make(weight, 0).u()).item() - 1) < 1e-5;
           }),
      fact("SpectralNorm::v", "one entry for each of the other sizes",
           [](const Tensor& x) {
             const auto weight = Tensor::full({3, 2, 2}, 7, x.dtype(), x.device());
             return SpectralNorm::make(weight, 0).v().shape() == Shape{4};
           }),
      {"SpectralNorm::make",
       "of zeros",
       {f({2, 2}, {0, 0, 0, 0})},
       [](const Tensors& x) { return all(SpectralNorm::make(x[0], 0).u() == 0); },
       boolean({}, {true})},
      fact("Conv2d::describe", "groups and spectral norm are told",
           [](const Tensor&) {
             return Conv2d({.in = 4, .out = 2, .dilation = 2, .groups = 2, .spectral_norm = true})
                        .describe() ==
                    "Conv2d(4 -> 2, 3x3, stride 1x1, padding 0x0, dilation 2x2, 2 groups, spectral "
                    "norm)";
           }),
      {"Conv1d::forward",
       "one element, more padding than kernel",
       {f({1, 1, 1}, {5})},
       [](const Tensors& x) { return ones<Conv1d>(x, {.kernel = 1, .padding = 1}); },
       f({1, 3, 1}, {1, 6, 1}),
       {f({1, 1, 1}, {1})}},
      {"Conv1d::forward",
       "mirrored",
       {f({1, 3, 1}, {1, 2, 4})},
       [](const Tensors& x) {
         return ones<Conv1d>(x, {.padding = 1, .padding_mode = PadMode::reflect});
       },
       f({1, 3, 1}, {6, 8, 9})},
      {"Conv1d::forward",
       "no sequence",
       {f({1, 3}, {1, 2, 4})},
       [](const Tensors& x) { return ones<Conv1d>(x, {.kernel = 1}); },
       Refused{"[conv1d]"}},
      {"Conv1d::forward",
       "groups that do not divide",
       {f({1, 1, 3}, {1, 2, 4})},
       [](const Tensors& x) { return ones<Conv1d>(x, {.out = 2, .kernel = 1, .groups = 2}); },
       Refused{"no multiple of 2 groups"}},
      refused(
          "Conv1d::Conv1d", "a dilation of 0", [](const Tensor&) { Conv1d({.dilation = 0}); },
          "[Conv1d] kernel 3, stride 1, padding 0, dilation 0"),
      refused(
          "Conv1d::Conv1d", "groups that do not divide",
          [](const Tensor&) { Conv1d({.in = 4, .out = 3, .groups = 2}); },
          "[Conv1d] 4 -> 3 channels are no multiples of 2 groups"),
      fact("Conv1d::describe", "",
           [](const Tensor&) {
             return Conv1d({.in = 2, .out = 4, .dilation = 2, .groups = 2}).describe() ==
                    "Conv1d(2 -> 4, 3, stride 1, padding 0, dilation 2, 2 groups)";
           }),
      {"ConvTranspose2d::forward",
       "groups and a dilation",
       {f({1, 1, 1, 2}, {3, 5})},
       [](const Tensors& x) {
         return ones<ConvTranspose2d>(
             x, {.out = 2, .kernel = {1, 2}, .dilation = {1, 2}, .groups = 2});
       },
       f({1, 1, 3, 2}, {4, 6, 1, 1, 4, 6})},
      refused(
          "ConvTranspose2d::ConvTranspose2d", "groups that do not divide",
          [](const Tensor&) { ConvTranspose2d({.in = 2, .out = 3, .groups = 2}); },
          "[ConvTranspose2d] 3 outputs are no multiple of 2 groups"),
      refused(
          "require_dilation", "a dilation of 0",
          [](const Tensor&) {
            require_dilation({1, 0}, "place");
          },
          "[place] dilation 1x0"),
      {"Upsample::forward",
       "bilinear",
       {f({1, 1, 2, 1}, {1, 2})},
       [](const Tensors& x) { return Upsample({.bilinear = true})(x[0]).slice(1, 0, 1); },
       f({1, 1, 4, 1}, {1, 1.25, 1.75, 2})},
      {"PixelShuffle::forward",
       "and back",
       {f({1, 1, 1, 4}, {1, 2, nan, 4})},
       [](const Tensors& x) { return PixelUnshuffle()(PixelShuffle()(x[0])); },
       f({1, 1, 1, 4}, {1, 2, nan, 4}),
       {f({1, 1, 1, 4}, {1, 1, 1, 1})}},
      {"PixelUnshuffle::forward",
       "other sizes",
       {f({1, 1, 1, 1}, {1})},
       [](const Tensors& x) { return PixelUnshuffle()(x[0]); },
       Refused{"[pixel_unshuffle]"}},
      refused(
          "PixelShuffle::PixelShuffle", "a factor of 0",
          [](const Tensor&) { PixelShuffle({.factor = 0}); }, "[PixelShuffle] factor = 0"),
      refused(
          "PixelUnshuffle::PixelUnshuffle", "a factor of 0",
          [](const Tensor&) { PixelUnshuffle({.factor = 0}); }, "[PixelUnshuffle] factor = 0"),
      fact("PixelShuffle::describe", "",
           [](const Tensor&) { return PixelShuffle().describe() == "PixelShuffle(2)"; }),
      fact("PixelUnshuffle::describe", "",
           [](const Tensor&) { return PixelUnshuffle().describe() == "PixelUnshuffle(2)"; }),
  };
}

}  // namespace

Rows torch_layer_rows() {
  Rows out = as_torch();
  for (auto& row : corners()) out.push_back(std::move(row));
  return out;
}

}  // namespace varve::corners
