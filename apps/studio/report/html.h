#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::studio {

/// A page that needs no other file: pictures lie in it, and nothing runs. Legible on light and dark
/// screens, and on paper.
class HtmlPage {
 public:
  HtmlPage(std::string_view title, std::string_view subtitle);

  void heading(std::string_view text);
  void subheading(std::string_view text);
  void paragraph(std::string_view text);
  /// A remark that should not be missed.
  void note(std::string_view name, std::string_view text);
  /// Numbers large, with their names below.
  void numbers(const std::vector<std::pair<std::string, std::string>>& named);
  /// Names and values in two columns.
  void table(const std::vector<std::pair<std::string, std::string>>& rows);
  /// A picture on a white card: `bytes` of a PNG or an SVG, shown `width` pixels wide at most.
  void picture(std::string_view bytes, std::string_view type, double width, std::string_view alt,
               std::string_view caption);

  /// The whole page.
  std::string finish() const;

 private:
  std::string body_;
  std::string title_;
};

/// Text as HTML shows it.
std::string escape_html(std::string_view text);
/// RFC 4648.
std::string base64(std::string_view bytes);

}  // namespace varve::studio
