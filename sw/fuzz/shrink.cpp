// SPDX-License-Identifier: Apache-2.0
#include "shrink.hpp"

#include <algorithm>

#include "generate.hpp"

namespace twill::fuzz {
namespace {

class Shrinker {
 public:
  Shrinker(Case test, const std::function<bool(const Case&)>& fails, unsigned most_runs)
      : best_(std::move(test)), fails_(fails), left_(most_runs) {}

  Case run() {
    for (bool smaller = true; smaller && left_ > 0;) {
      smaller = fewer_ops();
      smaller |= simpler_surroundings();
      smaller |= smaller_fields();
    }
    return std::move(best_);
  }

 private:
  bool keep(Case test) {
    if (left_ == 0 || !unsound(test).empty()) return false;
    --left_;
    if (!fails_(test)) return false;
    best_ = std::move(test);
    return true;
  }

  /// Delta debugging: leaves out a half, then quarters, and so on to single ops, from behind because what comes later depends on what came
  /// before.
  bool fewer_ops() {
    bool any = false;
    const auto removable = [&] {
      return static_cast<std::size_t>(std::count_if(best_.ops.begin(), best_.ops.end(), [](const Op& op) { return !op.fixed; }));
    };
    for (std::size_t chunk = std::max<std::size_t>(1, removable() / 2);; chunk /= 2) {
      for (std::size_t end = removable(); end > 0; end -= std::min(end, chunk)) {
        if (end > removable()) continue;
        Case test = best_;
        const std::size_t begin = end - std::min(end, chunk);
        std::size_t number = 0;
        test.ops.erase(std::remove_if(test.ops.begin(), test.ops.end(),
                                      [&](const Op& op) {
                                        if (op.fixed) return false;
                                        const std::size_t at = number++;
                                        return at >= begin && at < end;
                                      }),
                       test.ops.end());
        any |= keep(std::move(test));
      }
      if (chunk == 1) return any;
    }
  }

  bool simpler_surroundings() {
    bool any = false;
    const auto attempt = [&](auto change) {
      Case test = best_;
      change(test);
      any |= keep(std::move(test));
    };
    if (best_.delays.stalls > 0) attempt([](Case& test) { test.delays.stalls = 0; });
    if (best_.delays.dram_latency > 1) attempt([](Case& test) { test.delays.dram_latency = 1; });
    if (best_.delays.dram_bandwidth > 0) attempt([](Case& test) { test.delays.dram_bandwidth = 0; });
    for (std::size_t i = best_.images.size(); i > 0; --i)
      if (!best_.images[i - 1].bytes.empty())
        attempt([i](Case& test) { test.images.erase(test.images.begin() + static_cast<std::ptrdiff_t>(i - 1)); });
    for (std::size_t i = 0; i < best_.ops.size(); ++i)
      if (best_.ops[i].after != 0) attempt([i](Case& test) { test.ops[i].after = 0; });
    return any;
  }

  /// Every field of every op as near to 0 as it can be.
  bool smaller_fields() {
    bool any = false;
    for (std::size_t i = 0; i < best_.ops.size(); ++i) {
      if (best_.ops[i].fixed) continue;
      for (const contract::CommandInfo& info : contract::commands) {
        if (info.opcode != opcode_of(best_.ops[i].command)) continue;
        for (unsigned f = 0; f < info.field_count; ++f) any |= smaller_field(i, info.fields[f]);
      }
    }
    return any;
  }

  bool smaller_field(std::size_t op, const contract::FieldInfo& field) {
    bool any = false;
    for (;;) {
      const std::int64_t value = field.is_signed ? best_.ops[op].command.signed_bits(field.lsb, field.width)
                                                 : static_cast<std::int64_t>(best_.ops[op].command.bits(field.lsb, field.width));
      bool smaller = false;
      for (const std::int64_t next : {std::int64_t{0}, std::int64_t{1}, value / 2, value - (value > 0 ? 1 : -1)}) {
        if (std::abs(next) >= std::abs(value) || smaller) continue;
        Case test = best_;
        test.ops[op].command.set_bits(field.lsb, field.width, static_cast<std::uint64_t>(next));
        smaller = keep(std::move(test));
      }
      if (!smaller) return any;
      any = true;
    }
  }

  Case best_;
  const std::function<bool(const Case&)>& fails_;
  unsigned left_;
};

}  // namespace

Case shrink(Case test, const std::function<bool(const Case&)>& fails, unsigned most_runs) {
  return Shrinker(std::move(test), fails, most_runs).run();
}

}  // namespace twill::fuzz
