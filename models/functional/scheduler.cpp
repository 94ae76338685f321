// SPDX-License-Identifier: Apache-2.0
#include "scheduler.hpp"

#include <algorithm>

namespace twill::functional {

Scheduler::Scheduler(Schedule schedule, std::uint64_t seed) : schedule_(schedule), random_(seed) {
  constexpr auto number = [](contract::Queue queue) { return static_cast<unsigned>(queue); };
  using contract::Queue;
  order_ = {fetch, number(Queue::load), number(Queue::array), number(Queue::post), number(Queue::network), number(Queue::store)};
  // Fetching stays first: a command can only come too early once it is in its queue.
  if (schedule == Schedule::consumers_first) std::reverse(order_.begin() + 1, order_.end());
}

void Scheduler::shuffle() {
  for (unsigned i = actors; i > 1; --i) std::swap(order_[i - 1], order_[random_() % i]);
  left_ = 1u << random_() % 8;  // short and long spells: some errors need one queue to run far ahead
}

unsigned Scheduler::pick(std::uint32_t runnable) {
  if (schedule_ == Schedule::round_robin) {
    do last_ = (last_ + 1) % actors;
    while (((runnable >> last_) & 1u) == 0);
    return last_;
  }
  if (schedule_ == Schedule::random && left_-- == 0) shuffle();
  return *std::find_if(order_.begin(), order_.end(), [runnable](unsigned actor) { return (runnable >> actor) & 1u; });
}

}  // namespace twill::functional
