// SPDX-License-Identifier: Apache-2.0
// All runs of the retry protocol with small numbers, and of protocols with a bug each, which must be found.
#include "retry_explorer.hpp"
#include "catch.hpp"

namespace {

using namespace twill::noc;
using namespace twill::noc::test;

using Sender = RetrySender<2, 2, 1>;
using Receiver = RetryReceiver<2, 2, 1>;
using Answer = RetryAnswer<1>;

template <class S = Sender, class R = Receiver>
Exploration explore(const Bounds& bounds = {}) {
  return RetryExplorer<S, R>(bounds).run();
}

// Never more flits are unacknowledged than there are places, because the answer that frees one acknowledges its flit: the smaller of both
// bounds.
TEST_CASE("Every run of the protocol delivers every flit once and in order, and can always come to its end") {
  const auto check = [](const Bounds& bounds, const Exploration& e, std::size_t states) {
    INFO("window " << bounds.window << ", " << bounds.flits << " flits, " << bounds.buffer << " places");
    CHECK(e.fault == "");
    CHECK(e.states == states);
  };
  const std::pair<Bounds, std::size_t> all[] = {
      {{1, 9, 3}, 84'421u}, {{2, 9, 3, 2, 2}, 215'375u}, {{3, 9, 2}, 160'938u}, {{3, 9, 3, 2, 2}, 491'854u}};
  for (const auto& [bounds, states] : all) check(bounds, explore(bounds), states);
  const Bounds wide{4, 17, 2};
  check(wide, explore<RetrySender<3, 2, 1>, RetryReceiver<3, 2, 1>>(wide), 323'746);
}

TEST_CASE("Without a time limit, or without answers to frames that are refused, a loss can be the end") {
  Bounds bounds;
  bounds.times_out = false;
  CHECK(explore(bounds).fault == "no way on to the end");
  bounds = {};
  bounds.answers_refused = false;
  CHECK(explore(bounds).fault == "no way on to the end");
}

TEST_CASE("A window of as many flits as there are sequence numbers is one too many, and so are as many places as credits can count") {
  CHECK((explore<RetrySender<2, 3, 1>, RetryReceiver<2, 3, 1>>({4, 6, 4, 2, 1}).fault) != "");
  CHECK((explore<RetrySender<3, 2, 1>, RetryReceiver<3, 2, 1>>({4, 6, 4, 2, 1}).fault) != "");
}

// Protocols with a bug.

struct TakesAnything : Receiver {
  bool receive(bool intact, unsigned sequence) {
    if (!intact) return Receiver::receive(false, sequence);
    answer_.expected = static_cast<std::uint16_t>(sequence);
    return Receiver::receive(true, sequence);
  }
};

struct LooksAtNoChecksum : Receiver {
  bool receive(bool, unsigned) { return Receiver::receive(true, answer_.expected); }
};

struct AcknowledgesWhatIsWrong : Receiver {
  bool receive(bool intact, unsigned sequence) {
    const bool taken = Receiver::receive(intact, sequence);
    if (!intact) answer_.expected = static_cast<std::uint16_t>((answer_.expected + 1) % Sender::sequences);
    return taken;
  }
};

/// Counts one sequence number less than the sender.
struct WrapsTooEarly : Receiver {
  bool receive(bool intact, unsigned sequence) {
    const bool taken = Receiver::receive(intact, sequence);
    answer_.expected = static_cast<std::uint16_t>(answer_.expected % (Sender::sequences - 1));
    return taken;
  }
};

/// Credits as they were before links were protected: an answer brings one.
struct CountsAnswers : Sender {
  using Sender::Sender;
  template <class Give>
  unsigned hear(const Answer& answer, Give give) {
    return Sender::hear(answer, [&](unsigned vc, unsigned) { give(vc, 1u); });
  }
};

struct GoesBackTooLittle : Sender {
  using Sender::Sender;
  void go_back() { cursor_ = base_ == next_ ? base_ : after(base_); }
};

/// Takes what is on the wires for acknowledged.
struct TrustsTheWires : Sender {
  using Sender::Sender;
  template <class Give>
  unsigned hear(const Answer& answer, Give give) {
    Sender::hear(answer, give);
    base_ = cursor_;
    return 1;
  }
};

TEST_CASE("A receiver with a bug is found out") {
  CHECK(explore<Sender, TakesAnything>().fault.find("is due") != std::string::npos);
  CHECK(explore<Sender, LooksAtNoChecksum>().fault.find("is due") != std::string::npos);
  CHECK(explore<Sender, AcknowledgesWhatIsWrong>().fault != "");
  CHECK(explore<Sender, WrapsTooEarly>().fault != "");
}

TEST_CASE("A sender with a bug is found out") {
  CHECK(explore<CountsAnswers, Receiver>().fault == "no way on to the end");
  CHECK(explore<GoesBackTooLittle, Receiver>().fault == "no way on to the end");
  CHECK(explore<TrustsTheWires, Receiver>().fault != "");
}

}  // namespace
