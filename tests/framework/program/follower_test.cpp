#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "framework/backend/decorators.h"
#include "framework/program/capture.h"
#include "framework/tensor/functional.h"
#include "tests/framework/data/testing.h"

using namespace varve;

// A captured step is compared, as it comes, with the programs that are known. What differs in any
// place must give what it gives eagerly, and the next step that is as before must be a replay.

namespace {

/// A chain of ops on one tensor, a letter each.
Tensor link(char op, const Tensor& x, double number) {
  switch (op) {
    case 'a':
      return x + 1.0;
    case 'c':
      return x + number;
    case 'm':
      return x * number;
    case 's':
      return sin(x);
    case 'r':
      return x.reshape({x.numel()}).flip(0).contiguous();
    case 'e':  // memory that nobody writes
      Tensor::empty({7});
      return x;
    case 'h': {  // written in two halves: the fill is no constant
      Tensor both = Tensor::full(x.shape(), number);
      both.slice(0, 0, 1).assign(x.slice(0, 0, 1));
      return both + x;
    }
    case '!':
      throw std::runtime_error("in the middle");
  }
  return square(x);
}

struct Chain {
  std::string ops;
  double number = 2;
  std::vector<std::size_t> escapes;  ///< whose results are kept by the caller

  Tensors operator()(const Tensors& in, Tensors& kept) const {
    kept.clear();
    Tensor x = in[0];
    for (std::size_t i = 0; i < ops.size(); ++i) {
      x = link(ops[i], x, number);
      for (const auto escape : escapes)
        if (escape == i) kept.push_back(x.detach());
    }
    return {x};
  }
};

std::vector<std::vector<float>> values(const Tensors& tensors) {
  std::vector<std::vector<float>> out;
  for (const auto& tensor : tensors) out.push_back(tensor.to_vector<float>());
  return out;
}

/// Chains by one captured function, each held against itself run eagerly.
class Follow {
 public:
  Follow() : captured_(capture([this](const Tensors& in) { return chain_(in, kept_); })) {}
  Follow(const Follow&) = delete;
  Follow& operator=(const Follow&) = delete;

  /// Whether it was a replay.
  bool operator()(const Chain& chain) {
    chain_ = chain;
    input_.upload(std::span<const float>(std::vector<float>{++calls_ * 0.25F, 0.5F, -1}));
    Tensors kept;
    const auto want = values(chain({input_}, kept));
    CHECK(values(captured_({input_})) == want);
    CHECK(values(kept_) == values(kept));
    return captured_.compiled();
  }
  void fails(const Chain& chain) {
    chain_ = chain;
    CHECK_THROWS_AS(captured_({input_}), std::runtime_error);
  }

 private:
  Chain chain_;
  Tensors kept_;
  Tensor input_ = Tensor::zeros({3});
  float calls_ = 0;
  Captured captured_;
};

void on_each_backend(const std::function<void()>& body) {
  const Device before = default_device();
  for (const char* name : {"reference", "cpu"}) {
    CAPTURE(name);
    set_default_device(Device::open(name));
    body();
  }
  set_default_device(before);
}

}  // namespace

TEST_CASE("a step that differs from the followed one, anywhere, is its own") {
  const Chain usual{"asmqca", 2, {1}};
  const std::vector<Chain> others{
      {"ssmqca", 2, {1}},     // the first command
      {"asmsca", 2, {1}},     // one in the middle
      {"asmqcs", 2, {1}},     // the last
      {"asmqc", 2, {1}},      // shorter
      {"a", 2, {0}},          // much shorter
      {"", 2, {}},            // nothing at all
      {"asmqcaa", 2, {1}},    // longer
      {"asmqca", 2, {}},      // nothing escapes
      {"asmqca", 2, {2}},     // another escape
      {"asmqca", 2, {1, 3}},  // one more
      {"asmqera", 2, {1}},    // other numbers of buffers
      {"ashqca", 2, {1}},     // a fill that is overwritten
  };
  on_each_backend([&] {
    for (const auto& other : others) {
      CAPTURE(other.ops);
      CAPTURE(other.escapes.size());
      Follow follow;
      CHECK_FALSE(follow(usual));
      for (int i = 0; i < 3; ++i) CHECK(follow(usual));
      CHECK_FALSE(follow(other));
      CHECK(follow(usual));
      for (int i = 0; i < 3; ++i) {  // from now on both are known
        CHECK(follow(other));
        CHECK(follow(usual));
      }
      CHECK(follow(usual));
    }
  });
}

TEST_CASE("memory that is made and never written makes no step another one, in the end") {
  on_each_backend([] {
    Follow follow;
    for (int i = 0; i < 3; ++i) follow({"asq", 2, {}});
    CHECK(follow({"asqe", 2, {}}));
    CHECK(follow({"asq", 2, {}}));
  });
}

TEST_CASE("constants that change are followed; a changed one that is no constant is not") {
  on_each_backend([] {
    Follow constant, overwritten;
    for (int i = 0; i < 8; ++i) CHECK(constant({"acms", 0.5 * i, {}}) == (i > 0));
    for (const double number : {0.0, -0.0, 1.0, 0.0, -0.0}) CHECK(constant({"acms", number, {}}));
    for (int i = 0; i < 4; ++i) CHECK_FALSE(overwritten({"ah", 0.5 * i, {}}));
    for (int i = 0; i < 4; ++i) CHECK(overwritten({"ah", 0.5 * i, {}}));
  });
}

TEST_CASE("a constant that varies before a step turns out to be another one") {
  on_each_backend([] {
    Follow follow;
    for (int i = 0; i < 3; ++i) follow({"cmsa", 1, {}});
    for (int i = 0; i < 6; ++i) {
      follow({"cmsq", 3.0 + i, {}});  // its numbers are those of the rebuilt commands
      CHECK(follow({"cmsa", 5.0 - i, {}}));
    }
  });
}

TEST_CASE("an exception after any number of followed commands leaves the programs as they were") {
  on_each_backend([] {
    Follow follow;
    const std::string ops = "asmqca";
    for (int i = 0; i < 3; ++i) follow({ops, 2, {}});
    for (std::size_t i = 0; i <= ops.size(); ++i) {
      follow.fails({ops.substr(0, i) + "!", 3, {0}});
      CHECK(follow({ops, 2, {}}));
      follow.fails({ops.substr(0, i) + "s!", 3, {0}});  // once it is no longer followed
      CHECK(follow({ops, 2, {}}));
    }
  });
}

TEST_CASE("more programs than are kept, with common beginnings, in any order") {
  on_each_backend([] {
    Follow follow;
    std::vector<Chain> chains;
    for (const char* end : {"a", "s", "q", "c", "m", "r", "as", "aq", "ac", "qs"})
      chains.push_back({std::string("amq") + end, 2, {}});
    for (int round = 0; round < 3; ++round)
      for (const auto& chain : chains) follow(chain);
    for (const std::size_t first : {0U, 4U, 7U})
      for (int call = 0; call < 9; ++call) {
        const bool replayed = follow(chains[first + static_cast<std::size_t>(call % 3)]);
        if (call >= 6) CHECK(replayed);
      }
  });
}

TEST_CASE("random chains equal eager ones") {
  on_each_backend([] {
    int replays = 0;
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
      CAPTURE(seed);
      std::mt19937 dice(seed);
      const auto below = [&](std::size_t bound) { return dice() % bound; };
      Chain chain{"asmqcaqs", 2, {3}};
      Follow follow;
      for (int call = 0; call < 24; ++call) {
        if (below(3) == 0) {
          const auto at = below(chain.ops.size() + 1);
          const char op = "aacmqsreh!"[below(10)];
          if (below(3) == 0 && at < chain.ops.size())
            chain.ops.erase(at, 1);
          else if (below(2) == 0 && at < chain.ops.size())
            chain.ops[at] = op;
          else
            chain.ops.insert(at, 1, op);
        }
        if (below(3) == 0) chain.number = 0.5 * static_cast<double>(below(4));
        if (below(6) == 0) chain.escapes = {below(6), 6 + below(6)};
        if (chain.ops.find('!') != std::string::npos) {
          follow.fails(chain);
          chain.ops.erase(chain.ops.find('!'));
        } else if (follow(chain)) {
          ++replays;
        }
      }
    }
    CHECK(replays > 300);
  });
}

TEST_CASE("results of another size are another step, though no command tells") {
  on_each_backend([] {
    std::int64_t size = 4;
    auto partly = capture([&](const Tensors& in) {
      Tensor out = Tensor::empty({size});
      out.slice(0, 0, 2).assign(in[0]);
      return Tensors{out};
    });
    const Tensor x = Tensor::from({1, 2});
    for (int call = 0; call < 3; ++call)
      for (size = 4; size <= 20; size += 8) {
        const Tensor out = partly({x})[0];
        CHECK(out.numel() == size);
        CHECK(out.slice(0, 0, 2).to_vector<float>() == std::vector<float>{1, 2});
      }
    CHECK(partly.compiled());
  });
}

TEST_CASE("a captured function inside of another is followed as a part of it") {
  on_each_backend([] {
    Chain chain{"asq", 2, {}};
    Tensors kept;
    auto inner = capture([&](const Tensors& in) { return chain(in, kept); });
    auto outer = capture([&](const Tensors& in) { return Tensors{inner({in[0] * 2.0})[0] + 1.0}; });
    const Tensor x = Tensor::from({1, 2});
    const auto call = [&](const char* ops) {
      chain.ops = ops;
      const auto want = values({chain({x * 2.0}, kept)[0] + 1.0});
      CHECK(values(outer({x})) == want);
      return outer.compiled();
    };
    for (const char* ops : {"asq", "asq", "ass", "asq", "ass", "a", "asq"}) call(ops);
    for (const char* ops : {"asq", "ass", "asq"}) CHECK(call(ops));
    CHECK(values(inner({x})) == values(chain({x}, kept)));
  });
}

TEST_CASE("a decorator that comes while a step is followed sees its commands") {
  on_each_backend([] {
    bool decorate = false;
    const Device device = default_device();
    Backend& backend = device.backend();
    auto doubled = capture([&](const Tensors& in) {
      const Tensor y = in[0] * 2.0;
      if (decorate) device.push(std::make_unique<Trace>(backend));
      return Tensors{y + 1.0};
    });
    const Tensor x = Tensor::from({1});
    for (int call = 0; call < 3; ++call) CHECK(doubled({x})[0].item() == 3);
    decorate = true;
    CHECK(doubled({x})[0].item() == 3);
    decorate = false;
    const auto trace = device.pop();
    CHECK(static_cast<const Trace&>(*trace).entries().size() >= 2);
    for (int call = 0; call < 3; ++call) CHECK(doubled({x})[0].item() == 3);
    CHECK(doubled.compiled());
  });
}
