// SPDX-License-Identifier: Apache-2.0
// Layers that only move bytes: PAD, CONCATENATION, SPLIT, RESIZE_NEAREST_NEIGHBOR, TRANSPOSE, a RESHAPE run by itself.
#include <algorithm>

#include "layer.hpp"

namespace twill::mapper {
namespace {

class MoveLayer final : public Layer {
 public:
  explicit MoveLayer(MoveSpec spec) : spec_(std::move(spec)) {}

  std::pair<int, int> needs(unsigned k, int y0, int y1) const override { return spec_.needs(k, y0, y1); }
  int max_tile_rows(const Machine&) const override { return spec_.whole ? 0 : INT_MAX; }

  void emit(Emitter& e, const Constants&, int, int, int y0, int y1, const std::vector<View>& in, const View& out) const override {
    for (const Copy& copy : spec_.copies(y0, y1)) {
      contract::Move c;
      const bool fill = copy.input == ~0u;
      std::int64_t from = 0;
      std::vector<Range> reads;
      if (fill) {
        c.fill = 1;
        c.value = copy.value;
      } else {
        const View& view = in[copy.input];
        from = static_cast<std::int64_t>(view.base) - static_cast<std::int64_t>(view.row0) * view.row_bytes + copy.from;
        c.in_base = static_cast<std::uint32_t>(from);
      }
      const std::int64_t to = static_cast<std::int64_t>(out.base) - static_cast<std::int64_t>(out.row0) * out.row_bytes + copy.to;
      c.out_base = static_cast<std::uint32_t>(to);
      c.run = static_cast<std::uint32_t>(copy.run);
      c.count0 = static_cast<std::uint32_t>(copy.count[0]);
      c.count1 = static_cast<std::uint32_t>(copy.count[1]);
      c.count2 = static_cast<std::uint32_t>(copy.count[2]);
      c.count3 = static_cast<std::uint32_t>(copy.count[3]);
      const auto fit = [](std::int64_t stride, int count) { return static_cast<std::int32_t>(count > 1 ? stride : 0); };
      c.in_stride0 = fill ? 0 : fit(copy.from_stride[0], copy.count[0]);
      c.in_stride1 = fill ? 0 : fit(copy.from_stride[1], copy.count[1]);
      c.in_stride2 = fill ? 0 : fit(copy.from_stride[2], copy.count[2]);
      c.in_stride3 = fill ? 0 : fit(copy.from_stride[3], copy.count[3]);
      c.out_stride0 = fit(copy.to_stride[0], copy.count[0]);
      c.out_stride1 = fit(copy.to_stride[1], copy.count[1]);
      c.out_stride2 = fit(copy.to_stride[2], copy.count[2]);
      c.out_stride3 = fit(copy.to_stride[3], copy.count[3]);
      std::int64_t read_end = from + copy.run, write_end = to + copy.run;
      for (unsigned level = 0; level < 4; ++level) {
        read_end += (copy.count[level] - 1) * copy.from_stride[level];
        write_end += (copy.count[level] - 1) * copy.to_stride[level];
      }
      if (!fill) reads.push_back(Range::sp(static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(read_end - from)));
      e.stream.emit(c, reads, {Range::sp(static_cast<std::uint64_t>(to), static_cast<std::uint64_t>(write_end - to))}, e.layer);
    }
  }

 private:
  MoveSpec spec_;
};

}  // namespace

LayerPtr make_move(const Machine&, MoveSpec spec) { return std::make_unique<MoveLayer>(std::move(spec)); }

}  // namespace twill::mapper
