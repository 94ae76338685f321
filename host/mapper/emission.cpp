// SPDX-License-Identifier: Apache-2.0
#include "emission.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "links.hpp"

namespace twill::mapper {
namespace {

std::uint32_t power_of_two(std::size_t at_least) {
  std::uint32_t p = 1;
  while (p < at_least) p *= 2;
  return p;
}

class Emission {
 public:
  Emission(const Lowered& lowered, const Machine& machine, const Schedule& schedule, const DramLayout& dram, const MapOptions& options,
           const Group& group)
      : low_(lowered), machine_(machine), schedule_(schedule), dram_(dram), options_(options), alike_(group.alike), links_(lowered, options),
        stream_(options.images == 1 ? largest_ring : SIZE_MAX),  // of several images it is said how many would fit
        gather_(group, stream_),
        emitter_(machine_, stream_) {}

  Plan run() {
    for (image_ = 0; image_ < options_.images; ++image_) {
      input_loaded_.assign(low_.storages.size(), 0);
      emit_image();
      if (options_.images > 1) mark(image_tag + image_, layer(layers() - 1).op);
    }
    contract::Mark end;
    end.queue = contract::Queue::store;
    end.tag = 0xffffffffu;
    end.irq = 1;
    stream_.emit_after_all(end.encode(), end.queue, -1);
    ++plan_.marks;
    finish();
    return std::move(plan_);
  }

 private:
  void emit_image() {
    for (int i = 0; i < layers(); ++i) {
      try {
        if (!schedule_.chained(i)) emit_layer(i);
      } catch (const std::out_of_range& field) {
        throw BeyondField{i, field.what()};
      }
      hand_over(i);
      const bool last_of_operator = i + 1 == layers() || layer(i + 1).op != layer(i).op;
      if (last_of_operator && options_.images == 1) mark(static_cast<std::uint32_t>(layer(i).op), layer(i).op);
    }
  }

  /// A layer with its cut and addresses, while it is emitted.
  struct Running {
    int index;
    const Layer& layer;
    const Cut& cut;
    const Place& place;

    std::uint32_t parameters(int turn) const {
      return place.constants + static_cast<std::uint32_t>(static_cast<std::uint64_t>(turn % cut.places) * cut.parameters);
    }
    std::uint32_t weights(int turn) const {
      return place.constants + static_cast<std::uint32_t>(static_cast<std::uint64_t>(cut.places) * cut.parameters +
                                                          static_cast<std::uint64_t>(turn % cut.places) * cut.weights);
    }
  };

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  const Layer& layer(int i) const { return *low_.layers[at(i)]; }
  int layers() const { return static_cast<int>(low_.layers.size()); }
  const Storage& storage(int s) const { return low_.storages[at(s)]; }
  Running running(int i) const { return {i, layer(i), schedule_.cut(i), schedule_.place(i)}; }

  // -------------------------------------------------------------------------------------------------------- other chips
  /// Where a storage of the current image lies in DRAM.
  std::uint64_t dram_address(int s) const {
    if (const Links::Source* source = links_.source(s)) return slot(options_.from[source->link], *source->tensor);
    return dram_.storages[at(s)] + image_ * dram_.strides[at(s)];
  }
  std::uint64_t slot(const PipeLink& link, const PipeLink::Tensor& tensor) const {
    return tensor.address + image_ % (link.slots * options_.micro_batch) * tensor.stride;
  }
  unsigned micro_batch() const { return image_ / options_.micro_batch; }
  bool ends_micro_batch() const { return (image_ + 1) % options_.micro_batch == 0 || image_ + 1 == options_.images; }
  /// The slots of the current micro-batch, at the reader.
  std::vector<Range> slots(const PipeLink& link) const {
    std::vector<Range> ranges;
    for (const PipeLink::Tensor& tensor : link.tensors)
      ranges.push_back(Range::dram(tensor.address + micro_batch() % link.slots * options_.micro_batch * tensor.stride,
                                   options_.micro_batch * tensor.stride));
    return ranges;
  }

  /// Before the first load of what another chip sends: that load waits until all of this micro-batch is there, and with it all loads behind it.
  void await(int s) {
    const Links::Source* source = links_.source(s);
    if (source && links_.first_use(source->link, micro_batch())) arrival_ = contract::Slot::on(options_.from[source->link].arrived);
  }

  /// A STORE's bytes to the same place of a slot of another chip. The first of a micro-batch waits for the slot.
  void send(const contract::Store& store, std::uint64_t offset, const Links::Target& target) {
    const PipeLink& link = options_.to[target.link];
    contract::Send c;
    c.chip = link.chip;
    c.remote_space = static_cast<std::uint32_t>(contract::Space::dram);
    c.remote_base = slot(link, *target.tensor) + offset;
    c.local_base = store.local_base;
    c.local_run = store.local_run;
    c.remote_run = store.dram_run;
    c.remote_count0 = store.dram_count0;
    c.remote_stride0 = store.dram_stride0;
    if (links_.first_send(target.link, micro_batch())) c.slots.wait0 = contract::Slot::on(link.credit);
    stream_.emit(c, {Range::sp(c.local_base, c.local_run)}, {}, emitter_.layer);
  }

  /// Behind layer i: tells readers whose tensors are now complete, and makers whose slots are no longer read.
  void hand_over(int i) {
    if (!ends_micro_batch()) return;
    const auto signal = [&](unsigned chip, unsigned semaphore, const std::vector<Range>& done_with) {
      contract::SignalRemote c;
      c.chip = chip;
      c.remote_signal = contract::Slot::on(semaphore).code;
      stream_.emit(c, {}, done_with, layer(i).op);
    };
    for (std::size_t l = 0; l < options_.to.size(); ++l)
      if (links_.last_maker(l) == i) signal(options_.to[l].chip, options_.to[l].arrived, {});
    for (std::size_t l = 0; l < options_.from.size(); ++l)
      if (links_.last_reader(l) == i) signal(options_.from[l].chip, options_.from[l].credit, slots(options_.from[l]));
  }

  // --------------------------------------------------------------------------------------------------------------- loads
  /// `rows` runs of `run` bytes that lie `stride` bytes apart in DRAM, packed.
  void load(std::uint64_t from, std::uint32_t to, std::uint64_t run, int rows = 1, std::int64_t stride = 0) {
    const std::uint64_t bytes = run * static_cast<std::uint64_t>(rows);
    if (bytes == 0) return;
    if (stride == static_cast<std::int64_t>(run)) run = bytes, rows = 1;
    for (int row = 0; row < rows; row += largest_count) {
      contract::Load c;
      c.dram_base = from + static_cast<std::uint64_t>(row * stride);
      c.dram_run = static_cast<std::uint32_t>(run);
      c.dram_count0 = static_cast<std::uint32_t>(std::min(rows - row, largest_count));
      c.dram_stride0 = c.dram_count0 > 1 ? static_cast<std::int32_t>(stride) : 0;
      c.local_base = to + static_cast<std::uint32_t>(static_cast<std::uint64_t>(row) * run);
      c.local_run = c.dram_run * c.dram_count0;
      c.slots.wait0 = std::exchange(arrival_, {});
      stream_.emit(c, {Range::dram(c.dram_base, (c.dram_count0 - 1) * static_cast<std::uint64_t>(stride) + run)},
                   {Range::sp(c.local_base, c.local_run)}, emitter_.layer);
    }
  }

  /// The whole image of a swapped input, turned while it is written.
  void load_swapped(int s) {
    const Storage& st = storage(s);
    contract::Load c;
    c.dram_base = dram_address(s);
    c.dram_run = static_cast<std::uint32_t>(st.bytes);
    c.local_base = schedule_.address(s);
    c.local_run = 1;
    c.local_count0 = static_cast<std::uint32_t>(st.swap_w);
    c.local_stride0 = st.swap_h;
    c.local_count1 = static_cast<std::uint32_t>(st.swap_h);
    c.local_stride1 = 1;
    c.slots.wait0 = std::exchange(arrival_, {});
    stream_.emit(c, {Range::dram(c.dram_base, st.bytes)}, {Range::sp(c.local_base, st.bytes)}, emitter_.layer);
  }

  /// Makes the first `bytes` of a resident network input or constant present.
  void load_input_up_to(int s, std::uint64_t bytes) {
    std::uint64_t& done = input_loaded_[at(s)];
    if (done >= bytes) return;
    await(s);
    if (storage(s).swap_h) {
      load_swapped(s);
      done = storage(s).bytes;
      return;
    }
    load(dram_address(s) + done, schedule_.address(s) + static_cast<std::uint32_t>(done), bytes - done);
    done = bytes;
  }

  /// What a tile reads of input k: all of a resident tensor, or a slab of its rows (and of those perhaps a slice) loaded for it.
  View input_view(const Running& r, unsigned k, const Tile& tile, int turn) {
    const Operand& in = r.layer.inputs[k];
    View v;
    v.row_bytes = in.row_bytes;
    const auto [r0, r1] = r.layer.needs(k, tile.y0, tile.y1);
    const std::uint64_t row_bytes = static_cast<std::uint64_t>(in.row_bytes);
    if (schedule_.resident(in.storage)) {
      v.base = schedule_.address(in.storage);
      v.rows = in.rows;
      if (storage(in.storage).from_dram())
        load_input_up_to(in.storage, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(r1) * row_bytes));
      return v;
    }
    const Slice slice = r.layer.columns(k, tile);
    v.base = r.place.slab[k][at(turn % r.cut.buffers)];
    v.row0 = r0;
    v.rows = r1 - r0;
    v.row_bytes = slice.bytes;
    v.lane0 = slice.first;
    await(in.storage);
    load(dram_address(in.storage) + static_cast<std::uint64_t>(r0) * row_bytes + static_cast<std::uint64_t>(slice.first), v.base,
         static_cast<std::uint64_t>(slice.bytes), v.rows, in.row_bytes);
    return v;
  }
  std::vector<View> input_views(const Running& r, const Tile& tile, int turn) {
    std::vector<View> views;
    for (unsigned k = 0; k < r.layer.inputs.size(); ++k) views.push_back(input_view(r, k, tile, turn));
    return views;
  }

  void load_weights(const Running& r, int n0, int n1, std::uint32_t to) {
    load(dram_.weights[at(r.index)] + static_cast<std::uint64_t>(n0) * r.layer.tile_bytes(), to,
         static_cast<std::uint64_t>(n1 - n0) * r.layer.tile_bytes());
  }
  void load_parameters(const Running& r, int n0, int n1, std::uint32_t to) {
    if (r.layer.parameters.empty()) return;
    const std::uint64_t tile = std::uint64_t{machine_.word} * contract::parameter_bytes;
    load(dram_.parameters[at(r.index)] + static_cast<std::uint64_t>(n0) * tile, to, static_cast<std::uint64_t>(n1 - n0) * tile);
    emitter_.held_parameters = ~0u;
  }
  void load_all_parameters(const Running& r) { load(dram_.parameters[at(r.index)], r.parameters(0), r.layer.parameters.size()); }

  // --------------------------------------------------------------------------------------------------------------- tiles
  /// Rows go to DRAM, to other chips, or both.
  void store_rows(const Layer& l, const Tile& tile, const View& out, bool stored) {
    contract::Store c;
    const int s = l.output.storage;
    const std::uint64_t bytes = static_cast<std::uint64_t>(tile.y1 - tile.y0) * static_cast<std::uint64_t>(out.row_bytes);
    c.local_base = out.row(tile.y0);
    c.local_run = static_cast<std::uint32_t>(bytes);
    if (l.share && out.row_bytes == l.output.row_bytes && l.share->channels < l.share->all) {
      store_share(l, tile, out);
      return;
    }
    std::uint64_t offset = static_cast<std::uint64_t>(tile.y0) * static_cast<std::uint64_t>(l.output.row_bytes);
    c.dram_run = c.local_run;
    std::uint64_t span = bytes;
    if (out.row_bytes != l.output.row_bytes) {  // a slice of the channels
      const int all = l.pixel();
      const Slice slice = slice_of(l, out);
      offset += static_cast<std::uint64_t>(slice.first);
      c.dram_run = static_cast<std::uint32_t>(slice.bytes);
      c.dram_count0 = static_cast<std::uint32_t>(bytes / static_cast<std::uint64_t>(slice.bytes));
      c.dram_stride0 = all;
      span = static_cast<std::uint64_t>(c.dram_count0 - 1) * static_cast<std::uint64_t>(all) + static_cast<std::uint64_t>(slice.bytes);
    }
    if (stored) {
      c.dram_base = dram_address(s) + offset;
      stream_.emit(c, {Range::sp(c.local_base, bytes)}, {Range::dram(c.dram_base, span)}, emitter_.layer);
    }
    for (const Links::Target& target : links_.targets(s)) send(c, offset, target);
  }

  /// This chip's channels of a resident tensor to DRAM.
  void store_share(const Layer& l, const Tile& tile, const View& out) {
    const int pixel = l.pixel(), pixels = (tile.y1 - tile.y0) * (l.output.row_bytes / pixel);
    const std::uint64_t first = static_cast<std::uint64_t>(tile.y0) * static_cast<std::uint64_t>(l.output.row_bytes) +
                                static_cast<std::uint64_t>(l.share->first);
    for (int at = 0; at < pixels; at += largest_count) {
      contract::Store c;
      const std::uint64_t skipped = static_cast<std::uint64_t>(at) * static_cast<std::uint64_t>(pixel);
      c.local_base = out.row(tile.y0) + static_cast<std::uint32_t>(l.share->first) + static_cast<std::uint32_t>(skipped);
      c.dram_base = dram_address(l.output.storage) + first + skipped;
      c.local_run = c.dram_run = static_cast<std::uint32_t>(l.share->channels);
      c.local_count0 = c.dram_count0 = static_cast<std::uint32_t>(std::min(largest_count, pixels - at));
      c.local_stride0 = c.dram_stride0 = c.dram_count0 > 1 ? pixel : 0;
      const std::uint64_t span = std::uint64_t{c.dram_count0 - 1} * static_cast<std::uint64_t>(pixel) + c.dram_run;
      stream_.emit(c, {Range::sp(c.local_base, span)}, {Range::dram(c.dram_base, span)}, emitter_.layer);
    }
  }

  /// The channels a view of an output holds.
  static Slice slice_of(const Layer& l, const View& out) {
    const int pixels = l.output.row_bytes / l.pixel();
    return {out.lane0, out.row_bytes / pixels};
  }

  /// Where a tile writes: into the resident tensor or an output buffer, which holds only the channels of streamed N tiles, and of this chip.
  View output_view(const Running& r, const Tile& tile, int turn) const {
    const Layer& l = r.layer;
    View out;
    out.row_bytes = l.output.row_bytes;
    if (schedule_.resident(l.output.storage)) {
      out.base = schedule_.address(l.output.storage);
      out.rows = l.output.rows;
      return out;
    }
    out.base = r.place.out[at(turn % r.cut.buffers)];
    out.row0 = tile.y0;
    out.rows = tile.y1 - tile.y0;
    if (l.n_tiles() > 0) {
      const Slice slice = r.cut.tiles > 0 ? l.lanes(tile.n0, tile.n1) : l.lanes(0, l.n_tiles());
      out.lane0 = slice.first;
      out.row_bytes = l.output.row_bytes / l.pixel() * slice.bytes;
    }
    return out;
  }

  /// Rows go to DRAM and to other chips when all their N tiles are there, streamed slices at once.
  void store_if_complete(const Running& r, const Tile& tile, const View& out) {
    const int s = r.layer.output.storage;
    const bool stays = schedule_.resident(s), slices = r.cut.tiles > 0, complete = tile.n1 == r.layer.n_tiles();
    const bool stored = storage(s).is_output || (!stays && links_.read_here(s));
    // A gathered tensor goes to DRAM when the others' channels are there, too, if it is gathered in the scratchpad.
    if ((stored || !links_.targets(s).empty()) && (stays ? complete && !(r.layer.gathered && in_scratchpad(s)) : complete || slices))
      store_rows(r.layer, tile, out, stored);
    if (r.layer.gathered && (complete || slices)) send_rows(r, tile, out);
  }

  // --------------------------------------------------------------------------------------------------- chips of the group
  /// Where a gathered tensor is put together.
  bool in_scratchpad(int s) const { return alike_ && schedule_.resident(s); }
  Range whole_output(const Layer& l) const {
    const int s = l.output.storage;
    return in_scratchpad(s) ? Range::sp(schedule_.address(s), storage(s).bytes) : Range::dram(dram_address(s), storage(s).bytes);
  }

  /// This chip's channels of a tile's rows to the same place of every other chip.
  void send_rows(const Running& r, const Tile& tile, const View& out) {
    const Layer& l = r.layer;
    const int s = l.output.storage;
    const bool stays = schedule_.resident(s), to_scratchpad = in_scratchpad(s);
    const int pixel = l.pixel(), per_row = l.output.row_bytes / pixel;
    const Slice slice = r.cut.tiles > 0 ? l.lanes(tile.n0, tile.n1) : l.lanes(0, l.n_tiles());
    Gather::Block block;
    block.to_dram = !to_scratchpad;
    block.from = out.row(tile.y0) + static_cast<std::uint32_t>(stays ? slice.first : 0);
    block.to = (to_scratchpad ? std::uint64_t{schedule_.address(s)} : dram_address(s)) +
               static_cast<std::uint64_t>(tile.y0) * static_cast<std::uint64_t>(l.output.row_bytes) + static_cast<std::uint64_t>(slice.first);
    block.run = slice.bytes;
    block.count = (tile.y1 - tile.y0) * per_row;
    block.from_step = stays ? pixel : slice.bytes;
    block.to_step = pixel;
    gather_.send(*l.share, block, tile.y1 == l.output.rows && tile.n1 == l.n_tiles(), l.op);
  }

  void end_gather(const Running& r) {
    gather_.receive(*r.layer.share, whole_output(r.layer), r.layer.op);
    const int s = r.layer.output.storage;
    if (!in_scratchpad(s) || !storage(s).is_output) return;
    contract::Store c;
    c.local_base = schedule_.address(s);
    c.dram_base = dram_address(s);
    c.local_run = c.dram_run = static_cast<std::uint32_t>(storage(s).bytes);
    stream_.emit(c, {Range::sp(c.local_base, c.local_run)}, {Range::dram(c.dram_base, c.dram_run)}, r.layer.op);
  }

  void emit_tile(const Running& r, const Constants& constants, const Tile& tile, int turn, const std::vector<View>& in) {
    const View out = output_view(r, tile, turn);
    r.layer.emit(emitter_, constants, tile, in, out);
    store_if_complete(r, tile, out);
  }

  // -------------------------------------------------------------------------------------------------------------- chains
  /// A chained layer follows the one before it row by row.
  void begin_chain(int i) {
    chain_ = i + 1 < layers() && schedule_.chained(i + 1) ? i + 1 : -1;
    chain_done_ = 0;
    if (chain_ < 0) return;
    emitter_.layer = layer(chain_).op;
    load_all_parameters(running(chain_));
    emitter_.layer = layer(i).op;
  }
  /// Runs the rows whose operands are there after `rows` rows of the layer before.
  void advance_chain(const Layer& before, int rows) {
    if (chain_ < 0) return;
    const Running r = running(chain_);
    const std::int64_t bytes = static_cast<std::int64_t>(rows) * before.output.row_bytes;
    const int ready = static_cast<int>(std::min<std::int64_t>(r.layer.output.rows, bytes / r.layer.output.row_bytes));
    if (ready <= chain_done_) return;
    emitter_.layer = r.layer.op;
    const Tile tile{chain_done_, ready, 0, r.layer.n_tiles(), {}};
    emit_tile(r, {0, r.parameters(0), 0}, tile, 0, input_views(r, tile, 0));
    emitter_.layer = before.op;
    chain_done_ = ready;
  }

  // -------------------------------------------------------------------------------------------------------------- layers
  void emit_layer(int i) {
    const Running r = running(i);
    emitter_.layer = r.layer.op;
    emitter_.held_parameters = emitter_.held_table = ~0u;
    begin_chain(i);
    if (r.layer.gathered) gather_.begin(*r.layer.share, whole_output(r.layer), r.layer.op);
    if (r.layer.empty()) {
      // The other chips have it all.
    } else if (r.cut.passes > 0)
      emit_in_parts(r);
    else if (r.cut.tiles > 0)
      emit_in_chunks(r);
    else
      emit_at_once(r);
    if (r.layer.gathered) end_gather(r);
    advance_chain(r.layer, r.layer.output.rows);
  }

  static Part whole(const Layer& l) { return l.parts(INT_MAX).front(); }

  /// Rows from y0 on for N tiles [n0, n1).
  void emit_rows(const Running& r, const Constants& constants, int n0, int n1, int y0, int& turn) {
    const Part all = whole(r.layer);
    for (int y = y0; y < r.layer.output.rows; y += r.cut.rows, ++turn) {
      const Tile tile{y, std::min(r.layer.output.rows, y + r.cut.rows), n0, n1, all};
      emit_tile(r, constants, tile, turn, input_views(r, tile, turn));
      if (r.cut.tiles == 0) advance_chain(r.layer, tile.y1);
    }
  }

  /// Weights in chunks of N tiles, and for each of them all rows.
  void emit_in_chunks(const Running& r) {
    int turn = 0, chunk = 0;
    for (int n0 = 0; n0 < r.layer.n_tiles(); n0 += r.cut.tiles, ++chunk) {
      const int n1 = std::min(r.layer.n_tiles(), n0 + r.cut.tiles);
      const Constants constants{r.weights(chunk), r.parameters(chunk), n0};
      load_weights(r, n0, n1, constants.weights);
      load_parameters(r, n0, n1, constants.parameters);
      emit_rows(r, constants, n0, n1, 0, turn);
    }
  }

  /// Sums in parts: the sums of a tile stay in the accumulators while the weights of its N tiles - and, where a part reads only a
  /// slice of the input, that slice - come by.
  void emit_in_parts(const Running& r) {
    const Layer& l = r.layer;
    const std::vector<Part> parts = l.parts(r.cut.passes);
    const std::uint64_t pass = std::uint64_t{machine_.word} * machine_.word;
    int chunk = 0, weight_turn = 0, in_turn = 0, out_turn = 0;
    for (int n0 = 0; n0 < l.n_tiles(); n0 += r.cut.tiles, ++chunk) {
      Tile tile{0, 0, n0, std::min(l.n_tiles(), n0 + r.cut.tiles), {}};
      load_parameters(r, n0, tile.n1, r.parameters(chunk));
      for (; tile.y0 < l.output.rows; tile.y0 = tile.y1, ++out_turn) {
        tile.y1 = std::min(l.output.rows, tile.y0 + r.cut.rows);
        const View out = output_view(r, tile, out_turn);
        std::vector<View> in;
        for (const Part& part : parts) {
          tile.part = part;
          if (in.empty() || l.columns(0, tile).bytes < l.inputs[0].row_bytes) in = input_views(r, tile, in_turn++);
          const Constants constants{r.weights(weight_turn++), r.parameters(chunk), n0};
          load(dram_.weights[at(r.index)] + static_cast<std::uint64_t>(n0) * l.tile_bytes() + static_cast<std::uint64_t>(part.first) * pass,
               constants.weights, static_cast<std::uint64_t>(part.last - part.first) * pass, tile.n1 - n0,
               static_cast<std::int64_t>(l.tile_bytes()));
          l.emit(emitter_, constants, tile, in, out);
        }
        store_if_complete(r, tile, out);
      }
    }
  }

  /// All weights stay. The first tile of rows may start with the first N tiles' weights: worth the extra commands where weights
  /// are waited for.
  void emit_at_once(const Running& r) {
    const Layer& l = r.layer;
    const int tiles = l.n_tiles();
    const std::uint64_t chunk_bytes = r.index == 0 ? 2048 : 16384;
    const int step = tiles == 0 ? 0 : std::max(1, static_cast<int>(chunk_bytes / std::max<std::size_t>(1, l.tile_bytes())));
    const Constants constants{r.weights(0), r.parameters(0), 0};
    int from = 0, turn = 0;
    if (tiles > step) {
      from = std::min(l.output.rows, r.cut.rows);
      std::vector<View> in;
      for (int n0 = 0; n0 < tiles; n0 += step) {
        const Tile tile{0, from, n0, std::min(tiles, n0 + step), whole(l)};
        load_weights(r, n0, tile.n1, constants.weights + static_cast<std::uint32_t>(static_cast<std::size_t>(n0) * l.tile_bytes()));
        if (n0 == 0) {
          in = input_views(r, {0, from, 0, tiles, tile.part}, turn);
          load_all_parameters(r);
        }
        emit_tile(r, constants, tile, turn, in);
      }
      advance_chain(l, from);
      ++turn;
    } else {
      load_weights(r, 0, tiles, constants.weights);
      load_all_parameters(r);
    }
    emit_rows(r, constants, 0, tiles, from, turn);
  }

  void mark(std::uint32_t tag, int op) {
    contract::Mark m;
    m.queue = contract::Queue::post;
    m.tag = tag;
    stream_.emit(m, {}, {}, op);
    ++plan_.marks;
  }

  void finish() {
    for (const Stream::Entry& e : stream_.finish()) {
      plan_.commands.push_back(e.command);
      plan_.layer_of_command.push_back(e.layer);
    }
    for (std::size_t s = 0; s < low_.storages.size(); ++s) {
      const Storage& st = low_.storages[s];
      const PlanTensor tensor{st.tensor, dram_.storages[s], st.bytes, dram_.strides[s], {}};
      if (st.is_input && !links_.source(static_cast<int>(s))) plan_.inputs.push_back(tensor);
      if (st.is_output) plan_.outputs.push_back(tensor);
    }
    for (int i = 0; i < layers(); ++i)
      if (layer(i).share && !layer(i).gathered)
        for (PlanTensor& out : plan_.outputs)
          if (out.tensor == storage(layer(i).output.storage).tensor)
            out.slice = PlanTensor::Slice{static_cast<std::size_t>(layer(i).share->all), static_cast<std::size_t>(layer(i).share->first),
                                          static_cast<std::size_t>(layer(i).share->channels)};
    gather_.note(plan_);
    plan_.machine = machine_;
    plan_.mark_address = dram_.marks;
    plan_.ring_address = dram_.ring;
    plan_.ring_size = power_of_two(plan_.commands.size());
    plan_.mark_size = power_of_two(plan_.marks);
    plan_.dram_bytes = dram_.ring + std::uint64_t{plan_.ring_size} * contract::command_bytes;
    plan_.semaphores[Stream::bank_free] = contract::accumulator_banks;
    for (const PipeLink& link : options_.to) {
      plan_.semaphores[link.credit] = static_cast<std::uint8_t>(link.slots);
      plan_.remote_semaphores |= 1u << link.credit;
      plan_.awaited[link.credit] = "a free slot of " + link.name;
    }
    for (const PipeLink& link : options_.from) {
      plan_.remote_semaphores |= 1u << link.arrived;
      plan_.awaited[link.arrived] = "images from " + link.name;
    }
    plan_.host_before = low_.host_before;
    plan_.host_after = low_.host_after;
    plan_.layers = low_.report;
    for (int i = 0; i < layers(); ++i)
      if (const auto& share = layer(i).share) plan_.layers[at(layer(i).op)].channels = {share->first, share->channels};
    for (int i = 1; i < layers(); ++i)
      if (schedule_.chained(i)) plan_.layers[at(layer(i).op)].note = "runs tile by tile with operator " + std::to_string(layer(i - 1).op);
  }

  const Lowered& low_;
  const Machine& machine_;
  const Schedule& schedule_;
  const DramLayout& dram_;
  const MapOptions& options_;
  const bool alike_;  ///< the chips of the group: what is resident here is so there, at the same address
  Links links_;
  Stream stream_;
  Gather gather_;
  unsigned image_ = 0;                       ///< the one being emitted
  contract::Slot arrival_;                   ///< what the next load waits for besides
  std::vector<std::uint64_t> input_loaded_;  ///< by storage: bytes of a resident one that are there already
  int chain_ = -1, chain_done_ = 0;          ///< the layer chained to the one being emitted, and how many rows of it are done
  Emitter emitter_;
  Plan plan_;
};

}  // namespace

DramLayout::DramLayout(const Lowered& lowered, const Schedule& schedule, const MapOptions& options, bool outputs_first)
    : storages(lowered.storages.size()), strides(lowered.storages.size()) {
  const auto whole_pages = [](std::uint64_t bytes) { return (bytes + 4095) / 4096 * 4096; };
  std::uint64_t next = whole_pages(options.dram_base);
  const auto take = [&](std::uint64_t bytes) {
    const std::uint64_t address = next;
    next += whole_pages(bytes);
    return address;
  };
  const auto take_storages = [&](bool outputs, bool others) {
    for (std::size_t i = 0; i < lowered.storages.size(); ++i) {
      const Storage& s = lowered.storages[i];
      if (!(s.is_output ? outputs : others)) continue;
      const bool each = options.images > 1 && (s.is_input || s.is_output);
      strides[i] = each ? (s.bytes + 63) / 64 * 64 : 0;
      if (s.from_dram() || s.is_output || !schedule.resident(static_cast<int>(i))) storages[i] = take(each ? options.images * strides[i] : s.bytes);
    }
  };
  if (outputs_first) take_storages(true, false);
  for (const LayerPtr& layer : lowered.layers) {
    parameters.push_back(take(layer->parameters.size()));
    weights.push_back(take(layer->weights().size()));
  }
  take_storages(!outputs_first, true);
  marks = take(std::uint64_t{contract::mark_bytes} * power_of_two((options.images > 1 ? options.images : lowered.report.size()) + 1));
  ring = next;
}

Plan emit_plan(const Lowered& lowered, const Machine& machine, const Schedule& schedule, const DramLayout& dram, const MapOptions& options,
               const Group& group) {
  return Emission(lowered, machine, schedule, dram, options, group).run();
}

}  // namespace twill::mapper
