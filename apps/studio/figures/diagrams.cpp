#include <cmath>

#include "apps/studio/figures/figures.h"
#include "apps/studio/pictures/canvas.h"

namespace varve::studio {

using pictures::Align;
using pictures::Canvas;
using pictures::Color;
using pictures::LineStyle;
using pictures::Picture;

namespace {

constexpr Color deterministic{0.90, 0.94, 0.98};  // pale blue
constexpr Color random_tint{0.99, 0.94, 0.85};    // pale orange
constexpr Color loss_tint{0.91, 0.96, 0.93};      // pale green
constexpr pictures::TextStyle label{.size = 15, .bold = true, .align = Align::centre};
constexpr pictures::TextStyle formula{.size = 14, .align = Align::centre};
constexpr pictures::TextStyle note{
    .size = 12, .align = Align::centre, .color = pictures::faint_ink};

/// A box, or another shape, around its centre.
struct Node {
  double x, y;
  double width = 130, height = 64;

  double left() const { return x - width / 2; }
  double right() const { return x + width / 2; }
  double top() const { return y - height / 2; }
  double bottom() const { return y + height / 2; }
};

void outline(Canvas& canvas, std::vector<Canvas::Point> corners, Color tint) {
  canvas.area(corners, tint, 1);
  corners.push_back(corners.front());
  canvas.path(corners, {.color = pictures::ink, .width = 1.4});
}

void words(Canvas& canvas, const Node& node, const char* name, const char* below) {
  const bool two = *below != '\0';
  canvas.text(name, node.x, node.y + (two ? -3 : 5), label);
  if (two) canvas.text(below, node.x, node.y + 17, formula);
}

void box(Canvas& canvas, const Node& node, const char* name, const char* below, Color tint) {
  outline(canvas,
          {{node.left(), node.top()},
           {node.right(), node.top()},
           {node.right(), node.bottom()},
           {node.left(), node.bottom()}},
          tint);
  words(canvas, node, name, below);
}

/// A network: a box that narrows (`narrowing` above 0) or widens.
void network(Canvas& canvas, const Node& node, const char* name, const char* below,
             double narrowing) {
  const double left = std::max(0.0, -narrowing);
  const double right = std::max(0.0, narrowing);
  outline(canvas,
          {{node.left(), node.top() + left},
           {node.right(), node.top() + right},
           {node.right(), node.bottom() - right},
           {node.left(), node.bottom() - left}},
          deterministic);
  words(canvas, node, name, below);
}

void arrow(Canvas& canvas, double x0, double y0, double x1, double y1, bool dashed = false,
           Color color = pictures::ink) {
  constexpr double head = 9;
  const double length = std::hypot(x1 - x0, y1 - y0);
  const double dx = (x1 - x0) / length;
  const double dy = (y1 - y0) / length;
  canvas.line(x0, y0, x1 - head * dx, y1 - head * dy,
              {.color = color, .width = 1.6, .dashed = dashed});
  const std::array<Canvas::Point, 3> tip{{{x1, y1},
                                          {x1 - head * dx - 4.5 * dy, y1 - head * dy + 4.5 * dx},
                                          {x1 - head * dx + 4.5 * dy, y1 - head * dy - 4.5 * dx}}};
  canvas.area(tip, color, 1);
}

void connect(Canvas& canvas, const Node& from, const Node& to) {
  arrow(canvas, from.right(), from.y, to.left(), to.y);
}

/// An empty sheet under a heading; returns where the drawing begins.
double begin(Canvas& canvas, const pictures::Heading& heading) {
  heading.draw(canvas);
  return heading.height();
}

}  // namespace

Picture autoencoder_diagram(const Studio&) {
  const pictures::Heading heading("An autoencoder",
                                  "squeezed through a code that is smaller than "
                                  "the image, and back",
                                  900);
  Canvas canvas(heading.width(), 330, "An autoencoder: image, encoder, code, decoder, image");
  const double y = begin(canvas, heading) + 90;
  const Node x{.x = 80, .y = y, .width = 90};
  const Node encoder{.x = 245, .y = y, .width = 150, .height = 130};
  const Node z{.x = 450, .y = y, .width = 90};
  const Node decoder{.x = 655, .y = y, .width = 150, .height = 130};
  const Node back{.x = 820, .y = y, .width = 90};
  box(canvas, x, "image", "x", pictures::paper);
  network(canvas, encoder, "encoder", "f", 28);
  box(canvas, z, "code", "z = f(x)", pictures::paper);
  network(canvas, decoder, "decoder", "g", -28);
  box(canvas, back, "image", "g(z)", pictures::paper);
  connect(canvas, x, encoder);
  connect(canvas, encoder, z);
  connect(canvas, z, decoder);
  connect(canvas, decoder, back);
  const Node loss{.x = 450, .y = y + 135, .width = 330, .height = 50};
  box(canvas, loss, "loss = −log p(x | g(f(x)))", "", loss_tint);
  arrow(canvas, x.x, x.bottom(), loss.left(), loss.y, true, pictures::faint_ink);
  arrow(canvas, back.x, back.bottom(), loss.right(), loss.y, true, pictures::faint_ink);
  return canvas.finish();
}

Picture vae_diagram(const Studio&) {
  const pictures::Heading heading(
      "A variational autoencoder",
      "the encoder gives a distribution of codes, which the loss pulls towards the prior N(0, I)",
      1130);
  Canvas canvas(heading.width(), 380,
                "A variational autoencoder: image, encoder, mean and deviation, drawn code, "
                "decoder, image");
  const double y = begin(canvas, heading) + 100;
  const Node x{.x = 70, .y = y, .width = 90};
  const Node encoder{.x = 230, .y = y, .width = 150, .height = 130};
  const Node mu{.x = 425, .y = y - 43, .width = 110};
  const Node sigma{.x = 425, .y = y + 43, .width = 110};
  const Node z{.x = 650, .y = y, .width = 210};
  const Node decoder{.x = 870, .y = y, .width = 150, .height = 130};
  const Node back{.x = 1045, .y = y, .width = 130};
  box(canvas, x, "image", "x", pictures::paper);
  network(canvas, encoder, "encoder", "q(z | x)", 28);
  const Node both{.x = 425, .y = y, .width = 134, .height = 178};
  box(canvas, both, "", "", {0.96, 0.96, 0.96});
  box(canvas, mu, "mean", "μ(x)", pictures::paper);
  box(canvas, sigma, "deviation", "σ(x)", pictures::paper);
  box(canvas, z, "code, drawn", "z = μ + σ ε,  ε ~ N(0, I)", random_tint);
  network(canvas, decoder, "decoder", "p(x | z)", -28);
  box(canvas, back, "mean image", "E[x | z]", pictures::paper);
  connect(canvas, x, encoder);
  arrow(canvas, encoder.right(), y - 12, mu.left(), mu.y);
  arrow(canvas, encoder.right(), y + 12, sigma.left(), sigma.y);
  arrow(canvas, mu.right(), mu.y, z.left(), y - 10);
  arrow(canvas, sigma.right(), sigma.y, z.left(), y + 10);
  connect(canvas, z, decoder);
  connect(canvas, decoder, back);
  const Node kl{.x = 425, .y = y + 165, .width = 260, .height = 66};
  const Node fit{.x = 870, .y = y + 165, .width = 260, .height = 66};
  box(canvas, kl, "β KL(q(z | x) ‖ N(0, I))", "½ Σ (μ² + σ² − 1 − log σ²)", loss_tint);
  box(canvas, fit, "reconstruction", "−log p(x | z)", loss_tint);
  arrow(canvas, both.x, both.bottom(), kl.x, kl.top(), true, pictures::faint_ink);
  arrow(canvas, decoder.x, decoder.bottom(), fit.x, fit.top(), true, pictures::faint_ink);
  canvas.text("loss  =", kl.left() - 48, kl.y + 6, label);
  canvas.text("+", (kl.right() + fit.left()) / 2, kl.y + 6, label);
  return canvas.finish();
}

Picture reparameterization_diagram(const Studio&) {
  const pictures::Heading heading(
      "The reparameterization trick",
      "a draw has no gradient; moved outside, the noise is a fixed input and the rest is ordinary "
      "arithmetic. Dashed: the way of the gradient",
      950);
  Canvas canvas(heading.width(), 420, "A drawn code, and the same with the noise moved outside");
  const double y = begin(canvas, heading) + 60;
  const Color back = pictures::series_color(5);
  const auto side = [&](double centre, const char* title) {
    canvas.text(title, centre, y - 30, label);
    const Node mu{.x = centre - 100, .y = y + 250, .width = 120};
    const Node sigma{.x = centre + 60, .y = y + 250, .width = 120};
    box(canvas, mu, "mean", "μ(x)", pictures::paper);
    box(canvas, sigma, "deviation", "σ(x)", pictures::paper);
    return std::pair(mu, sigma);
  };
  {
    const auto [mu, sigma] = side(220, "drawn within");
    const Node z{.x = 200, .y = y + 110, .width = 200};
    const Node loss{.x = 200, .y = y + 15, .width = 120, .height = 44};
    box(canvas, loss, "loss", "", loss_tint);
    box(canvas, z, "code", "z ~ N(μ, σ²)", random_tint);
    arrow(canvas, z.x - 12, z.top(), z.x - 12, loss.bottom());
    arrow(canvas, mu.x, mu.top(), z.x - 50, z.bottom());
    arrow(canvas, sigma.x, sigma.top(), z.x + 50, z.bottom());
    arrow(canvas, z.x + 12, loss.bottom(), z.x + 12, z.top(), true, back);
    canvas.text("the gradient ends here", z.right() + 78, z.y + 4, note);
  }
  {
    const auto [mu, sigma] = side(650, "noise from outside");
    const Node z{.x = 640, .y = y + 110, .width = 200};
    const Node noise{.x = 870, .y = y + 250, .width = 120};
    const Node loss{.x = 640, .y = y + 15, .width = 120, .height = 44};
    box(canvas, loss, "loss", "", loss_tint);
    box(canvas, z, "code", "z = μ + σ ε", pictures::paper);
    box(canvas, noise, "noise", "ε ~ N(0, I)", random_tint);
    arrow(canvas, z.x - 12, z.top(), z.x - 12, loss.bottom());
    arrow(canvas, mu.x - 8, mu.top(), z.x - 68, z.bottom());
    arrow(canvas, sigma.x - 8, sigma.top(), z.x + 20, z.bottom());
    arrow(canvas, noise.x, noise.top(), z.right() - 8, z.bottom());
    arrow(canvas, z.x + 12, loss.bottom(), z.x + 12, z.top(), true, back);
    arrow(canvas, z.x - 44, z.bottom(), mu.x + 16, mu.top(), true, back);
    arrow(canvas, z.x + 44, z.bottom(), sigma.x + 16, sigma.top(), true, back);
  }
  return canvas.finish();
}

}  // namespace varve::studio
