#include "framework/nn/module.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <span>
#include <unordered_set>

#include "framework/core/error.h"
#include "framework/core/nearest.h"

namespace varve {
namespace {

/// "a, b, c and 4 more".
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 5;
  const auto count = std::min(shown, names.size());
  auto text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + std::ptrdiff_t(count), ", "));
  if (names.size() > count) text += fmt::format(" and {} more", names.size() - count);
  return text;
}

/// Fills a slot that was registered undefined, or adds one.
void enter(NamedTensors& slots, std::string_view name, const Tensor& tensor) {
  if (name.empty() || name.find('.') != std::string_view::npos)
    fail(ErrorKind::usage,
         "[module] '{}' is no name for a tensor: it must not be empty or hold a dot", name);
  const auto at = std::find_if(slots.begin(), slots.end(),
                               [&](const NamedTensor& slot) { return slot.path == name; });
  if (at == slots.end())
    slots.push_back({std::string(name), tensor});
  else if (!at->tensor.defined())
    at->tensor = tensor;
  else
    fail(ErrorKind::usage, "[module] '{}' is registered already; take another name", name);
}

/// The shape of a weight in PyTorch's order.
Shape torch_shape(const Shape& own, const Axes& torch) {
  Shape shape = own;
  for (std::size_t i = 0; i < own.size(); ++i) shape[static_cast<std::size_t>(torch[i])] = own[i];
  return shape;
}

/// Whether the two orders differ in more than the names of axes of one element.
bool order_matters(const Shape& own, const Axes& torch) {
  std::int64_t moved = 1;
  for (std::size_t i = 0; i < own.size(); ++i)
    if (torch[i] != static_cast<std::int64_t>(i)) moved *= own[i];
  return moved > 1;
}

double within(double number, std::string_view name, double least, double most) {
  if (!(number >= least && number <= most))
    fail(ErrorKind::usage, "[module] {} is {}: numbers from {:g} to {:g} are needed", name, number,
         least, most);
  return number;
}

double start_of(const Schedule& schedule, std::string_view name, double least, double most) {
  return within(schedule.first(), name, least, most);
}

void upload(Tensor target, double number) {
  const auto value = static_cast<float>(number);
  target.upload(std::span<const float>(&value, 1));
}

}  // namespace

void load_tensors(const NamedTensors& tensors, const State& state, std::string_view where) {
  std::vector<std::string> missing, unexpected, mismatched, problems;
  std::set<std::string_view> known;
  for (const auto& [path, tensor] : tensors) {
    known.insert(path);
    const auto found = state.find(path);
    if (found == state.end()) {
      missing.push_back(path);
    } else if (const Array& array = found->second;
               array.shape != tensor.shape() || array.dtype != tensor.dtype()) {
      mismatched.push_back(fmt::format("{} ({} {} saved, {} {} needed)", path, array.shape.str(),
                                       name(array.dtype), tensor.shape().str(),
                                       name(tensor.dtype())));
    }
  }
  for (const auto& [path, array] : state)
    if (!known.contains(path)) unexpected.push_back(path);

  if (!missing.empty()) problems.push_back("missing: " + listed(missing));
  if (!unexpected.empty()) problems.push_back("unexpected: " + listed(unexpected));
  if (!mismatched.empty()) problems.push_back("of another kind: " + listed(mismatched));
  if (!problems.empty())
    fail(ErrorKind::input,
         "[{}] the saved state does not fit: {}; load it with the configuration it was saved with",
         where, fmt::join(problems, "; "));
  for (const auto& entry : tensors) {
    Tensor tensor = entry.tensor;
    tensor.upload(state.at(entry.path));
  }
}

Tensor Module::forward(const Tensor&) {
  fail(ErrorKind::usage, "[{}] has no forward(); call its own functions", describe());
}

Tensor Module::parameter(std::string_view name, Tensor tensor, const Axes& torch) {
  enter(parameters_, name, tensor);
  if (!torch.empty()) torch_.insert_or_assign(std::string(name), torch);
  if (tensor.defined()) tensor.set_requires_grad(trainable_);
  return tensor;
}

Tensor Module::buffer(std::string_view name, Tensor tensor) {
  enter(buffers_, name, tensor);
  return tensor;
}

void Module::child(std::string_view name, Module& module) {
  const bool taken = std::any_of(children_.begin(), children_.end(),
                                 [&](const Child& child) { return child.name == name; });
  if (taken || name.empty() || name.find('.') != std::string_view::npos)
    fail(ErrorKind::usage, "[module] '{}' is {} for a child; take another", name,
         taken ? "taken as a name" : "no name");
  children_.push_back({std::string(name), &module});
}

void Module::collect(const std::string& prefix, bool parameters, NamedTensors& out) const {
  for (const auto& [name, tensor] : parameters ? parameters_ : buffers_) {
    if (!tensor.defined())
      fail(ErrorKind::usage,
           "[module] the size of '{}' is inferred from its first input: call the model once before "
           "its tensors are used",
           prefix + name);
    out.push_back({prefix + name, tensor});
  }
  for (const auto& child : children_)
    child.module->collect(prefix + child.name + ".", parameters, out);
}

NamedTensors Module::named_parameters() const {
  NamedTensors out;
  collect("", true, out);
  return out;
}

NamedTensors Module::named_buffers() const {
  NamedTensors out;
  collect("", false, out);
  return out;
}

Tensors Module::parameters() const {
  Tensors out;
  std::unordered_set<const Tensor::Impl*> seen;
  for (const auto& entry : named_parameters())
    if (seen.insert(entry.tensor.impl().get()).second) out.push_back(entry.tensor);
  return out;
}

NamedTensors Module::state() const {
  NamedTensors out = named_parameters();
  const auto buffers = named_buffers();
  out.insert(out.end(), buffers.begin(), buffers.end());
  return out;
}

void Module::collect_orders(const std::string& prefix, std::map<std::string, Axes>& out) const {
  for (const auto& [name, torch] : torch_) out[prefix + name] = torch;
  for (const auto& child : children_) child.module->collect_orders(prefix + child.name + ".", out);
}

void Module::load_state(const State& saved, WeightOrder order) {
  const NamedTensors tensors = state();
  if (order == WeightOrder::varve) return load_tensors(tensors, saved, "model");
  std::map<std::string, Axes> orders;
  collect_orders("", orders);
  State own = saved;
  std::vector<std::string> unclear, foreign;
  for (const auto& [path, tensor] : tensors) {
    const auto torch = orders.find(path);
    const auto found = own.find(path);
    if (torch == orders.end() || found == own.end()) continue;
    Array& array = found->second;
    if (array.shape != torch_shape(tensor.shape(), torch->second)) continue;
    if (order == WeightOrder::torch)
      array = Tensor::from(array, tensor.device()).permute(torch->second).to_array();
    else if (order_matters(tensor.shape(), torch->second))
      (array.shape == tensor.shape() ? unclear : foreign).push_back(path + " " + array.shape.str());
  }
  if (!foreign.empty())
    fail(ErrorKind::input,
         "[model] {}: in PyTorch's order (out, in, kh, kw) where Varve has (out, kh, kw, in); load "
         "it with WeightOrder::torch",
         listed(foreign));
  if (!unclear.empty())
    fail(ErrorKind::input,
         "[model] {}: may be in Varve's order (out, kh, kw, in) or in PyTorch's (out, in, kh, kw); "
         "say which: load it with WeightOrder::varve or WeightOrder::torch",
         listed(unclear));
  load_tensors(tensors, own, "model");
}

Tensor Module::scheduled(std::string_view name, const Schedule& schedule, double least,
                         double most) {
  const bool taken = std::any_of(scheduled_.begin(), scheduled_.end(),
                                 [&](const auto& v) { return v.name == name; });
  if (taken || name.empty() || name.find('.') != std::string_view::npos)
    fail(ErrorKind::usage, "[module] '{}' is {} for a scheduled value; take another", name,
         taken ? "taken as a name" : "no name");
  const Tensor target = Tensor::scalar(start_of(schedule, name, least, most));
  scheduled_.push_back({std::string(name), schedule, target, least, most});
  return target;
}

void Module::collect_scheduled(const std::string& prefix, ScheduledValues& out) const {
  for (const auto& value : scheduled_) {
    out.push_back(value);
    out.back().name = prefix + value.name;
  }
  for (const auto& child : children_)
    child.module->collect_scheduled(prefix + child.name + ".", out);
}

ScheduledValues Module::scheduled_values() const {
  ScheduledValues out;
  collect_scheduled("", out);
  return out;
}

void Module::set_schedule(std::string_view path, const Schedule& schedule) {
  const auto dot = path.find('.');
  if (dot != std::string_view::npos) {
    for (const auto& child : children_)
      if (child.name == path.substr(0, dot))
        return child.module->set_schedule(path.substr(dot + 1), schedule);
  } else {
    for (auto& value : scheduled_) {
      if (value.name != path) continue;
      upload(value.target, start_of(schedule, path, value.least, value.most));
      value.schedule = schedule;
      return;
    }
  }
  std::vector<std::string> names;
  for (const auto& value : scheduled_values()) names.push_back(value.name);
  fail(ErrorKind::usage, "[module] no value '{}' follows a schedule{}", path,
       names.empty() ? "; there is none here" : did_you_mean(path, names));
}

void Module::move_schedules(std::int64_t step, std::int64_t run_steps) {
  const ScheduledValues values = scheduled_values();
  std::vector<double> numbers;
  for (const auto& value : values)
    numbers.push_back(
        within(value.schedule.over(run_steps)(step), value.name, value.least, value.most));
  for (std::size_t i = 0; i < values.size(); ++i) upload(values[i].target, numbers[i]);
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& child : children_) child.module->train(on);
}

void Module::set_trainable(bool on) {
  trainable_ = on;
  for (auto& entry : parameters_)
    if (entry.tensor.defined()) entry.tensor.set_requires_grad(on);
  for (const auto& child : children_) child.module->set_trainable(on);
}

std::int64_t Module::parameter_count() const {
  const auto all = parameters();
  return std::accumulate(all.begin(), all.end(), std::int64_t{0},
                         [](std::int64_t sum, const Tensor& t) { return sum + t.numel(); });
}

void Module::summarize(const std::string& path, Rows& rows) const {
  std::vector<std::string> shapes;
  std::int64_t count = 0;
  bool known = true;
  for (const auto& [name, tensor] : parameters_) {
    shapes.push_back(name + " " + (tensor.defined() ? tensor.shape().str() : "?"));
    known = known && tensor.defined();
    if (tensor.defined()) count += tensor.numel();
  }
  rows.push_back({path, describe(), fmt::format("{}", fmt::join(shapes, ", ")),
                  known ? fmt::format("{}", count) : "inferred at the first call"});
  for (const auto& child : children_)
    child.module->summarize(path.empty() ? child.name : path + "." + child.name, rows);
}

std::string Module::summary() const {
  Rows rows{{"path", "layer", "parameters", "count"}};
  summarize("", rows);
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows)
    text += fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>{}}\n", row[0], widths[0], row[1], widths[1],
                        row[2], widths[2], row[3], widths[3]);
  const bool complete = std::none_of(
      rows.begin() + 1, rows.end(), [](const auto& row) { return row[3].starts_with("inferred"); });
  text += complete ? fmt::format("{} parameters\n", parameter_count())
                   : "some sizes are inferred at the first call\n";
  return text;
}

}  // namespace varve
