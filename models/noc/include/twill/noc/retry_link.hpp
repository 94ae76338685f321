// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "twill/noc/crc.hpp"
#include "twill/noc/fault.hpp"
#include "twill/noc/retry_protocol.hpp"

namespace twill::noc {

/// Cycles of a link's protocol, which follow from its latency and from how long a frame takes its wires.
struct RetryTiming {
  /// Both in cycles and as of a Link that a Fabric makes: latency 1 to 256; occupied 1, 2, 4, 8 or 16. Others are not checked here.
  RetryTiming(unsigned latency, unsigned occupied);

  unsigned latency, occupied;
  unsigned round_trip;  ///< cycles from the one in which a flit passes to the one in which its answer can be heard
  unsigned timeout;     ///< cycles for which the oldest flit, or a question for credits, goes unanswered before it is sent again
  unsigned window;      ///< flits under way at most: a round trip and some that make up for lost answers
};

/// What a link's protocol has seen since the reset.
struct RetryCounts {
  std::uint64_t frames = 0;         ///< sent: flits, the same again, questions
  std::uint64_t replays = 0;        ///< times the sender went back
  std::uint64_t timeouts = 0;       ///< replays, and questions, because no answer came
  std::uint64_t crc_errors = 0;     ///< frames that arrived wrong
  std::uint64_t answer_errors = 0;  ///< answers that arrived wrong
  bool missed = false;              ///< wrong bits passed a checksum, which only a simulator can know
};

/// The protocol of a link between the plain one's two ends: frames with sequence number and checksum there, answers with acknowledgement
/// and counted credits back on wires as wide, a replay buffer, and a sender that goes back when it is told to or when nothing comes. Sender
/// and receiver are of different threads, as in Link.
///
/// A sender that has gone back `replay_limit` times in a row without a single flit acknowledged (or has asked as often without an answer)
/// gives the link up when it would have to once more; so it does when wrong bits pass a checksum, which only a simulator can know: see
/// failure(). From the flit that is never acknowledged, or from the last answer where that came later, the former takes at most
/// replay_limit + 1 timeouts, and in each try `occupied` - 1 cycles more where the wires are busy with what was behind.
class RetryLink {
 public:
  static constexpr std::uint64_t never = FaultyWire::never;
  static constexpr unsigned vcs = 16;

  /// `replay_limit`: 1 or more. `number` of the link in its network: its wires are 2 number and 2 number + 1 of FaultyWire. `dead_from`:
  /// cycle from which on nothing passes either of them; never: always something does. Of `faults` the dead links are left out: who has
  /// names for nodes knows which is meant.
  RetryLink(const RetryTiming& timing, unsigned replay_limit, const LinkFaults& faults, unsigned number, std::uint64_t dead_from);

  // of the sender
  /// First thing in its cycle: hears what has been answered (`give(vc)` for each place freed), and sends what is to be sent again.
  template <class Give>
  void begin_sender(std::uint64_t cycle, Give give) {
    const auto counted = [&](unsigned vc, unsigned freed) {
      lent_ -= freed;
      for (; freed > 0; --freed) give(vc);
    };
    for (; back_.due() <= cycle; back_.pop()) {
      Sender::Answer answer;
      if (read(back_.front(), answer)) heard(sender_.hear(answer, counted), answer.refused != 0, cycle);
    }
    look_at_time(cycle);
  }
  /// The first cycle in which a flit may pass, as things are.
  std::uint64_t free_at() const { return failed_in_ == never && !sender_.behind() && sender_.room() ? wire_free_ : never; }
  void pass(const contract::Flit& flit, unsigned vc, std::uint64_t cycle);
  std::uint64_t sender_event() const;  ///< when begin_sender() is to be called next

  // of the receiver
  /// First thing in its cycle: `take(flit, vc)` for each flit that has arrived, in order.
  template <class Take>
  void begin_receiver(std::uint64_t cycle, Take take) {
    for (; there_.due() <= cycle; there_.pop()) {
      unsigned vc;
      contract::Flit flit;
      if (accept(there_.front(), flit, vc)) take(flit, vc);
    }
  }
  void free(unsigned vc) {
    receiver_.free(vc);
    news_ = true;
  }
  void end_receiver(std::uint64_t cycle);  ///< last thing in its cycle: answers
  std::uint64_t receiver_event() const;    ///< when begin_receiver() is to be called next

  // between windows
  void publish();
  void dies_in(std::uint64_t cycle);  ///< instead of dead_from
  std::uint64_t frame_due() const { return there_.due(); }
  std::uint64_t answer_due() const { return back_.due(); }
  /// Nothing is under way, unacknowledged or unanswered, and all credits are home.
  bool at_rest() const { return there_.empty() && back_.empty() && sender_.unacknowledged() == 0 && lent_ == 0 && !news_; }
  bool failed() const { return failed_in_ != never || missed_in_ != never; }
  std::uint64_t failed_cycle() const { return failed_in_ < missed_in_ ? failed_in_ : missed_in_; }  ///< in which it was given up; never as long as it works
  /// Why it was given up, to go on behind its name: " is dead: ..."; empty as long as it works.
  /// Its cycle counts from `begin`.
  std::string failure(std::uint64_t begin = 0) const;
  RetryCounts counts() const;
  /// Those of its two wires that have not struck yet.
  std::vector<LinkFaults::Hit> hits_to_come() const;

 private:
  using Sender = RetrySender<12, 12, vcs>;
  using Receiver = RetryReceiver<12, 12, vcs>;

  struct Carried {
    contract::Flit frame;
    std::uint64_t due = 0;
    bool damaged = false;  ///< known to the simulator alone
  };

  /// What is on its way one way, and what becomes of it.
  class Wire {
   public:
    Wire(const LinkFaults& faults, unsigned number, std::uint64_t dead_from, unsigned places);
    void send(contract::Flit frame, std::uint64_t cycle, std::uint64_t due);
    void publish() { published_ = sent_; }
    void dies_in(std::uint64_t cycle) { faulty_.dies_in(cycle); }
    std::uint64_t due() const { return received_ == published_ ? never : ring_[received_ & mask_].due; }
    const Carried& front() const { return ring_[received_ & mask_]; }
    void pop() { ++received_; }
    bool empty() const { return received_ == sent_; }
    const std::deque<LinkFaults::Hit>& hits_to_come() const { return faulty_.hits_to_come(); }

   private:
    FaultyWire faulty_;
    std::uint64_t mask_;
    std::vector<Carried> ring_;
    alignas(64) std::uint64_t sent_ = 0;
    alignas(64) std::uint64_t received_ = 0;
    std::uint64_t published_ = 0;
  };

  struct Kept {
    contract::Flit frame;
    std::uint64_t sent_at = 0;
  };

  const Kept& oldest() const { return kept_[sender_.base() & kept_mask_]; }
  std::uint64_t asks_at() const { return (asked_at_ > heard_at_ ? asked_at_ : heard_at_) + timing_.timeout; }
  void heard(unsigned acknowledged, bool refused, std::uint64_t cycle);
  void look_at_time(std::uint64_t cycle);
  void go_back(std::uint64_t cycle);
  void ask(std::uint64_t cycle);
  void try_again(std::uint64_t cycle);
  void transmit(std::uint64_t cycle);
  void put(const contract::Flit& frame, std::uint64_t cycle);
  bool read(const Carried& carried, Sender::Answer& answer);
  bool accept(const Carried& carried, contract::Flit& flit, unsigned& vc);

  const RetryTiming timing_;
  const unsigned replay_limit_;
  std::uint64_t kept_mask_;
  Wire there_, back_;

  // of the sender
  alignas(64) Sender sender_;
  std::vector<Kept> kept_;  ///< the replay buffer, by sequence number
  std::uint64_t wire_free_ = 0, heard_at_ = 0, asked_at_ = 0;
  std::uint64_t failed_in_ = never;
  unsigned lent_ = 0;   ///< credits that the receiver has, as far as is known
  unsigned tries_ = 0;  ///< since something came of it
  std::uint64_t frames_ = 0, replays_ = 0, timeouts_ = 0, answer_errors_ = 0;
  std::uint64_t answer_missed_in_ = never;  ///< an answer came wrong and its checksum right

  // of the receiver
  alignas(64) Receiver receiver_;
  std::uint64_t back_free_ = 0, crc_errors_ = 0;
  std::uint64_t missed_in_ = never;  ///< a frame came wrong and its checksum right
  bool news_ = false;                ///< an answer is due
};

}  // namespace twill::noc
