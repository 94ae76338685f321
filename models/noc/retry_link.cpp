// SPDX-License-Identifier: Apache-2.0
#include "twill/noc/retry_link.hpp"

#include <algorithm>

#include "power_of_two.hpp"

namespace twill::noc {
namespace {

// A frame with a flit is the flit, and in bits that it leaves 0 (spec/twill.toml, [flit]) what the link adds:
//   201..212 sequence number   213..216 virtual channel   217 question: no flit, only an answer is wanted   224..239 checksum
constexpr unsigned vc_at = 213 - 192, question_at = 217 - 192;
constexpr std::uint32_t added = 0xfffu << (201 - 192) | 0xfu << vc_at | 1u << question_at;

// An answer: 12 bits of places freed for each of 16 virtual channels, then
//   192..203 sequence number expected   204 the last frame was refused   224..239 checksum
constexpr unsigned count_bits = 12;

void put_bits(contract::Flit& frame, unsigned at, std::uint32_t value) {
  frame.words[at / 32] |= value << at % 32;
  if (at % 32 > 32 - count_bits) frame.words[at / 32 + 1] |= value >> (32 - at % 32);
}

std::uint16_t get_bits(const contract::Flit& frame, unsigned at) {
  const std::uint64_t pair = frame.words[at / 32] | std::uint64_t{frame.words[at / 32 + 1]} << 32;
  return static_cast<std::uint16_t>(pair >> at % 32 & ((1u << count_bits) - 1));
}

}  // namespace

RetryTiming::RetryTiming(unsigned link_latency, unsigned link_occupied)
    : latency(link_latency),
      occupied(link_occupied),
      round_trip(2 * latency + 2 * occupied - 1),
      timeout(round_trip + 8 * occupied),
      window((round_trip + occupied - 1) / occupied + 16) {}

RetryLink::Wire::Wire(const LinkFaults& faults, unsigned number, std::uint64_t dead_from, unsigned places)
    : faulty_(faults, number, dead_from), mask_(power_of_two(places) - 1), ring_(mask_ + 1) {}

void RetryLink::Wire::send(contract::Flit frame, std::uint64_t cycle, std::uint64_t due) {
  seal(frame);
  Carried carried{frame, due, false};
  unsigned arriving = faulty_.carry(carried.frame, cycle);
  carried.damaged = !(carried.frame == frame);
  for (; arriving > 0; --arriving) ring_[sent_++ & mask_] = carried;
}

// Places of a wire: frames that arrive twice, in the latency and the window of at most a latency that its sender may run ahead.
RetryLink::RetryLink(const RetryTiming& timing, unsigned replay_limit, const LinkFaults& faults, unsigned number, std::uint64_t dead_from)
    : timing_(timing),
      replay_limit_(replay_limit),
      kept_mask_(power_of_two(timing.window) - 1),
      there_(faults, 2 * number, dead_from, 2 * (2 * timing.latency + contract::flit_bytes + 2)),
      back_(faults, 2 * number + 1, dead_from, 2 * (2 * timing.latency + contract::flit_bytes + 2)),
      sender_(timing.window),
      kept_(kept_mask_ + 1) {}

void RetryLink::pass(const contract::Flit& flit, unsigned vc, std::uint64_t cycle) {
  const unsigned sequence = sender_.add();
  contract::Flit& frame = kept_[sequence & kept_mask_].frame;
  frame = flit;
  frame.words[6] = (frame.words[6] & ~added) | vc << vc_at;
  frame.set_sequence(sequence);
  ++lent_;
  transmit(cycle);
}

void RetryLink::transmit(std::uint64_t cycle) {
  Kept& kept = kept_[sender_.send() & kept_mask_];
  kept.sent_at = cycle;
  put(kept.frame, cycle);
}

void RetryLink::put(const contract::Flit& frame, std::uint64_t cycle) {
  there_.send(frame, cycle, cycle + timing_.latency + timing_.occupied);
  wire_free_ = cycle + timing_.occupied;
  ++frames_;
}

// A nak is of the oldest flit only if that was sent long enough ago: what was under way when the sender went back is refused, too.
void RetryLink::heard(unsigned acknowledged, bool refused, std::uint64_t cycle) {
  heard_at_ = cycle;
  if (acknowledged > 0 || sender_.unacknowledged() == 0) tries_ = 0;
  if (refused && sender_.unacknowledged() > 0 && !sender_.at_base() && oldest().sent_at + timing_.round_trip <= cycle) go_back(cycle);
}

void RetryLink::look_at_time(std::uint64_t cycle) {
  if (failed_in_ != never) return;
  if (sender_.unacknowledged() > 0) {
    if (!sender_.at_base() && oldest().sent_at + timing_.timeout <= cycle) {
      ++timeouts_;
      go_back(cycle);
    }
  } else if (lent_ > 0 && asks_at() <= cycle && wire_free_ <= cycle) {
    ++timeouts_;
    ask(cycle);
  }
  if (sender_.behind() && wire_free_ <= cycle && failed_in_ == never) transmit(cycle);
}

void RetryLink::go_back(std::uint64_t cycle) {
  try_again(cycle);
  sender_.go_back();
  ++replays_;
}

// Credits that do not come home may be lost with an answer, or the places are taken: any answer tells.
void RetryLink::ask(std::uint64_t cycle) {
  try_again(cycle);
  asked_at_ = cycle;
  contract::Flit question;
  question.words[6] = 1u << question_at;
  put(question, cycle);
}

void RetryLink::try_again(std::uint64_t cycle) {
  if (++tries_ > replay_limit_) failed_in_ = std::min(failed_in_, cycle);
}

std::uint64_t RetryLink::sender_event() const {
  std::uint64_t next = back_.due();
  if (failed_in_ != never) return next;
  if (sender_.behind()) next = std::min(next, wire_free_);
  if (sender_.unacknowledged() > 0) {
    if (!sender_.at_base()) next = std::min(next, oldest().sent_at + timing_.timeout);
  } else if (lent_ > 0) {
    next = std::min(next, std::max(asks_at(), wire_free_));
  }
  return next;
}

bool RetryLink::read(const Carried& carried, Sender::Answer& answer) {
  const bool whole = intact(carried.frame);
  if (whole && carried.damaged) {
    answer_missed_in_ = std::min(answer_missed_in_, carried.due);
    failed_in_ = std::min(failed_in_, carried.due);
  }
  if (!whole || carried.damaged) {
    ++answer_errors_;
    return false;
  }
  for (unsigned vc = 0; vc < vcs; ++vc) answer.freed[vc] = get_bits(carried.frame, vc * count_bits);
  answer.expected = get_bits(carried.frame, 192);
  answer.refused = carried.frame.words[6] >> (204 - 192) & 1u;
  return true;
}

bool RetryLink::accept(const Carried& carried, contract::Flit& flit, unsigned& vc) {
  news_ = true;
  const bool whole = intact(carried.frame);
  if (whole && carried.damaged) missed_in_ = std::min(missed_in_, carried.due);
  const bool right = whole && !carried.damaged;
  crc_errors_ += !right;
  flit = carried.frame;
  if (right && (flit.words[6] >> question_at & 1u)) return false;
  if (!receiver_.receive(right, flit.sequence())) return false;
  vc = flit.words[6] >> vc_at & 0xfu;
  flit.words[6] &= ~added;
  flit.set_crc(0);
  return true;
}

void RetryLink::end_receiver(std::uint64_t cycle) {
  if (!news_ || back_free_ > cycle) return;
  const Receiver::Answer& answer = receiver_.answer();
  contract::Flit frame;
  for (unsigned vc = 0; vc < vcs; ++vc) put_bits(frame, vc * count_bits, answer.freed[vc]);
  frame.words[6] = answer.expected | std::uint32_t{answer.refused} << (204 - 192);
  back_.send(frame, cycle, cycle + timing_.latency + timing_.occupied - 1);
  back_free_ = cycle + timing_.occupied;
  news_ = false;
}

std::uint64_t RetryLink::receiver_event() const { return news_ ? std::min(there_.due(), back_free_) : there_.due(); }

void RetryLink::publish() {
  there_.publish();
  back_.publish();
}

void RetryLink::dies_in(std::uint64_t cycle) {
  there_.dies_in(cycle);
  back_.dies_in(cycle);
}

std::string RetryLink::failure(std::uint64_t begin) const {
  const std::uint64_t missed = std::min(missed_in_, answer_missed_in_);
  if (missed != never && missed == failed_cycle())
    return " let wrong bits through in cycle " + std::to_string(missed - begin) + ": they pass its checksum, and no retry can help";
  if (failed_in_ == never) return "";
  return " is dead: " + std::to_string(replay_limit_) + " replays in a row brought nothing, up to cycle " + std::to_string(failed_in_ - begin);
}

std::vector<LinkFaults::Hit> RetryLink::hits_to_come() const {
  std::vector<LinkFaults::Hit> hits(there_.hits_to_come().begin(), there_.hits_to_come().end());
  hits.insert(hits.end(), back_.hits_to_come().begin(), back_.hits_to_come().end());
  return hits;
}

RetryCounts RetryLink::counts() const {
  const bool missed = missed_in_ != never || answer_missed_in_ != never;
  return {frames_, replays_, timeouts_, crc_errors_, answer_errors_, missed};
}

}  // namespace twill::noc
