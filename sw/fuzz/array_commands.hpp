// SPDX-License-Identifier: Apache-2.0
// Random CONV and DEPTHWISE commands over images lying somewhere in the scratchpad: every stride, padding, dilation, channel
// slice and tile count the contract allows, small enough to run thousands.
#pragma once
#include <algorithm>
#include <cstdint>
#include <variant>

#include "twill/contract.hpp"

namespace twill::fuzz {

using ArrayCommand = std::variant<contract::Conv, contract::Depthwise>;

/// Bits: a generator of at least 32 random bits.
template <class Bits>
class ArrayCommands {
 public:
  ArrayCommands(Bits& random, int word, int acc_words, int scratchpad_bytes)
      : random_(random), word_(word), acc_words_(acc_words), scratchpad_bytes_(scratchpad_bytes) {}

  ArrayCommand next() { return pick(0, 1) ? ArrayCommand(conv()) : ArrayCommand(depthwise()); }

  contract::Conv conv() {
    contract::Conv c;
    while (!try_conv(c)) c = {};
    return c;
  }

  contract::Depthwise depthwise() {
    contract::Depthwise d;
    while (!try_depthwise(d)) d = {};
    return d;
  }

  /// Calls `zero` with the address of each weight byte that must be zero.
  template <typename Zero>
  void unused_rows(const contract::Depthwise& d, Zero&& zero) const {
    for (unsigned pass = 0; pass < d.tiles * d.phases_x * d.phases_y * d.blocks; ++pass)
      for (unsigned at = d.rows * d.kernel_w * word_; at < static_cast<unsigned>(word_ * word_); ++at)
        zero(d.weight_base + pass * word_ * word_ + at);
  }

  int pick(int low, int high) { return low + static_cast<int>((random_() & 0xffffffffu) % (static_cast<unsigned>(high - low) + 1)); }

 private:
  static constexpr int limit = 4000;  // bytes of an image
  Bits& random_;
  int word_, acc_words_, scratchpad_bytes_;

  void outputs(std::uint32_t& w, std::uint32_t& h) {
    switch (pick(0, 4)) {
      case 0: w = h = 1; break;
      case 1: w = pick(1, word_ + 4), h = 1; break;
      default: w = pick(1, 14), h = pick(1, 6);
    }
    while (static_cast<int>(w * h) > acc_words_) h = 1, w = std::min<unsigned>(w, acc_words_);
  }

  /// False when the weights do not fit into this little memory.
  template <typename C>
  bool place(C& c, int passes) {
    if (passes * word_ * word_ > scratchpad_bytes_) return false;
    c.weight_base = pick(0, scratchpad_bytes_ - passes * word_ * word_);
    c.accumulate = pick(0, 3) == 0;
    c.acc_base = pick(0, 3) * acc_words_ / 4;
    return true;
  }

  bool try_conv(contract::Conv& c) {
    const int channels = pick(1, 2 * word_ + 3), dilation = pick(0, 3) ? 1 : pick(2, 3);
    const int kernel_h = pick(1, 3), kernel_w = pick(1, 4), stride_y = pick(1, 4), stride_x = pick(1, 4);
    outputs(c.out_w, c.out_h);
    const int pad_top = pick(0, kernel_h), pad_left = pick(0, kernel_w), groups = pick(1, 3);
    const int pixel = channels + (pick(0, 2) ? 0 : pick(1, 5));  // a slice of a wider image now and then
    int in_w = std::max(1, (static_cast<int>(c.out_w) - 1) * stride_x + (kernel_w - 1) * dilation + 1 - pad_left - pick(0, kernel_w));
    int in_h = std::max(1, (static_cast<int>(c.out_h) - 1) * stride_y + (kernel_h - 1) * dilation + 1 - pad_top - pick(0, kernel_h));
    const int pitch = in_w * pixel;
    while (in_h > 1 && in_h * pitch > limit) --in_h;
    const bool dense = dilation == 1 && pixel == channels;
    c.tiles = groups;
    c.n_step = pick(0, 1) ? 0 : static_cast<std::uint32_t>(pick(0, 3));
    const int image = pick(0, scratchpad_bytes_ - in_h * pitch - 16);
    c.in_base = static_cast<std::uint32_t>(image - pad_top * pitch - pad_left * pixel) & 0xffffff;
    c.zero_point = pick(-128, 127);
    c.kernel_y = kernel_h;
    c.kernel_x = dense ? 1 : kernel_w;
    c.x_step = stride_x * pixel;
    c.kx_step = dense ? static_cast<std::uint32_t>(pick(0, 65535)) : dilation * pixel;  // without effect when dense
    c.y_step = stride_y * pitch;
    c.ky_step = dilation * pitch;
    c.stride_y = stride_y;
    c.dilation_y = dilation;
    c.x_start = -pad_left * pixel;
    c.y_start = -pad_top;
    c.row_bytes = in_w * pixel;
    c.in_rows = in_h;
    c.run_bytes = dense ? kernel_w * channels : channels;
    const int pieces = (static_cast<int>(c.run_bytes) + word_ - 1) / word_;
    return place(c, static_cast<int>(c.tiles) * pieces * static_cast<int>(c.kernel_y * c.kernel_x));
  }

  bool try_depthwise(contract::Depthwise& d) {
    const int channels = pick(1, 2 * word_ + 3);
    d.rows = pick(1, std::min(4, word_));
    d.kernel_w = pick(1, word_ / static_cast<int>(d.rows));
    d.stride_x = pick(1, 4);
    d.stride_y = pick(1, 4);
    d.phases_x = pick(1, 4);
    d.phases_y = pick(1, 4);
    d.blocks = pick(1, 3);
    outputs(d.out_w, d.out_h);
    const int least = std::max(static_cast<int>(d.out_w), static_cast<int>(d.kernel_w));
    d.stream_w = least + pick(0, pick(0, 1) ? 3 : static_cast<int>(d.kernel_w));
    int in_w = std::max(1, static_cast<int>(d.stream_w * d.stride_x) - pick(0, 8)), in_h = pick(1, 12);
    const int pitch = in_w * channels;
    while (in_h > 1 && in_h * pitch > limit) --in_h;
    d.x_start = -pick(0, 4);
    d.y_start = -pick(0, 4);
    d.in_cols = in_w;
    d.in_rows = in_h;
    d.channels = channels;
    d.tiles = (channels + word_ - 1) / word_ + (pick(0, 9) ? 0 : 1);
    d.zero_point = pick(-128, 127);
    const int image = pick(0, scratchpad_bytes_ - in_h * pitch - 16);
    d.in_base = static_cast<std::uint32_t>(image + d.y_start * pitch + d.x_start * channels) & 0xffffff;
    d.x_step = d.stride_x * channels;
    d.phase_x_step = channels;
    d.y_step = d.stride_y * pitch;
    d.phase_y_step = pitch;
    d.block_step = d.rows * d.stride_y * pitch;
    return place(d, static_cast<int>(d.tiles * d.phases_x * d.phases_y * d.blocks));
  }
};

}  // namespace twill::fuzz
