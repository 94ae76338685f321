// SPDX-License-Identifier: Apache-2.0
// The Verilated scratchpad with its ports in priority order.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <type_traits>

#include "pins.hpp"

namespace scratchpad {

inline constexpr int banks = 8;

template <typename Chip>
struct ReadPort {
  const char* name;
  std::uint8_t* req;
  std::uint32_t* addr;
  const std::uint8_t* gnt;
  std::remove_reference_t<decltype(Chip::weights_rdata_o)>* rdata;
};

template <typename Chip>
struct WritePort {
  const char* name;
  std::uint8_t* req;
  std::uint32_t* addr;
  std::remove_reference_t<decltype(Chip::postw_data_i)>* data;
  std::remove_reference_t<decltype(Chip::postw_be_i)>* be;
  const std::uint8_t* gnt;
};

template <typename Chip>
struct Bench {
  std::unique_ptr<Chip> chip = std::make_unique<Chip>();
  std::array<ReadPort<Chip>, 7> reads;
  std::array<WritePort<Chip>, 3> writes;

#define READ_PORT(p) {#p, &chip->p##_req_i, &chip->p##_addr_i, &chip->p##_gnt_o, &chip->p##_rdata_o}
#define WRITE_PORT(p) {#p, &chip->p##_req_i, &chip->p##_addr_i, &chip->p##_data_i, &chip->p##_be_i, &chip->p##_gnt_o}
  Bench()
      : reads{{READ_PORT(weights), READ_PORT(post), READ_PORT(feeder), READ_PORT(store), READ_PORT(load), READ_PORT(send), READ_PORT(add)}},
        writes{{WRITE_PORT(postw), WRITE_PORT(loadw), WRITE_PORT(netw)}} {
    chip->rst_ni = 0;
    clock();
    clock();
    chip->rst_ni = 1;
  }
#undef READ_PORT
#undef WRITE_PORT

  void settle() { chip->eval(); }
  void clock() {
    chip->clk_i = 1;
    chip->eval();
    chip->clk_i = 0;
    chip->eval();
  }
};

/// The memories (bank * 2 + odd) that the word at addr touches, by going through its bytes one by one.
inline std::uint32_t memories(std::uint32_t addr, std::uint32_t word, std::uint32_t size) {
  std::uint32_t set = 0;
  for (std::uint32_t i = 0; i < word; ++i) {
    const std::uint32_t a = (addr + i) % size;
    set |= 1u << (a / (size / banks) * 2 + a / word % 2);
  }
  return set;
}

}  // namespace scratchpad
