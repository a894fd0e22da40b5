#include "apps/studio/report/html.h"

#include <fmt/format.h>

#include <cstdint>

namespace varve::studio {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --faint: #5b636c; --rule: #d8dde3;
  --tint: #f4f6f8; --accent: #0072b2; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171b; --ink: #e6e9ed; --faint: #a2abb5; --rule: #343b44; --tint: #1d2228;
    --accent: #56b4e9; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-bottom: .3rem;
  border-bottom: 2px solid var(--accent); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .6rem 0 0; max-width: 90ch; }
p.note { border-left: 4px solid #e69f00; background: var(--tint); padding: .5rem .9rem;
  margin: .6rem 0; border-radius: 0 8px 8px 0; }
.subtitle, figcaption, dd { color: var(--faint); }
dl.numbers { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0 0; }
dl.numbers div { background: var(--tint); border: 1px solid var(--rule); border-radius: 8px;
  padding: .6rem 1rem; min-width: 8.5rem; }
dl.numbers dt { font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
dl.numbers dd { margin: 0; font-size: .85rem; }
table { border-collapse: collapse; font-size: .92rem; width: 100%; }
.columns { columns: 2 26rem; column-gap: 2.5rem; }
tbody { break-inside: auto; }
tr { break-inside: avoid; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem .3rem 0;
  border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
th { font-weight: 400; color: var(--faint); width: 40%; }
td { font-variant-numeric: tabular-nums; }
figure { margin: 0 0 1.75rem; }
figure div { background: #fff; border: 1px solid var(--rule); border-radius: 8px; padding: .5rem;
  display: inline-block; max-width: 100%; }
figure img { display: block; max-width: 100%; height: auto; }
figcaption { font-size: .92rem; margin-top: .4rem; }
@media print { :root { color-scheme: light; } figure { break-inside: avoid; } }
)";

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    for (std::size_t j = 0; j < 3; ++j)
      word = word << 8U | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? digits[word >> (18 - 6 * j) & 63U] : '=';
  }
  return out;
}

HtmlPage::HtmlPage(std::string_view title, std::string_view subtitle) : title_(title) {
  body_ = fmt::format("<h1>{}</h1>\n<p class=\"subtitle\">{}</p>\n", escape_html(title),
                      escape_html(subtitle));
}

void HtmlPage::heading(std::string_view text) {
  body_ += fmt::format("<h2>{}</h2>\n", escape_html(text));
}

void HtmlPage::subheading(std::string_view text) {
  body_ += fmt::format("<h3>{}</h3>\n", escape_html(text));
}

void HtmlPage::paragraph(std::string_view text) {
  body_ += fmt::format("<p>{}</p>\n", escape_html(text));
}

void HtmlPage::note(std::string_view name, std::string_view text) {
  body_ += fmt::format("<p class=\"note\"><strong>{}</strong> {}</p>\n", escape_html(name),
                       escape_html(text));
}

void HtmlPage::numbers(const std::vector<std::pair<std::string, std::string>>& named) {
  body_ += "<dl class=\"numbers\">\n";
  for (const auto& [name, value] : named)
    body_ +=
        fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(value), escape_html(name));
  body_ += "</dl>\n";
}

void HtmlPage::table(const std::vector<std::pair<std::string, std::string>>& rows) {
  body_ += "<div class=\"columns\"><table><tbody>\n";
  for (const auto& [name, value] : rows)
    body_ += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escape_html(name),
                         escape_html(value));
  body_ += "</tbody></table></div>\n";
}

void HtmlPage::picture(std::string_view bytes, std::string_view type, double width,
                       std::string_view alt, std::string_view caption) {
  body_ += fmt::format(
      "<figure><div><img width=\"{:.0f}\" alt=\"{}\" src=\"data:{};base64,{}\"></div>\n"
      "<figcaption>{}</figcaption></figure>\n",
      width, escape_html(alt), type, base64(bytes), escape_html(caption));
}

std::string HtmlPage::finish() const {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</"
      "html>\n",
      escape_html(title_), style, body_);
}

}  // namespace varve::studio
