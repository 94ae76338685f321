// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "arena.hpp"
#include "cut.hpp"
#include "layer.hpp"

namespace twill::mapper {

/// Scratchpad addresses of what a layer uses beside resident tensors: one of each slab and of the output for every buffer.
struct Place {
  std::uint32_t constants = 0;
  std::vector<std::array<std::uint32_t, 2>> slab;
  std::array<std::uint32_t, 2> out{0, 0};
};

/// Which tensors stay in the scratchpad, how every layer is cut and where everything lies.
///
/// All activations stay in the scratchpad when they fit. Where a layer's live bytes do not fit, the largest tensors are kept
/// in DRAM instead: their producer stores them tile by tile and their readers load the rows each tile needs, both through
/// double buffers.
class Schedule {
 public:
  struct DoesNotFit {
    int layer;
  };

  /// Tensors of more than `largest_resident` bytes are kept in DRAM from the start. Throws DoesNotFit for a layer of which not
  /// even one tile fits.
  Schedule(const Lowered& lowered, const Machine& machine, bool every_layer, std::uint64_t largest_resident);

  const Cut& cut(int layer) const { return cuts_[at(layer)]; }
  const Place& place(int layer) const { return places_[at(layer)]; }
  /// The layer runs tile by tile with the one before it.
  bool chained(int layer) const { return chained_[at(layer)]; }
  bool resident(int storage) const { return resident_[at(storage)]; }
  /// Scratchpad address of a resident storage.
  std::uint32_t address(int storage) const { return address_[at(storage)]; }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  std::uint64_t align(std::uint64_t bytes) const { return (bytes + machine_.word - 1) / machine_.word * machine_.word; }
  const Layer& layer(int i) const { return *low_.layers[at(i)]; }
  int layers() const { return static_cast<int>(low_.layers.size()); }

  void find_lifetimes();
  void find_chains();
  void drop_chain_of_spilled();
  std::uint64_t live_bytes(int i) const;
  Residence residence(int i) const;
  bool hopeless(int i) const;
  void fit(int i);
  void reserve_prefetch();
  std::optional<Arena::Failure> place_all();

  const Lowered& low_;
  const Machine& machine_;
  std::vector<int> first_, last_;  ///< by storage: layers during which it lives
  std::vector<bool> resident_, chained_;
  std::vector<Cut> cuts_;
  std::vector<std::uint64_t> slack_;  ///< by layer: bytes left unused so that the rest finds gaps
  std::vector<Place> places_;
  std::vector<std::uint32_t> address_;
};

}  // namespace twill::mapper
