#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include "framework/core/error.h"
#include "framework/tensor/functional.h"

namespace varve {
namespace {

/// An axis: a letter, or, counted from the last, one of those that "..." stands for.
using Label = int;
using Labels = std::vector<Label>;
constexpr Label ellipsis = 1000;

bool contains(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

/// A tensor whose axes have names.
struct Term {
  Tensor tensor;
  Labels labels;

  std::int64_t size(Label label) const {
    const auto at = std::find(labels.begin(), labels.end(), label) - labels.begin();
    return tensor.size(at);
  }
};

struct Equation {
  std::vector<std::string> operands;
  std::string result;
  bool has_result = false;
};

Equation parse(std::string_view text) {
  Equation out;
  std::string plain;
  for (const char c : text)
    if (std::isspace(static_cast<unsigned char>(c)) == 0) plain += c;
  const auto arrow = plain.find("->");
  out.has_result = arrow != std::string::npos;
  if (out.has_result) out.result = plain.substr(arrow + 2);
  std::string left = plain.substr(0, arrow);
  for (std::size_t begin = 0; begin <= left.size();) {
    const auto end = std::min(left.find(',', begin), left.size());
    out.operands.push_back(left.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

/// The labels of "ab...c", where "..." stands for `further` axes.
Labels labels_of(std::string_view names, std::int64_t further, std::string_view equation) {
  Labels out;
  bool dots = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const char c = names[i];
    if (names.substr(i).starts_with("...") && !dots) {
      for (std::int64_t k = further; k > 0; --k) out.push_back(ellipsis + static_cast<int>(k));
      dots = true;
      i += 2;
    } else if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      out.push_back(c);
    } else {
      fail(ErrorKind::usage, "[einsum] \"{}\": '{}' in \"{}\" is no letter and no \"...\"",
           equation, c, names);
    }
  }
  return out;
}

bool has_dots(std::string_view names) { return names.find("...") != std::string_view::npos; }

Term named(const Tensor& x, std::string_view names, std::string_view equation) {
  const auto letters = static_cast<std::int64_t>(names.size()) - (has_dots(names) ? 3 : 0);
  const auto further = static_cast<std::int64_t>(x.rank()) - letters;
  if (further < 0 || (further > 0 && !has_dots(names)))
    fail(ErrorKind::usage, "[einsum] \"{}\": \"{}\" does not name the {} axes of {}", equation,
         names, x.rank(), x.shape().str());
  return {x, labels_of(names, further, equation)};
}

/// Without names that come twice: their diagonals.
Term diagonals(Term term, std::string_view equation) {
  for (std::size_t i = 0; i < term.labels.size(); ++i)
    for (std::size_t j = i + 1; j < term.labels.size(); ++j) {
      if (term.labels[i] != term.labels[j]) continue;
      const auto a = static_cast<std::int64_t>(i);
      const auto b = static_cast<std::int64_t>(j);
      if (term.tensor.size(a) != term.tensor.size(b))
        fail(ErrorKind::usage, "[einsum] \"{}\": axes {} and {} of {} have one name and two sizes",
             equation, i, j, term.tensor.shape().str());
      Axes order;
      for (std::int64_t axis = 0; axis < static_cast<std::int64_t>(term.labels.size()); ++axis)
        if (axis != a && axis != b) order.push_back(axis);
      const Label label = term.labels[i];
      order.push_back(a);
      order.push_back(b);
      term.tensor = term.tensor.permute(order).diagonal();
      term.labels.erase(term.labels.begin() + b);
      term.labels.erase(term.labels.begin() + a);
      term.labels.push_back(label);
      return diagonals(std::move(term), equation);
    }
  return term;
}

/// The sum over the axes that nobody else needs.
Term summed(const Term& term, const Labels& needed) {
  Axes axes;
  Labels left;
  for (std::size_t i = 0; i < term.labels.size(); ++i) {
    if (contains(needed, term.labels[i]))
      left.push_back(term.labels[i]);
    else
      axes.push_back(static_cast<std::int64_t>(i));
  }
  return axes.empty() ? term : Term{sum(term.tensor, axes), left};
}

/// The tensor with these axes, in this order: those that it lacks are of size 1.
Tensor arranged(const Term& term, const Labels& labels) {
  Axes order;
  Shape shape;
  for (const Label label : labels) {
    const auto at = std::find(term.labels.begin(), term.labels.end(), label);
    if (at != term.labels.end()) order.push_back(at - term.labels.begin());
    shape.push_back(at != term.labels.end() ? term.size(label) : 1);
  }
  return term.tensor.permute(order).reshape(shape);
}

Shape sizes_of(const Term& term, const Labels& labels) {
  Shape out;
  for (const Label label : labels) out.push_back(term.size(label));
  return out;
}

/// The product of two, as one batched matrix product: names that are needed further and in both,
/// those of one of them, and those that are summed.
Term contracted(const Term& a, const Term& b, const Labels& needed) {
  Labels both, left, right, inner;
  for (const Label label : a.labels) {
    const bool shared = contains(b.labels, label);
    const bool equal_sizes = shared && a.size(label) == b.size(label);
    if (!shared || (!equal_sizes && b.size(label) == 1))
      left.push_back(label);
    else if (!equal_sizes)
      right.push_back(label);
    else if (contains(needed, label))
      both.push_back(label);
    else
      inner.push_back(label);
  }
  for (const Label label : b.labels)
    if (!contains(a.labels, label)) right.push_back(label);
  const auto joined = [](const Labels& x, const Labels& y, const Labels& z) {
    Labels out = x;
    out.insert(out.end(), y.begin(), y.end());
    out.insert(out.end(), z.begin(), z.end());
    return out;
  };
  const auto batch = sizes_of(a, both).numel();
  const auto rows = sizes_of(a, left).numel();
  const auto columns = sizes_of(b, right).numel();
  const auto terms = sizes_of(a, inner).numel();
  const auto matrix = [](const Term& term, const Labels& labels, Shape shape) {
    // What is of size 1 and broadcasts has no place of its own.
    Labels own;
    for (const Label label : term.labels)
      if (contains(labels, label)) own.push_back(label);
    Term narrow = term;
    for (std::size_t i = term.labels.size(); i-- > 0;)
      if (!contains(labels, term.labels[i]))
        narrow.tensor = narrow.tensor.squeeze(static_cast<std::int64_t>(i));
    narrow.labels = own;
    return arranged(narrow, labels).reshape(shape);
  };
  const auto product = matmul(matrix(a, joined(both, left, inner), {batch, rows, terms}),
                              matrix(b, joined(both, inner, right), {batch, terms, columns}));
  const auto labels = joined(both, left, right);
  Shape shape = sizes_of(a, both);
  for (const auto size : sizes_of(a, left)) shape.push_back(size);
  for (const auto size : sizes_of(b, right)) shape.push_back(size);
  return {product.reshape(shape), labels};
}

/// Each name has one size, or 1 where it is one of "...".
void require_sizes(const std::vector<Term>& terms, std::string_view equation) {
  std::map<Label, std::int64_t> sizes;
  for (const auto& term : terms)
    for (const Label label : term.labels) {
      const auto size = term.size(label);
      auto& known = sizes.try_emplace(label, size).first->second;
      if (known == 1) known = size;
      if (size != known && size != 1)
        fail(ErrorKind::usage, "[einsum] \"{}\": one axis is {} in one operand and {} in another",
             equation, known, size);
    }
}

/// What is not named: the letters that occur once, in alphabetic order, behind all of "...".
Labels default_result(const std::vector<Term>& terms) {
  std::map<Label, int> uses;
  for (const auto& term : terms)
    for (const Label label : term.labels) ++uses[label];
  Labels letters, further;
  for (const auto& [label, count] : uses) {
    if (label > ellipsis)
      further.insert(further.begin(), label);
    else if (count == 1)
      letters.push_back(label);
  }
  further.insert(further.end(), letters.begin(), letters.end());
  return further;
}

Labels named_result(const Equation& equation, const std::vector<Term>& terms,
                    std::string_view text) {
  Label most = ellipsis;
  for (const auto& term : terms)
    for (const Label label : term.labels) most = std::max(most, label);
  const Labels result = labels_of(equation.result, most - ellipsis, text);
  for (const Label label : result) {
    const bool known = std::any_of(terms.begin(), terms.end(),
                                   [&](const Term& term) { return contains(term.labels, label); });
    if (!known || std::count(result.begin(), result.end(), label) != 1)
      fail(ErrorKind::usage, "[einsum] \"{}\": the result \"{}\" has a name {}", text,
           equation.result, known ? "twice" : "that no operand has");
  }
  return result;
}

}  // namespace

Tensor einsum(std::string_view text, const Tensors& operands) {
  const auto equation = parse(text);
  if (operands.empty() || equation.operands.size() != operands.size())
    fail(ErrorKind::usage, "[einsum] \"{}\" is for {} operands, got {}", text,
         equation.operands.size(), operands.size());
  DType dtype = operands[0].dtype();
  for (const auto& operand : operands) dtype = promote(dtype, operand.dtype());
  if (operands.size() > 1 && !is_floating(dtype))
    fail(ErrorKind::usage, "[einsum] products are of f32 or f64, got {}; cast the operands",
         name(dtype));
  std::vector<Term> terms;
  for (std::size_t i = 0; i < operands.size(); ++i)
    terms.push_back(named(cast(operands[i], dtype), equation.operands[i], text));
  require_sizes(terms, text);
  const Labels result =
      equation.has_result ? named_result(equation, terms, text) : default_result(terms);
  for (auto& term : terms) term = diagonals(std::move(term), text);

  // From left to right.
  Term all = terms[0];
  for (std::size_t i = 1; i <= terms.size(); ++i) {
    Labels later = result;
    for (std::size_t j = i + 1; j < terms.size(); ++j)
      later.insert(later.end(), terms[j].labels.begin(), terms[j].labels.end());
    Labels here = later;
    if (i < terms.size()) here.insert(here.end(), terms[i].labels.begin(), terms[i].labels.end());
    all = summed(all, here);
    if (i == terms.size()) break;
    Labels others = later;
    others.insert(others.end(), all.labels.begin(), all.labels.end());
    all = contracted(all, summed(terms[i], others), later);
  }
  return arranged(all, result);
}

}  // namespace varve
