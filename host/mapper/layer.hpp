// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <climits>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "stream.hpp"
#include "twill/mapper.hpp"

namespace twill::mapper {

/// The rows of a tensor that lie in the scratchpad: all of a resident tensor, or the slab of a tile.
struct View {
  std::uint32_t base = 0;  ///< address of the first byte of row0
  int row0 = 0, rows = 0;
  int row_bytes = 0;  ///< from row to row
  int lane0 = 0;      ///< first channel held: a slab may hold a slice of them

  std::uint32_t row(int r) const { return base + static_cast<std::uint32_t>((r - row0) * row_bytes); }
};

/// Passes [first, last) of an output's sum: a part of K, when the weights of all of it do not fit the scratchpad.
struct Part {
  int first = 0, last = 0;
};

/// A piece of a layer's work. Parts of one sum are emitted one behind the other.
struct Tile {
  int y0 = 0, y1 = 0;  ///< output rows
  int n0 = 0, n1 = 0;  ///< N tiles
  Part part;
};

/// First byte and number of bytes.
struct Slice {
  int first = 0, bytes = 0;
};

/// The output channels a chip makes of a layer that chips split among them.
struct Share {
  /// Part p has channels [starts[p], starts[p + 1]).
  Share(unsigned part, std::vector<int> starts);

  unsigned parts = 1, part = 0;  ///< into how many, and which is this chip's
  int first = 0, channels = 0;   ///< it may have none
  int all = 0;                   ///< of the layer
  int largest = 0;               ///< channels of the part with the most
  std::vector<int> starts;

  bool has_channels(unsigned of) const { return starts[of] < starts[of + 1]; }
  bool operator==(const Share& o) const { return part == o.part && starts == o.starts; }
};

/// What a layer reads or writes: a storage seen as rows of bytes, the unit of tiling.
struct Operand {
  int storage = -1;
  int rows = 1, row_bytes = 0;
};

/// The stream being written plus what layers share while they emit.
class Emitter {
 public:
  Emitter(const Machine& the_machine, Stream& the_stream) : machine(the_machine), stream(the_stream) {}

  /// Accumulator words of the next tile, or of the one `banks` further on, start here; every tile takes whole banks, in turn.
  std::uint32_t acc_base(std::uint32_t banks = 0) const { return (bank_ + banks) % contract::accumulator_banks * machine.bank_words(); }
  std::uint32_t banks_of(std::uint32_t words, std::uint32_t tiles) const {
    return tiles * ((words + machine.bank_words() - 1) / machine.bank_words());
  }
  void take_banks(std::uint32_t banks) { bank_ = (bank_ + banks) % contract::accumulator_banks; }

  const Machine& machine;
  Stream& stream;
  int layer = -1;                       ///< operator index the commands belong to
  std::uint32_t held_parameters = ~0u;  ///< scratchpad address of the records the requantizer used last, ~0: none
  std::uint32_t held_table = ~0u;

 private:
  std::uint32_t bank_ = 0;
};

/// The scratchpad addresses of a layer's constants: weights and parameters of the N tiles from tile0 on.
struct Constants {
  std::uint32_t weights = 0, parameters = 0;
  int tile0 = 0;
};

/// An operator of the graph lowered onto the chip. A layer is cut into tiles of output rows; all commands of a tile go
/// through emit().
class Layer {
 public:
  virtual ~Layer() = default;

  int op = -1;
  std::vector<Operand> inputs;
  Operand output;
  std::vector<std::uint8_t> parameters;  ///< requantization records or table; scratchpad-resident while the layer runs
  std::optional<Share> share;            ///< of a layer that is split among chips
  bool gathered = false;                 ///< split, and every chip of the group gets the others' channels

  /// Rows of input k that output rows [y0, y1) read.
  virtual std::pair<int, int> needs(unsigned, int y0, int y1) const { return {y0, y1}; }
  /// At most this many output rows a tile; 0 when the layer cannot be cut: it needs everything at once.
  virtual int max_tile_rows(const Machine&) const { return INT_MAX; }
  /// Array words of an output row in a pass; 0 for layers that do not use the array. A tile shorter than a few weight loads
  /// would wait for them.
  virtual int words_per_row() const { return 0; }
  /// The N tiles that can be made one without the other, and the weight bytes of each; 0 tiles: it takes all channels at once.
  virtual int n_tiles() const { return 0; }
  virtual std::size_t tile_bytes() const { return 0; }
  virtual const std::vector<std::uint8_t>& weights() const {
    static const std::vector<std::uint8_t> none;
    return none;
  }
  /// Output channels (bytes of a pixel) in N tiles [n0, n1). Those of a split layer are the chip's own.
  virtual Slice lanes(int, int) const { return {}; }
  /// Bytes of a pixel of the output, whoever makes them; of layers with N tiles.
  int pixel() const { return share ? share->all : lanes(0, n_tiles()).bytes; }
  /// Split, and nothing of it is this chip's.
  bool empty() const { return share && share->channels == 0; }
  /// Every output channel comes from the same channel of the inputs, and the layer only reads those it makes.
  virtual bool channelwise() const { return false; }
  /// The passes of an output's sum, cut into parts of at most `most` that a command can walk; a single part when sums cannot be cut.
  virtual std::vector<Part> parts(int) const { return {Part{}}; }
  /// The bytes of each row of input k that a tile reads.
  virtual Slice columns(unsigned k, const Tile&) const { return {0, inputs[k].row_bytes}; }
  /// True when row tiles write disjoint, increasing byte ranges of the output (so that a following layer may be chained).
  virtual bool ordered() const { return true; }

  /// Emits the commands of a tile. N tiles mean nothing to a layer without, parts to one whose sums cannot be cut.
  virtual void emit(Emitter& e, const Constants& constants, const Tile& tile, const std::vector<View>& in, const View& out) const = 0;
};

using LayerPtr = std::unique_ptr<Layer>;

/// A graph tensor's bytes on the chip; RESHAPE shares them.
struct Storage {
  int tensor = -1;  ///< the tensor that names it
  std::size_t bytes = 0;
  std::vector<std::uint8_t> data;                             ///< of a constant
  bool is_input = false;                                      ///< written to DRAM by the host before the job
  bool is_constant = false;                                   ///< an operand of the model file; lies in DRAM with the weights
  bool is_output = false;                                     ///< read from DRAM by the host after the job
  bool from_dram() const { return is_input || is_constant; }  ///< there before any layer has run
  int swap_h = 0, swap_w = 0;  ///< not 0: an h x w image of single bytes kept w x h in the scratchpad (axis swap at load)
};

/// The graph as layers in execution order.
struct Lowered {
  std::vector<Storage> storages;
  std::vector<int> storage_of;  ///< by tensor, -1 for constants and host tensors
  std::vector<LayerPtr> layers;
  std::vector<int> host_before, host_after;
  std::vector<PlanLayer> report;  ///< one per operator
};

/// A chip's place in a group that splits layers by output channel.
struct Member {
  unsigned rank = 0;
  std::vector<unsigned> parts;  ///< into which a layer may be split, few first; the ranks of the group are a multiple of each
  bool split_all = false;       ///< split every layer that can be, not only where it pays
  bool gather_outputs = true;   ///< network outputs end up on every chip, else each keeps its own channels of them
  std::vector<int> starts{};    ///< not empty: how the channels of a layer are dealt, a part to every rank, instead of equally

  /// Each `parts` ranks in turn split the channels among them.
  Share of(int channels, unsigned parts, const Machine& machine) const;
};

Lowered lower(const Graph& graph, const Machine& machine, const MapOptions& options, const Member& member = {});

// One maker per family; each in its own file.
struct ConvShape {
  int in_h, in_w, in_c, out_h, out_w, out_c;
  int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left, groups;
};
struct ConvConstants {
  const std::int8_t* weights;  ///< OHWI; I = in_c / groups
  const std::int32_t* bias;    ///< may be null
  const std::vector<Multiplier>* requant;
  Clamp clamp;
  int in_zero, out_zero;
};
/// Convolution, grouped convolution, fully connected (1x1 on rows). Chooses pixel packing by itself, but for a split layer.
LayerPtr make_conv(const Machine& machine, const ConvShape& shape, const ConvConstants& constants, bool in_is_swapped,
                   const std::optional<Share>& share = {});
/// Cycles of the array, about; of rank 0 where it is split.
std::int64_t conv_cycles(const Machine& machine, const ConvShape& shape, bool in_is_swapped, const std::optional<Share>& share);
/// True when swapping the image axes at load makes a single-channel convolution cheaper.
bool swap_pays(const Machine& machine, const ConvShape& shape);
/// weights 1HWC, depth multiplier 1.
LayerPtr make_depthwise(const Machine& machine, const ConvShape& shape, const ConvConstants& constants, const std::optional<Share>& share = {});
std::int64_t depthwise_cycles(const Machine& machine, const ConvShape& shape, const std::optional<Share>& share);
struct BinaryShape {
  std::size_t bytes;              ///< of the output
  int inner;                      ///< bytes of a run
  bool broadcast_a, broadcast_b;  ///< one run serves all
};
LayerPtr make_add(const BinaryShape& shape, const AddSub& attributes, int za, int zb, int zo);
LayerPtr make_mul(const BinaryShape& shape, const Mul& attributes, int za, int zb, int zo);
LayerPtr make_lookup(std::size_t bytes, const Table& table);
struct PoolShape {
  int in_h, in_w, channels, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left;
};
LayerPtr make_pool(const PoolShape& shape, bool average, Clamp clamp);
/// Mean over the middle axis of [outer, n, inner].
LayerPtr make_mean(const Machine& machine, int outer, int n, int inner, Multiplier requant, int zi, int zo);
/// Layers that only move bytes. An operand is rows of bytes; an image is height x width x channels.
LayerPtr make_copy(std::size_t bytes);
struct ImageShape {
  int h, w, c;
};
/// The input with `value` around it: top rows above, left columns before, front channels before.
LayerPtr make_pad(ImageShape in, ImageShape out, int top, int left, int front, std::uint8_t value);
/// Row by row, the inputs' rows one behind the other.
LayerPtr make_concatenation(const std::vector<Operand>& parts, const Operand& all);
/// Bytes [offset, offset + part.row_bytes) of every row.
LayerPtr make_slice(const Operand& all, const Operand& part, int offset);
LayerPtr make_transpose(const std::vector<int>& shape, const std::vector<int>& permutation);
LayerPtr make_resize(ImageShape in, ImageShape out, const ResizeNearest& how);

/// What a layer cannot do; lower() turns it into an InputError that names the operator.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

constexpr int ceil_div(int a, int b) { return (a + b - 1) / b; }

constexpr int longest_run = 65520;    ///< of a 16-bit run field, a multiple of every word
constexpr int largest_count = 65535;  ///< of a 16-bit count field

/// A tensor whose shape does not matter as rows: the longest of at most 1,024 bytes that divide it.
Operand plain_rows(std::size_t bytes);

}  // namespace twill::mapper
