// SPDX-License-Identifier: Apache-2.0
// Every run of the retry protocol with small numbers: a breadth-first search through all states that a sender, a receiver and the wires
// between them can be in while so many flits are sent, whatever the wires do and whenever a sender goes back.
#pragma once
#include <array>
#include <cstring>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "twill/noc/retry_protocol.hpp"

namespace twill::noc::test {

struct Bounds {
  unsigned window = 3;
  unsigned flits = 9;            ///< sent in all; more than there are sequence numbers, so that these come round
  unsigned buffer = 2;           ///< places at the receiver
  unsigned there = 3, back = 2;  ///< frames, answers on their way at most; each may take any time
  std::size_t most_states = 20'000'000;
  // Rules of a link around the protocol, which can be left out to see that they are needed.
  bool times_out = true;        ///< a sender may go back, or ask for credits, at any time
  bool answers_refused = true;  ///< frames that are not taken are answered, too
};

struct Exploration {
  std::size_t states = 0, moves = 0;
  std::string fault;            ///< what is wrong in some state; empty when nothing is
  std::size_t fault_depth = 0;  ///< moves from the beginning to there
};

/// A move is one of: a new flit is sent; one is sent again; the sender goes back; it asks for credits; a frame arrives, arrives wrong, is
/// lost, or arrives and stays to arrive again; the same with an answer, and a nak may be heeded or not; an answer is given; a place is
/// freed. What holds in every state: flits are taken in order, each once, never more than there are places for; and without any further
/// fault of the wires there is a way to the end, where all is delivered and acknowledged and every credit is home.
template <class Sender, class Receiver>
class RetryExplorer {
 public:
  explicit RetryExplorer(const Bounds& bounds) : bounds_(bounds) {}

  Exploration run() {
    State first(bounds_);
    intern(first, 0);
    for (std::size_t i = 0; i < states_.size() && fault_.empty(); ++i) {
      if (states_.size() > bounds_.most_states) {
        fault_ = "too many states";
        break;
      }
      expand(i);
    }
    if (fault_.empty()) check_ways_to_the_end();
    return {states_.size(), moves_, fault_, fault_depth_};
  }

 private:
  using Answer = RetryAnswer<1>;
  static constexpr unsigned most = 4;  // of anything on its way, and of a window
  static constexpr std::uint16_t question = 0xffff;

  struct Frame {
    std::uint16_t sequence, flit;  // the flit's number, which the protocol does not see; or `question`
  };

  /// Nothing but 16-bit numbers, so that equal states have equal bytes. What is not used is 0.
  struct State {
    explicit State(const Bounds& bounds) : sender(bounds.window), credits(static_cast<std::uint16_t>(bounds.buffer)) {}

    Sender sender;
    Receiver receiver;
    std::uint16_t sent = 0, taken = 0, held = 0, credits, news = 0;
    std::uint16_t frames = 0, answers = 0;
    std::array<std::uint16_t, Sender::sequences> kept{};  // number of the flit of each sequence number
    std::array<Frame, most> there{};
    std::array<Answer, most> back{};

    bool operator==(const State& other) const { return std::memcmp(this, &other, sizeof *this) == 0; }
  };
  static_assert(std::is_trivially_copyable_v<State> && std::has_unique_object_representations_v<State>);

  struct Hash {
    std::size_t operator()(const State& state) const {
      std::array<std::uint16_t, sizeof(State) / 2> numbers;
      std::memcpy(numbers.data(), &state, sizeof state);
      std::uint64_t hash = 0xcbf29ce484222325u;
      for (const std::uint16_t number : numbers) hash = (hash ^ number) * 0x100000001b3u;
      return hash ^ hash >> 29;
    }
  };

  struct Link {
    std::uint32_t from, to;
  };

  bool done(const State& s) const {
    return s.taken == bounds_.flits && s.sent == bounds_.flits && s.sender.unacknowledged() == 0 && s.credits == bounds_.buffer &&
           s.news == 0 && s.frames == 0 && s.answers == 0;
  }

  std::uint32_t intern(const State& state, std::uint32_t depth) {
    const auto [place, is_new] = numbers_.try_emplace(state, static_cast<std::uint32_t>(states_.size()));
    if (is_new) {
      states_.push_back(&place->first);
      depths_.push_back(depth);
    }
    return place->second;
  }

  void wrong(const std::string& what) {
    if (!fault_.empty()) return;
    fault_ = what;
    fault_depth_ = depths_[now_] + 1;
  }

  void move(const State& next, bool fault_of_wires = false) {
    ++moves_;
    if (next.held > bounds_.buffer) wrong("a flit is taken for which there is no place");
    if (next.credits > bounds_.buffer) wrong("the sender has more credits than there are places");
    if (next.sender.unacknowledged() > bounds_.window) wrong("more flits are unacknowledged than the window has");
    const std::uint32_t to = intern(next, depths_[now_] + 1);
    if (!fault_of_wires) links_.push_back({static_cast<std::uint32_t>(now_), to});
  }

  void put(State& s, Frame frame) { s.there[s.frames++] = frame; }
  void put_behind(State& s) { put(s, frame_of(s, s.sender.send())); }
  Frame frame_of(const State& s, unsigned sequence) const {
    return {static_cast<std::uint16_t>(sequence), s.kept[sequence % Sender::sequences]};
  }

  template <class Items, class Count>
  static void drop_first(Items& items, Count& count) {
    for (unsigned i = 1; i < count; ++i) items[i - 1] = items[i];
    items[--count] = {};
  }

  void expand(std::size_t index) {
    now_ = index;
    const State s = *states_[index];
    const bool there = s.frames < bounds_.there;
    if (there && s.sender.behind()) {
      State next = s;
      put_behind(next);
      move(next);
    } else if (there && s.sent < bounds_.flits && s.credits > 0 && s.sender.room()) {
      State next = s;
      next.kept[next.sender.add() % Sender::sequences] = next.sent++;
      --next.credits;
      put_behind(next);
      move(next);
    }
    if (bounds_.times_out) {
      if (s.sender.unacknowledged() > 0 && !s.sender.at_base()) {
        State next = s;
        next.sender.go_back();
        move(next);
      }
      if (there && s.sender.unacknowledged() == 0 && s.credits < bounds_.buffer) {
        State next = s;
        put(next, {0, question});
        move(next);
      }
    }
    if (s.frames > 0) arrive(s);
    if (s.answers > 0) hear(s);
    if (s.news && s.answers < bounds_.back) {
      State next = s;
      next.back[next.answers++] = next.receiver.answer();
      next.news = 0;
      move(next);
    }
    if (s.held > 0) {
      State next = s;
      --next.held;
      next.receiver.free(0);
      next.news = 1;
      move(next);
    }
  }

  void arrive(const State& s) {
    State lost = s;
    drop_first(lost.there, lost.frames);
    move(lost, true);

    const Frame frame = s.there[0];
    const auto take = [&](State next, bool intact, bool fault) {
      const bool taken = !(intact && frame.flit == question) && next.receiver.receive(intact, frame.sequence);
      if (taken || bounds_.answers_refused) next.news = 1;
      if (taken) {
        if (frame.flit != next.taken)
          wrong("flit " + std::to_string(frame.flit) + " is taken where flit " + std::to_string(next.taken) + " is due");
        ++next.taken;
        ++next.held;
      }
      move(next, fault);
    };
    take(lost, true, false);
    take(lost, false, true);
    take(s, true, true);
  }

  void hear(const State& s) {
    State lost = s;
    drop_first(lost.back, lost.answers);
    move(lost, true);

    const Answer answer = s.back[0];
    const auto take = [&](State next, bool fault) {
      next.sender.hear(answer, [&](unsigned, unsigned freed) { next.credits = static_cast<std::uint16_t>(next.credits + freed); });
      move(next, fault);
      if (answer.refused && next.sender.unacknowledged() > 0) {
        next.sender.go_back();
        move(next, fault);
      }
    };
    take(lost, false);
    take(s, true);
  }

  // Backwards from the ends through all moves that are no faults of the wires.
  void check_ways_to_the_end() {
    std::vector<std::uint32_t> first(states_.size() + 1), from(links_.size());
    for (const Link& link : links_) ++first[link.to + 1];
    for (std::size_t i = 0; i < states_.size(); ++i) first[i + 1] += first[i];
    std::vector<std::uint32_t> place(first.begin(), first.end() - 1);
    for (const Link& link : links_) from[place[link.to]++] = link.from;
    std::vector<bool> reaches(states_.size());
    std::vector<std::uint32_t> open;
    for (std::uint32_t i = 0; i < states_.size(); ++i)
      if (done(*states_[i])) {
        reaches[i] = true;
        open.push_back(i);
      }
    if (open.empty()) fault_ = "no run ends";
    while (!open.empty()) {
      const std::uint32_t state = open.back();
      open.pop_back();
      for (std::uint32_t i = first[state]; i < first[state + 1]; ++i)
        if (!reaches[from[i]]) {
          reaches[from[i]] = true;
          open.push_back(from[i]);
        }
    }
    for (std::uint32_t i = 0; i < states_.size() && fault_.empty(); ++i)
      if (!reaches[i]) {
        fault_ = "no way on to the end";
        fault_depth_ = depths_[i];
      }
  }

  const Bounds bounds_;
  std::unordered_map<State, std::uint32_t, Hash> numbers_;
  std::vector<const State*> states_;
  std::vector<std::uint32_t> depths_;
  std::vector<Link> links_;
  std::size_t now_ = 0, moves_ = 0, fault_depth_ = 0;
  std::string fault_;
};

}  // namespace twill::noc::test
