// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/fault.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "twill/noc/crc.hpp"

namespace twill::noc {
namespace {

std::uint64_t seed_of(std::uint64_t seed, unsigned wire) {
  TrafficRandom seeds(seed);
  for (unsigned i = 0; i < wire; ++i) seeds.next();
  return seeds.next();
}

std::uint64_t threshold(double rate) { return static_cast<std::uint64_t>(rate * 0x1p53); }

}  // namespace

FaultyWire::FaultyWire(const LinkFaults& faults, unsigned wire, std::uint64_t dead_from)
    : log_right_(std::log1p(-faults.bit_error_rate)),
      drop_(threshold(faults.drop_rate)),
      duplicate_(threshold(faults.duplicate_rate)),
      dead_from_(dead_from),
      random_(seed_of(faults.seed, wire)) {
  if (faults.bit_error_rate > 0) draw_gap();
  std::copy_if(faults.hits.begin(), faults.hits.end(), std::back_inserter(hits_), [&](const LinkFaults::Hit& h) { return h.wire == wire; });
  std::stable_sort(hits_.begin(), hits_.end(), [](const LinkFaults::Hit& a, const LinkFaults::Hit& b) { return a.cycle < b.cycle; });
}

void FaultyWire::hit(contract::Flit& frame, std::uint64_t cycle) {
  if (hits_.front().cycle > cycle) return;
  for (const unsigned bit : hits_.front().bits) frame.words[bit / 32] ^= 1u << bit % 32;
  hits_.pop_front();
}

// The number of right bits before a wrong one is geometric: one draw an error, not one a bit.
void FaultyWire::draw_gap() {
  const double u = static_cast<double>((random_.next() >> 11) + 1) * 0x1p-53;  // above 0, at most 1
  gap_ = static_cast<std::uint64_t>(std::log(u) / log_right_);
}

unsigned FaultyWire::carry(contract::Flit& frame, std::uint64_t cycle) {
  if (cycle >= dead_from_) return 0;
  if (!hits_.empty()) hit(frame, cycle);
  if (gap_ != never) {
    unsigned bit = 0;
    while (gap_ < frame_bits - bit) {
      bit += static_cast<unsigned>(gap_);
      frame.words[bit / 32] ^= 1u << bit % 32;
      ++bit;
      draw_gap();
    }
    gap_ -= frame_bits - bit;
  }
  if (happens(drop_)) return 0;
  return happens(duplicate_) ? 2 : 1;
}

}  // namespace twill::noc
