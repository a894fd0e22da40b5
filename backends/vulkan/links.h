#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "backends/vulkan/encoder.h"
#include "backends/vulkan/layout.h"
#include "backends/vulkan/link_shader.h"

namespace varve::vulkan {

/// Whether two views name the same elements in the same order.
bool same_elements(const View& a, const View& b);

/// Elementwise commands over equally many elements, put together to one shader: what one leaves,
/// the next ones find in a register.
class LinkBuilder {
 public:
  /// `held`: buffers that live in registers only. `constants`: buffers that hold one number. Both
  /// must stay alive.
  LinkBuilder(const std::set<const Storage*>& held,
              const std::map<const Storage*, double>& constants)
      : held_(&held), constants_(&constants) {}

  /// In order. Where a command touches what an earlier one writes, it must do so as the same
  /// elements.
  void add(const Command& command);
  /// Whether a shader has bindings and push constants enough.
  bool fits(const Traits& traits) const;
  /// Nothing that anybody would see.
  bool empty() const { return outputs_.empty(); }
  void encode(Encoder& encoder) const;

 private:
  struct Output {
    View view;
    std::uint32_t link;
  };
  using Use = std::function<void(const LinkProgram&, const Grid&, std::span<const View>)>;

  Source source(const View& view);
  Source constant(const Storage* storage, double value, DType dtype);
  std::optional<std::vector<View>> aligned_views() const;
  LinkProgram program(const Grid& grid, std::span<const View> views, const Traits& traits) const;
  void for_each_program(std::span<const View> views, const Traits& traits, const Use& use) const;

  const std::set<const Storage*>* held_;
  const std::map<const Storage*, double>* constants_;
  std::vector<View> inputs_;
  std::vector<Output> written_;  ///< all of them, also what is held
  std::vector<Output> outputs_;
  std::vector<Link> links_;
  std::vector<std::uint32_t> words_;  ///< push constants of the links
  std::map<const Storage*, std::uint32_t> constant_links_;
};

/// Runs one elementwise command.
void run_links(const Command& command, Encoder& encoder);

/// Appends a number as fill() leaves it in memory: a word, two for i64. What an integer cannot hold
/// becomes the nearest that it can, NaN becomes 0.
void append_value(std::vector<std::uint32_t>& words, double value, DType dtype);

}  // namespace varve::vulkan
