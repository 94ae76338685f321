// SPDX-License-Identifier: Apache-2.0
// Decides where every tensor lives and how every layer is cut, then writes the command stream.
//
// All activations stay in the scratchpad when they fit. Where a layer's live bytes do not fit, the largest tensors are kept
// in DRAM instead: their producer stores them tile by tile and their readers load the rows each tile needs, both through
// double buffers. Weights too large for what is left are streamed by N tiles. Commands are written in plain program order;
// the Stream turns that into concurrency.
#include "twill/mapper.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "arena.hpp"
#include "layer.hpp"
#include "predict.hpp"
#include "twill/error.hpp"

namespace twill {
namespace mapper {
namespace {

/// How one layer runs.
struct Cut {
  int rows = 1;            ///< output rows of a tile
  int stream_tiles = 0;    ///< N tiles of a weight chunk when weights are streamed, 0: all weights are loaded once
  std::uint32_t constants = 0;             ///< bytes of weights (or both chunk buffers) and parameters
  std::vector<std::uint32_t> slab;         ///< bytes of one slab per input, 0: resident
  std::uint32_t out = 0;                   ///< bytes of one output buffer, 0: resident
  int buffers = 2;         ///< of each slab and of the output: 2 overlap transfer and work
  int prefetch_from = 0;                   ///< layer during which the constants' place is already reserved
  std::uint32_t work() const { return static_cast<std::uint32_t>(buffers) * (std::accumulate(slab.begin(), slab.end(), 0u) + out); }
};

class Mapping {
 public:
  Mapping(const Graph& graph, const Machine& machine, const MapOptions& options)
      : graph_(graph), machine_(machine), options_(options), low_(lower(graph, machine, options)), emitter_(machine_, stream_) {}

  Plan run() {
    if (low_.layers.empty()) throw InputError("the network has no operator that runs on the chip");
    find_lifetimes();
    find_chains();
    cut_and_place();
    lay_out_dram();
    emit_all();
    finish();
    return std::move(plan_);
  }

 private:
  std::uint32_t align(std::uint64_t bytes) const { return static_cast<std::uint32_t>((bytes + machine_.word - 1) / machine_.word * machine_.word); }
  const Layer& layer(int i) const { return *low_.layers[static_cast<std::size_t>(i)]; }
  int layers() const { return static_cast<int>(low_.layers.size()); }
  Storage& storage(int s) { return low_.storages[static_cast<std::size_t>(s)]; }

  void find_lifetimes() {
    first_.assign(low_.storages.size(), INT_MAX);
    last_.assign(low_.storages.size(), -1);
    const auto touch = [&](int s, int i) {
      auto& f = first_[static_cast<std::size_t>(s)];
      auto& l = last_[static_cast<std::size_t>(s)];
      f = std::min(f, i);
      l = std::max(l, i);
    };
    for (int i = 0; i < layers(); ++i) {
      touch(layer(i).output.storage, i);
      for (const Operand& in : layer(i).inputs) touch(in.storage, i);
    }
    resident_.assign(low_.storages.size(), !options_.every_layer);
    chained_.assign(low_.layers.size(), false);
  }

  static bool elementwise(const Layer& l) {
    if (l.n_tiles() > 0 || l.inputs.empty()) return false;
    for (unsigned k = 0; k < l.inputs.size(); ++k)
      if (l.inputs[k].rows != l.output.rows || l.inputs[k].row_bytes != l.output.row_bytes || l.needs(k, 0, 1) != std::make_pair(0, 1)) return false;
    return true;
  }

  /// An elementwise layer right behind the layer that makes one of its operands runs tile by tile with it: the post unit
  /// does both while the array is already at the next tile.
  void find_chains() {
    if (options_.every_layer) return;
    for (int i = 1; i < layers(); ++i) {
      const Layer& l = layer(i);
      const Layer& before = layer(i - 1);
      if (before.n_tiles() == 0 || !before.ordered() || !elementwise(l)) continue;
      const bool reads = std::any_of(l.inputs.begin(), l.inputs.end(), [&](const Operand& o) { return o.storage == before.output.storage; });
      if (!reads) continue;
      chained_[static_cast<std::size_t>(i)] = true;
      auto& f = first_[static_cast<std::size_t>(l.output.storage)];
      f = std::min(f, i - 1);
      for (const Operand& in : l.inputs) {
        auto& fi = first_[static_cast<std::size_t>(in.storage)];
        fi = std::min(fi, i - 1);
      }
    }
  }

  bool is_resident(int s) const { return resident_[static_cast<std::size_t>(s)]; }

  std::uint32_t live_bytes(int i) const {
    std::uint32_t sum = 0;
    for (std::size_t s = 0; s < low_.storages.size(); ++s)
      if (resident_[s] && first_[s] <= i && i <= last_[s]) sum += align(low_.storages[s].bytes) + machine_.word;
    return sum;
  }

  std::uint32_t slab_bytes(const Layer& l, unsigned k, int rows) const {
    int most = 0;
    for (int y = 0; y < l.output.rows; y += rows) {
      const auto [a, b] = l.needs(k, y, std::min(l.output.rows, y + rows));
      most = std::max(most, b - a);
    }
    return align(static_cast<std::uint64_t>(most) * l.inputs[k].row_bytes) + machine_.word;
  }

  /// The best cut of layer i within `budget` bytes of scratchpad; false when there is none.
  bool cut(int i, std::uint32_t budget, Cut& best) const {
    const Layer& l = layer(i);
    const bool out_resident = is_resident(l.output.storage);
    bool fed_from_dram = !out_resident;
    for (const Operand& in : l.inputs) fed_from_dram |= !is_resident(in.storage) || low_.storages[static_cast<std::size_t>(in.storage)].from_dram();
    int most = std::min(l.max_tile_rows(machine_), l.output.rows);
    if (most == 0) most = l.output.rows;  // cannot be cut
    const bool fixed = l.max_tile_rows(machine_) == 0;
    // What comes from or goes to DRAM wants several tiles, so that transfer and work overlap.
    if (fed_from_dram && !fixed) {
      const int word = static_cast<int>(machine_.word);
      const int bytes = std::max(1, std::min(l.output.row_bytes, l.inputs.empty() ? 1 : l.inputs[0].row_bytes));
      const int enough = l.words_per_row() > 0 ? ceil_div(2 * word, l.words_per_row()) : ceil_div(32 * word, bytes);
      most = std::min(most, std::max(ceil_div(l.output.rows, 8), enough));
      most = std::max(1, std::min(most, l.output.rows));
    }
    const auto parameters = align(l.parameters.size());
    const int tiles = l.n_tiles();
    for (int stream = 0;; stream = stream == 0 ? tiles / 2 : stream / 2) {
      Cut c;
      c.stream_tiles = stream;
      c.constants = parameters + (stream == 0 ? align(l.weights().size()) : 2 * static_cast<std::uint32_t>(stream) * static_cast<std::uint32_t>(l.tile_bytes()));
      for (int rows = most; rows > 0; rows = fixed ? 0 : rows / 2) {
        c.rows = ceil_div(l.output.rows, ceil_div(l.output.rows, rows));
        c.slab.clear();
        for (unsigned k = 0; k < l.inputs.size(); ++k) c.slab.push_back(is_resident(l.inputs[k].storage) ? 0 : slab_bytes(l, k, c.rows));
        c.out = out_resident ? 0 : align(static_cast<std::uint64_t>(c.rows) * l.output.row_bytes) + machine_.word;
        for (c.buffers = 2; c.buffers > 0; --c.buffers)
          if (c.constants + c.work() <= budget && (c.buffers == 2 || rows == 1 || fixed)) {
            c.prefetch_from = i;
            best = c;
            return true;
          }
      }
      if (tiles < 2 || stream == 1) return false;
    }
  }

  /// Cuts, then places; where the bytes are there but no gap is large enough, gives up first the prefetch across that place,
  /// then a little more room of those layers, until everything has an address.
  void cut_and_place() {
    slack_.assign(low_.layers.size(), machine_.word);
    for (;;) {
      cuts_.assign(low_.layers.size(), {});
      for (int i = 0; i < layers(); ++i) fit(i);
      for (int i = 0; i < layers(); ++i) fit(i);  // a spill for a later layer changes an earlier one
      reserve_prefetch();
      std::optional<Arena::Failure> failure;
      while ((failure = place())) {
        bool dropped = false;
        for (int i = 0; i < layers(); ++i) {
          Cut& c = cuts_[static_cast<std::size_t>(i)];
          if (c.prefetch_from < i && c.prefetch_from <= failure->last && failure->first <= i) {
            c.prefetch_from = i;
            dropped = true;
          }
        }
        if (!dropped) break;
      }
      if (!failure) return;
      for (int i = failure->first; i <= failure->last; ++i) {
        auto& slack = slack_[static_cast<std::size_t>(i)];
        slack += machine_.scratchpad / 32;
        if (slack > machine_.scratchpad) does_not_fit(i);
      }
    }
  }

  [[noreturn]] void does_not_fit(int i) const {
    throw InputError("operator " + std::to_string(layer(i).op) + " (" + graph_.operators[static_cast<std::size_t>(layer(i).op)].type + "): one tile of it does not fit into a scratchpad of " +
                     std::to_string(machine_.scratchpad) + " bytes; use a larger configuration");
  }

  void fit(int i) {
    for (;;) {
      const std::uint32_t live = live_bytes(i) + slack_[static_cast<std::size_t>(i)];
      if (live < machine_.scratchpad && cut(i, machine_.scratchpad - live, cuts_[static_cast<std::size_t>(i)])) return;
      // Keep the largest live tensor in DRAM instead.
      int largest = -1;
      for (std::size_t s = 0; s < low_.storages.size(); ++s)
        if (resident_[s] && first_[s] <= i && i <= last_[s] && !low_.storages[s].swap_h && (largest < 0 || low_.storages[s].bytes > storage(largest).bytes)) largest = static_cast<int>(s);
      if (largest < 0) does_not_fit(i);
      resident_[static_cast<std::size_t>(largest)] = false;
      for (int j = 0; j < layers(); ++j)
        if (chained_[static_cast<std::size_t>(j)]) {
          const Layer& l = layer(j);
          bool all = is_resident(l.output.storage);
          for (const Operand& in : l.inputs) all &= is_resident(in.storage);
          if (!all) chained_[static_cast<std::size_t>(j)] = false;
        }
    }
  }

  /// Reserves the constants' place as many layers ahead as there is room, so that their load need not wait.
  void reserve_prefetch() {
    std::vector<std::uint32_t> used(low_.layers.size());
    for (int i = 0; i < layers(); ++i) used[static_cast<std::size_t>(i)] = live_bytes(i) + cuts_[static_cast<std::size_t>(i)].work() + cuts_[static_cast<std::size_t>(i)].constants + slack_[static_cast<std::size_t>(i)];
    const std::uint32_t limit = machine_.scratchpad - machine_.scratchpad / 16;  // first fit wastes a little
    for (int ahead = 1; ahead <= 6; ++ahead)
      for (int i = ahead; i < layers(); ++i) {
        Cut& c = cuts_[static_cast<std::size_t>(i)];
        auto& u = used[static_cast<std::size_t>(i - ahead)];
        if (c.prefetch_from != i - ahead + 1 || u + c.constants > limit) continue;
        u += c.constants;
        c.prefetch_from = i - ahead;
      }
  }

  std::optional<Arena::Failure> place() {
    Arena arena(machine_.scratchpad, machine_.word);
    address_.assign(low_.storages.size(), 0);
    places_.assign(low_.layers.size(), {});
    for (std::size_t s = 0; s < low_.storages.size(); ++s)
      if (resident_[s]) arena.add(low_.storages[s].bytes, first_[s], last_[s], false, &address_[s]);
    for (int i = 0; i < layers(); ++i) {
      Cut& c = cuts_[static_cast<std::size_t>(i)];
      Place& p = places_[static_cast<std::size_t>(i)];
      p.slab.assign(c.slab.size(), {0, 0});
      const int from = std::min(c.prefetch_from, chained_[static_cast<std::size_t>(i)] ? i - 1 : i);
      arena.add(c.constants, from, i, true, &p.constants);
      for (int buffer = 0; buffer < c.buffers; ++buffer) {
        for (std::size_t k = 0; k < c.slab.size(); ++k) arena.add(c.slab[k], i, i, false, &p.slab[k][static_cast<std::size_t>(buffer)]);
        arena.add(c.out, i, i, false, &p.out[static_cast<std::size_t>(buffer)]);
      }
    }
    if (!arena.place(machine_.scratchpad / contract::scratchpad_banks)) return std::nullopt;
    return arena.place();
  }

  static std::uint32_t power_of_two(std::uint32_t at_least) {
    std::uint32_t p = 1;
    while (p < at_least) p *= 2;
    return p;
  }

  void lay_out_dram() {
    std::uint64_t next = 0;
    const auto take = [&](std::uint64_t bytes) {
      const std::uint64_t at = next;
      next += (bytes + 4095) / 4096 * 4096;
      return at;
    };
    for (int i = 0; i < layers(); ++i) {
      const Layer& l = layer(i);
      parameters_at_.push_back(take(l.parameters.size()));
      weights_at_.push_back(take(l.weights().size()));
      if (!l.parameters.empty()) plan_.images.emplace_back(parameters_at_.back(), l.parameters);
      if (!l.weights().empty()) plan_.images.emplace_back(weights_at_.back(), l.weights());
    }
    for (std::size_t s = 0; s < low_.storages.size(); ++s) {
      const Storage& st = low_.storages[s];
      dram_.push_back(st.from_dram() || st.is_output || !resident_[s] ? take(st.bytes) : 0);
      if (st.is_input) plan_.inputs.push_back({st.tensor, dram_[s], st.bytes});
      if (st.is_constant) plan_.images.emplace_back(dram_[s], graph_.tensors[static_cast<std::size_t>(st.tensor)].data);
      if (st.is_output) plan_.outputs.push_back({st.tensor, dram_[s], st.bytes});
    }
    plan_.mark_address = take(std::uint64_t{contract::mark_bytes} * power_of_two(static_cast<std::uint32_t>(graph_.operators.size()) + 1));
    plan_.ring_address = take(0);
    dram_end_ = next;
  }

  // ------------------------------------------------------------------------------------------------------------ emission
  void load(std::uint64_t from, std::uint32_t to, std::uint64_t bytes) {
    if (bytes == 0) return;
    contract::Load c;
    c.dram_base = from;
    c.local_base = to;
    c.local_run = c.dram_run = static_cast<std::uint32_t>(bytes);
    stream_.emit(c, {Range::dram(from, bytes)}, {Range::sp(to, bytes)}, emitter_.layer);
  }

  /// The whole image of a swapped input, turned while it is written.
  void load_swapped(int s) {
    const Storage& st = storage(s);
    contract::Load c;
    c.dram_base = dram_[static_cast<std::size_t>(s)];
    c.dram_run = static_cast<std::uint32_t>(st.bytes);
    c.local_base = address_[static_cast<std::size_t>(s)];
    c.local_run = 1;
    c.local_count0 = static_cast<std::uint32_t>(st.swap_w);
    c.local_stride0 = st.swap_h;
    c.local_count1 = static_cast<std::uint32_t>(st.swap_h);
    c.local_stride1 = 1;
    stream_.emit(c, {Range::dram(c.dram_base, st.bytes)}, {Range::sp(c.local_base, st.bytes)}, emitter_.layer);
  }

  /// Makes the first `bytes` of a resident network input or constant present.
  void load_input_up_to(int s, std::uint64_t bytes) {
    auto& done = input_loaded_[static_cast<std::size_t>(s)];
    const Storage& st = storage(s);
    if (done >= bytes) return;
    if (st.swap_h) {
      load_swapped(s);
      done = st.bytes;
      return;
    }
    load(dram_[static_cast<std::size_t>(s)] + done, address_[static_cast<std::size_t>(s)] + static_cast<std::uint32_t>(done), bytes - done);
    done = bytes;
  }

  View input_view(int i, unsigned k, int y0, int y1, int turn) {
    const Layer& l = layer(i);
    const Operand& in = l.inputs[k];
    View v;
    v.row_bytes = in.row_bytes;
    const auto [r0, r1] = l.needs(k, y0, y1);
    if (is_resident(in.storage)) {
      v.base = address_[static_cast<std::size_t>(in.storage)];
      v.rows = in.rows;
      if (storage(in.storage).from_dram()) load_input_up_to(in.storage, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(r1) * in.row_bytes));
      return v;
    }
    v.base = places_[static_cast<std::size_t>(i)].slab[k][static_cast<std::size_t>(turn % cuts_[static_cast<std::size_t>(i)].buffers)];
    v.row0 = r0;
    v.rows = r1 - r0;
    load(dram_[static_cast<std::size_t>(in.storage)] + static_cast<std::uint64_t>(r0) * in.row_bytes, v.base, static_cast<std::uint64_t>(r1 - r0) * in.row_bytes);
    return v;
  }

  std::uint32_t out_buffer(int i, int turn) const {
    return places_[static_cast<std::size_t>(i)].out[static_cast<std::size_t>(turn % cuts_[static_cast<std::size_t>(i)].buffers)];
  }

  void store_rows(const Layer& l, int n0, int n1, int y0, int y1, const View& out) {
    const int s = l.output.storage;
    contract::Store c;
    const std::uint64_t bytes = static_cast<std::uint64_t>(y1 - y0) * out.row_bytes;
    c.local_base = out.row(y0);
    c.local_run = static_cast<std::uint32_t>(bytes);
    c.dram_base = dram_[static_cast<std::size_t>(s)] + static_cast<std::uint64_t>(y0) * l.output.row_bytes;
    c.dram_run = c.local_run;
    std::uint64_t span = bytes;
    if (out.row_bytes != l.output.row_bytes) {  // a slice of the channels
      const int all = l.lanes(0, l.n_tiles()).second;
      const auto [first, count] = l.lanes(n0, n1);
      c.dram_base += static_cast<std::uint64_t>(first);
      c.dram_run = static_cast<std::uint32_t>(count);
      c.dram_count0 = static_cast<std::uint32_t>(bytes / static_cast<std::uint64_t>(count));
      c.dram_stride0 = all;
      span = static_cast<std::uint64_t>(c.dram_count0 - 1) * all + count;
    }
    stream_.emit(c, {Range::sp(c.local_base, bytes)}, {Range::dram(c.dram_base, span)}, emitter_.layer);
  }

  void emit_tile(int i, const Constants& constants, int n0, int n1, int y0, int y1, int turn, const std::vector<View>& in) {
    const Layer& l = layer(i);
    const Storage& st = storage(l.output.storage);
    View out;
    out.row_bytes = l.output.row_bytes;
    const bool to_dram = !is_resident(l.output.storage);
    if (to_dram) {
      out.base = out_buffer(i, turn);
      out.row0 = y0;
      out.rows = y1 - y0;
      if (n0 > 0 || n1 < l.n_tiles()) {
        const int all = l.lanes(0, l.n_tiles()).second;
        const auto [first, count] = l.lanes(n0, n1);
        out.lane0 = first;
        out.row_bytes = l.output.row_bytes / all * count;
      }
    } else {
      out.base = address_[static_cast<std::size_t>(l.output.storage)];
      out.rows = l.output.rows;
    }
    l.emit(emitter_, constants, n0, n1, y0, y1, in, out);
    const bool complete_rows = n1 == l.n_tiles() || to_dram;
    if ((to_dram || st.is_output) && complete_rows) store_rows(l, n0, n1, y0, y1, out);
  }

  /// Runs the rows of a chained layer whose operands are there after `bytes` of the layer before it.
  void advance_chain(int i, std::uint64_t bytes, int& done) {
    const Layer& l = layer(i);
    const int ready = std::min(l.output.rows, static_cast<int>(bytes / static_cast<std::uint64_t>(l.output.row_bytes)));
    if (ready <= done) return;
    const int before = emitter_.layer;
    emitter_.layer = l.op;
    std::vector<View> in;
    for (unsigned k = 0; k < l.inputs.size(); ++k) in.push_back(input_view(i, k, done, ready, 0));
    emit_tile(i, chain_constants_, 0, 0, done, ready, 0, in);
    emitter_.layer = before;
    done = ready;
  }

  Constants load_constants(int i, int n0, int n1, std::uint32_t weights_at) {
    const Layer& l = layer(i);
    load(weights_at_[static_cast<std::size_t>(i)] + static_cast<std::uint64_t>(n0) * l.tile_bytes(), weights_at, static_cast<std::uint64_t>(n1 - n0) * l.tile_bytes());
    return {weights_at, n0, places_[static_cast<std::size_t>(i)].constants};
  }

  void emit_layer(int i) {
    const Layer& l = layer(i);
    const Cut& c = cuts_[static_cast<std::size_t>(i)];
    const Place& p = places_[static_cast<std::size_t>(i)];
    emitter_.layer = l.op;
    emitter_.held_parameters = emitter_.held_table = ~0u;
    const bool chain = i + 1 < layers() && chained_[static_cast<std::size_t>(i + 1)];
    int chain_done = 0;
    if (chain && !layer(i + 1).parameters.empty()) {
      emitter_.layer = layer(i + 1).op;
      const std::uint32_t at = places_[static_cast<std::size_t>(i + 1)].constants;
      load(parameters_at_[static_cast<std::size_t>(i + 1)], at, layer(i + 1).parameters.size());
      chain_constants_ = {0, 0, at};
      emitter_.layer = l.op;
    }
    const std::uint32_t weights_base = p.constants + align(l.parameters.size());
    const int tiles = l.n_tiles();
    const auto row_tiles = [&](const Constants& constants, int n0, int n1, int from, int& turn) {
      for (int y = from; y < l.output.rows; y += c.rows, ++turn) {
        const int y1 = std::min(l.output.rows, y + c.rows);
        std::vector<View> in;
        for (unsigned k = 0; k < l.inputs.size(); ++k) in.push_back(input_view(i, k, y, y1, turn));
        emit_tile(i, constants, n0, n1, y, y1, turn, in);
        if (chain && n1 == tiles && n0 == 0) advance_chain(i + 1, static_cast<std::uint64_t>(y1) * l.output.row_bytes, chain_done);
      }
    };
    int turn = 0;
    if (c.stream_tiles > 0) {
      load(parameters_at_[static_cast<std::size_t>(i)], p.constants, l.parameters.size());
      int chunk = 0;
      for (int n0 = 0; n0 < tiles; n0 += c.stream_tiles, ++chunk) {
        const int n1 = std::min(tiles, n0 + c.stream_tiles);
        const Constants k = load_constants(i, n0, n1, weights_base + static_cast<std::uint32_t>((chunk & 1) * c.stream_tiles) * static_cast<std::uint32_t>(l.tile_bytes()));
        row_tiles(k, n0, n1, 0, turn);
      }
      if (chain) advance_chain(i + 1, static_cast<std::uint64_t>(l.output.rows) * l.output.row_bytes, chain_done);
      return;
    }
    // The first tile of rows may start with the first N tiles' weights: worth the extra commands where weights are waited for.
    const std::uint64_t chunk_bytes = i == 0 ? 2048 : 16384;
    const int step = tiles == 0 ? 0 : std::max(1, static_cast<int>(chunk_bytes / std::max<std::size_t>(1, l.tile_bytes())));
    const Constants all{weights_base, 0, p.constants};
    int from = 0;
    if (tiles > step) {
      const int y1 = std::min(l.output.rows, c.rows);
      std::vector<View> in;
      for (int n0 = 0; n0 < tiles; n0 += step) {
        const int n1 = std::min(tiles, n0 + step);
        load_constants(i, n0, n1, weights_base + static_cast<std::uint32_t>(n0) * static_cast<std::uint32_t>(l.tile_bytes()));
        if (n0 == 0) {
          for (unsigned k = 0; k < l.inputs.size(); ++k) in.push_back(input_view(i, k, 0, y1, turn));
          load(parameters_at_[static_cast<std::size_t>(i)], p.constants, l.parameters.size());
        }
        emit_first_tile_part(i, all, n0, n1, y1, turn, in);
      }
      if (chain) advance_chain(i + 1, static_cast<std::uint64_t>(y1) * l.output.row_bytes, chain_done);
      from = y1;
      ++turn;
    } else {
      load_constants(i, 0, tiles, weights_base);
      load(parameters_at_[static_cast<std::size_t>(i)], p.constants, l.parameters.size());
    }
    row_tiles(all, 0, tiles, from, turn);
    if (chain) advance_chain(i + 1, static_cast<std::uint64_t>(l.output.rows) * l.output.row_bytes, chain_done);
  }

  /// Part of the N tiles of the first rows: they all write the same output rows, which are stored once they are complete.
  void emit_first_tile_part(int i, const Constants& all, int n0, int n1, int y1, int turn, const std::vector<View>& in) {
    const Layer& l = layer(i);
    View out;
    out.row_bytes = l.output.row_bytes;
    const bool to_dram = !is_resident(l.output.storage);
    out.base = to_dram ? out_buffer(i, turn) : address_[static_cast<std::size_t>(l.output.storage)];
    out.rows = to_dram ? y1 : l.output.rows;
    l.emit(emitter_, all, n0, n1, 0, y1, in, out);
    if (n1 == l.n_tiles() && (to_dram || storage(l.output.storage).is_output)) store_rows(l, 0, n1, 0, y1, out);
  }

  void mark(int op, contract::Queue queue) {
    contract::Mark m;
    m.queue = queue;
    m.tag = static_cast<std::uint32_t>(op);
    stream_.emit(m, {}, {}, op);
    ++plan_.marks;
  }

  void emit_all() {
    input_loaded_.assign(low_.storages.size(), 0);
    for (int i = 0; i < layers(); ++i) {
      try {
        if (!chained_[static_cast<std::size_t>(i)]) emit_layer(i);
      } catch (const std::out_of_range& field) {  // a value no command can carry
        throw InputError("operator " + std::to_string(layer(i).op) + " (" + graph_.operators[static_cast<std::size_t>(layer(i).op)].type + "): its shape is beyond a command's fields: " + field.what());
      }
      const bool last_of_operator = i + 1 == layers() || layer(i + 1).op != layer(i).op;
      if (last_of_operator) mark(layer(i).op, contract::Queue::post);
    }
    contract::Mark end;
    end.queue = contract::Queue::store;
    end.tag = 0xffffffffu;
    end.irq = 1;
    stream_.emit_after_all(end.encode(), end.queue, -1);
    ++plan_.marks;
  }

  void finish() {
    for (const Stream::Entry& e : stream_.finish()) {
      plan_.commands.push_back(e.command);
      plan_.layer_of_command.push_back(e.layer);
    }
    if (plan_.commands.size() > 65536) throw InputError("the network needs " + std::to_string(plan_.commands.size()) + " commands; a ring holds at most 65536");
    plan_.machine = machine_;
    plan_.ring_size = power_of_two(static_cast<std::uint32_t>(plan_.commands.size()));
    plan_.mark_size = power_of_two(plan_.marks);
    plan_.dram_bytes = dram_end_ + std::uint64_t{plan_.ring_size} * contract::command_bytes;
    plan_.semaphores[Stream::bank_free] = contract::accumulator_banks;
    plan_.host_before = low_.host_before;
    plan_.host_after = low_.host_after;
    plan_.layers = low_.report;
    for (int i = 1; i < layers(); ++i)
      if (chained_[static_cast<std::size_t>(i)]) plan_.layers[static_cast<std::size_t>(layer(i).op)].note = "runs tile by tile with operator " + std::to_string(layer(i - 1).op);
    predict(plan_);
  }

  struct Place {
    std::uint32_t constants = 0;
    std::vector<std::array<std::uint32_t, 2>> slab;
    std::array<std::uint32_t, 2> out{0, 0};
  };

  const Graph& graph_;
  Machine machine_;
  MapOptions options_;
  Lowered low_;
  std::vector<int> first_, last_;
  std::vector<bool> resident_, chained_;
  std::vector<Cut> cuts_;
  std::vector<std::uint32_t> slack_;  ///< by layer: bytes left unused so that the rest finds gaps
  std::vector<Place> places_;
  std::vector<std::uint32_t> address_;
  std::vector<std::uint64_t> parameters_at_, weights_at_, dram_, input_loaded_;
  std::uint64_t dram_end_ = 0;
  Stream stream_;
  Emitter emitter_;
  Constants chain_constants_;
  Plan plan_;
};

}  // namespace
}  // namespace mapper

Machine Machine::of(const contract::Configuration& c) {
  Machine m;
  m.word = c.word_bytes;
  m.scratchpad = c.scratchpad_bytes;
  m.accumulator_words = c.accumulator_words;
  m.dram_bandwidth = c.word_bytes;
  return m;
}

Plan map_graph(const Graph& graph, const Machine& machine, const MapOptions& options) { return mapper::Mapping(graph, machine, options).run(); }

}  // namespace twill
