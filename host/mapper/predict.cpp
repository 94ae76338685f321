// SPDX-License-Identifier: Apache-2.0
#include "predict.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <stdexcept>

#include "timing.hpp"

namespace twill::mapper {
namespace {

using contract::Command;
using contract::Opcode;
using contract::Queue;
using Cycle = std::int64_t;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Five queues as processes that exchange time-stamped semaphore tokens. Each process runs on until it lacks a token, so
/// the order in which they are looked at does not matter. Inside a command the unit is an accumulator bank.
///
/// Only the port to memory is shared. Command fetch and loads ask it burst by burst; when no process can go on, the earlier of
/// their next two bursts is served. What a process still waits for then comes later than that, so the order is the chip's.
class Player {
 public:
  explicit Player(Plan& plan) : plan_(plan), m_(plan.machine), t_{static_cast<int>(plan.machine.word)} {
    for (std::size_t i = 0; i < plan.commands.size(); ++i) of_[plan.commands[i].bits(8, 3)].items.push_back(static_cast<int>(i));
    for (unsigned s = 0; s < contract::semaphores; ++s)
      for (unsigned n = 0; n < plan.semaphores[s]; ++n) tokens_[s].push_back(0);
  }

  void play() {
    do {
      moved_ = dispatch_one();
      for (unsigned q = 0; q < contract::queues; ++q)
        while (advance(q)) moved_ = true;
    } while (moved_ || serve_burst());
    for (const Process& p : of_)
      if (p.next < p.items.size())
        throw std::logic_error("the command stream waits for itself (queue " + std::to_string(&p - of_) + ", command " +
                               std::to_string(p.items[p.next]) + ")");
    report();
  }

 private:
  struct Process {
    std::vector<int> items;      ///< ring indices
    std::vector<Cycle> offered;  ///< when each was dispatched into the queue
    std::size_t next = 0;
    std::vector<Cycle> accepted;  ///< when the engine took it
    unsigned slot = 0;            ///< waits of the next command already taken
    Cycle ready = 0;              ///< ... and when the last of them was
    std::size_t unit = 0;         ///< banks of the next command already done
    Cycle time = 0;               ///< the engine is free for the next unit
    Cycle done = 0;               ///< everything so far is complete
    bool conv = true;             ///< array mode
    bool entered = false;         ///< the next command has started its units
    std::int64_t banks = 0;       ///< banks of the current tile already granted
  };

  Process& queue_of(std::size_t command) { return of_[plan_.commands[command].bits(8, 3)]; }

  /// In ring order, a full queue holding up all behind it.
  bool dispatch_one() {
    const std::size_t n = dispatched_.size();
    if (n == fetched_.size()) return false;
    Process& p = queue_of(n);
    Cycle at = fetched_[n] + t_.dispatch_latency;
    if (n > 0) at = std::max(at, dispatched_.back() + 1);
    const std::size_t position = p.offered.size();
    if (position > m_.queue_depth) {
      const std::size_t gate = position - m_.queue_depth - 1;
      if (gate >= p.accepted.size()) return false;
      at = std::max(at, p.accepted[gate] + 1);
    }
    p.offered.push_back(at);
    dispatched_.push_back(at);
    return true;
  }

  // ---- the read half of the memory port
  /// Serves the burst that is asked for first; false when none is, as far as is known.
  bool serve_burst() {
    const std::optional<Cycle> fetch = next_fetch(), load = next_load();
    if (!fetch && !load) return false;
    if (fetch && (!load || *fetch <= *load)) {
      fetch_asked_ = *fetch;
      fetched_.push_back(read(*fetch, contract::command_bytes / m_.word).last);
    } else {
      load_burst(*load);
    }
    return true;
  }

  /// A command is asked for when the one fetch_depth before it has left the fetch buffer.
  std::optional<Cycle> next_fetch() const {
    const std::size_t n = fetched_.size();
    if (n == plan_.commands.size()) return std::nullopt;
    if (n < t_.fetch_depth) return n == 0 ? t_.fetch_start : fetch_asked_ + 2;
    if (n - t_.fetch_depth >= dispatched_.size()) return std::nullopt;
    return std::max(fetch_asked_ + 2, dispatched_[n - t_.fetch_depth] + 1);
  }

  /// When the memory answers a burst: its first and its last word. It answers in order.
  struct Answer {
    Cycle first, last;
  };
  Answer read(Cycle asked, std::int64_t words) {
    const std::int64_t rate = m_.dram_bandwidth;  // the bus is free at a fraction of a cycle
    const std::int64_t begin = std::max(read_free_, (asked + m_.dram_latency) * rate);
    read_free_ = begin + words * m_.word;
    return {ceil_div(begin, rate), ceil_div(read_free_, rate)};
  }

  /// The LOAD whose bursts are being asked for.
  struct Loading {
    std::int64_t words = 0, pieces = 0, bursts = 0;  ///< of the whole command
    std::int64_t asked = 0;                          ///< bursts
    Cycle next = 0;                                  ///< when the next one can be asked for, but for those in flight
    std::int64_t word(std::int64_t burst) const { return words * burst / bursts; }
    std::int64_t piece(std::int64_t burst) const { return pieces * burst / bursts; }
  };

  /// A burst may be asked for when the one so many before it has been written.
  std::optional<Cycle> next_load() const {
    if (!of_[static_cast<unsigned>(Queue::load)].entered || loading_.asked == loading_.bursts) return std::nullopt;
    const auto window = static_cast<std::size_t>(bursts_in_flight());
    return loaded_bursts_.size() < window ? loading_.next : std::max(loading_.next, loaded_bursts_.front());
  }
  void load_burst(Cycle asked) {
    Loading& l = loading_;
    const Answer answer = read(asked, l.word(l.asked + 1) - l.word(l.asked));
    // Many short runs are written slower than they come; the words behind them wait on the bus.
    const Cycle written = std::max(load_written_, answer.first) + l.piece(l.asked + 1) - l.piece(l.asked);
    load_written_ = std::max(answer.last, written);
    read_free_ = std::max(read_free_, load_written_ * m_.dram_bandwidth);
    loaded_bursts_.push_back(load_written_ + t_.load_latency);
    if (loaded_bursts_.size() > static_cast<std::size_t>(bursts_in_flight())) loaded_bursts_.pop_front();
    l.next = asked + 1;
    ++l.asked;
  }

  /// What other chips signal counts as there.
  bool take(contract::Slot slot, Cycle& time) {
    if (!slot.enabled() || (plan_.remote_semaphores >> slot.semaphore() & 1u) != 0) return true;
    auto& queue = tokens_[slot.semaphore()];
    if (queue.empty()) return false;
    time = std::max(time, queue.front() + t_.token);
    queue.pop_front();
    return true;
  }
  void give(contract::Slot slot, Cycle time) {
    if (!slot.enabled()) return;
    tokens_[slot.semaphore()].push_back(time);
    moved_ = true;
  }

  bool advance(unsigned q) {
    Process& p = of_[q];
    if (p.next >= p.offered.size()) return false;
    const Command& c = plan_.commands[static_cast<std::size_t>(p.items[p.next])];
    const contract::Slots slots = contract::slots(c);
    if (p.slot == 0) p.ready = p.offered[p.next] + 1;
    const contract::Slot waits[] = {slots.wait0, slots.wait1, slots.wait2};
    for (; p.slot < 3; ++p.slot)
      if (!take(waits[p.slot], p.ready)) return false;
    const Cycle start = std::max(p.ready, p.time);
    if (p.accepted.size() == p.next) p.accepted.push_back(start);
    Cycle complete = p.done;
    switch (static_cast<Opcode>(c.bits(0, 8))) {
      case Opcode::nop:
        complete = std::max(start, p.done);
        p.time = start + 1;
        break;
      case Opcode::mark:
        complete = std::max(start, p.done);
        if (marks_.size() >= t_.most_marks)
          complete = std::max(complete, marks_[marks_.size() - t_.most_marks].second + mark_time() + m_.dram_latency + t_.store_latency);
        marks_.push_back({static_cast<std::uint32_t>(contract::Mark::decode(c).tag), complete});
        p.time = complete + 1;
        break;
      case Opcode::load:
        if (!load(p, contract::Load::decode(c), start, complete)) return false;
        break;
      case Opcode::fill: complete = p.time = start + static_cast<Cycle>(pieces(contract::Fill::decode(c))) + 2; break;
      case Opcode::store: complete = store(p, contract::Store::decode(c), start); break;
      case Opcode::conv:
        if (!conv(p, contract::Conv::decode(c), complete)) return false;
        break;
      case Opcode::depthwise:
        if (!depthwise(p, contract::Depthwise::decode(c), complete)) return false;
        break;
      case Opcode::requant:
        if (!requant(p, contract::Requant::decode(c), complete)) return false;
        break;
      case Opcode::send: complete = p.time = start + send(contract::Send::decode(c)); break;
      case Opcode::send_add: complete = p.time = start + send(contract::SendAdd::decode(c)); break;
      case Opcode::signal_remote: complete = p.time = start + t_.signal_remote; break;
      default: complete = vector(p, c, start); break;
    }
    complete = std::max(complete, p.done);
    p.done = complete;
    give(slots.signal0, complete);
    give(slots.signal1, complete);
    give(slots.signal2, complete);
    ++p.next;
    p.slot = 0;
    p.unit = 0;
    return true;
  }

  template <class C>
  std::int64_t pieces(const C& c) const {
    return static_cast<std::int64_t>(c.local_count0) * c.local_count1 * c.local_count2 * ceil_div(c.local_run, m_.word);
  }
  /// The DRAM side of a move: words on the bus, and the bursts they come in. A burst ends where a block of max_burst_beats words does.
  struct Traffic {
    std::int64_t words, bursts, bytes;
  };
  template <class C>
  Traffic traffic(const C& c) const {
    const std::int64_t runs = static_cast<std::int64_t>(c.dram_count0) * c.dram_count1 * c.dram_count2,
                       block = std::int64_t{m_.word} * contract::max_burst_beats;
    const auto in = [&](std::int64_t unit) { return runs * ceil_div(static_cast<std::int64_t>(c.dram_base) % unit + c.dram_run, unit); };
    return {in(m_.word), in(block), runs * c.dram_run};
  }
  Cycle bus_time(std::int64_t words) const { return ceil_div(words * m_.word, m_.dram_bandwidth); }
  Cycle mark_time() const { return bus_time(contract::mark_bytes / m_.word); }
  std::int64_t bursts_in_flight() const { return std::min<std::int64_t>(contract::bytes_in_flight / m_.word, t_.most_bursts); }

  /// Waits for serve_burst().
  bool load(Process& p, const contract::Load& c, Cycle start, Cycle& complete) {
    if (!p.entered) {
      const Traffic t = traffic(c);
      if (load_ends_.size() >= t_.most_loads) start = std::max(start, load_ends_[load_ends_.size() - t_.most_loads]);
      loading_ = {t.words, pieces(c), t.bursts, 0, start};
      loaded_[static_cast<std::size_t>(layer_of(p))] += static_cast<std::uint64_t>(t.bytes);
      p.entered = true;
    }
    if (loading_.asked < loading_.bursts) return false;
    p.entered = false;
    p.time = loading_.next + 2;  // the addresses of the next load follow
    load_ends_.push_back(load_written_ + t_.load_latency);
    complete = load_ends_.back() + 2;
    return true;
  }

  Cycle store(Process& p, const contract::Store& c, Cycle start) {
    const Traffic t = traffic(c);
    const std::int64_t bus = bus_time(t.words), all = pieces(c);
    const auto share = [&](std::int64_t of, std::int64_t burst) { return of * (burst + 1) / t.bursts - of * burst / t.bursts; };
    for (; records_ < marks_.size() && marks_[records_].second <= start; ++records_)
      write_free_ = std::max(write_free_, marks_[records_].second) + mark_time();
    Cycle at = std::max(start, write_free_);
    for (std::int64_t b = 0; b < t.bursts; ++b) {
      if (stored_bursts_.size() >= static_cast<std::size_t>(bursts_in_flight())) {
        at = std::max(at, stored_bursts_.front());
        stored_bursts_.pop_front();
      }
      at += std::max(share(bus, b), share(all, b));
      stored_bursts_.push_back(at + m_.dram_latency + t_.store_latency);
    }
    write_free_ = at;
    p.time = at + 3;
    stored_[static_cast<std::size_t>(layer_of(p))] += static_cast<std::uint64_t>(t.bytes);
    return stored_bursts_.back();
  }

  /// A flit a cycle: one ends with its block at the other chip or with the remote run.
  template <class C>
  Cycle send(const C& c) const {
    const std::int64_t runs = static_cast<std::int64_t>(c.remote_count0) * c.remote_count1 * c.remote_count2, run = c.remote_run,
                       flit = contract::flit_bytes;
    const std::int64_t flits = runs == 1 || c.remote_stride0 % flit == 0
                                   ? runs * ceil_div(static_cast<std::int64_t>(c.remote_base % contract::flit_bytes) + run, flit)
                                   : runs * (run + flit - 1) / flit;  // on average over all places where runs may begin
    return std::max(flits, pieces(c)) + t_.send;
  }

  int layer_of(const Process& p) const { return std::max(0, plan_.layer_of_command[static_cast<std::size_t>(p.items[p.next])]); }

  /// A command of the array: `tiles` tiles of `passes` passes of `stream` words each; `words` sums a tile. In the first pass
  /// of a tile banks are entered, in the last they are left, in proportion to the words streamed.
  bool array(Process& p, const contract::Slots& slots, bool conv_mode, std::int64_t tiles, std::int64_t passes, std::int64_t stream,
             std::int64_t words, Cycle& complete) {
    const std::int64_t bank = m_.bank_words(), banks = ceil_div(words, bank);
    const Cycle tile = t_.first_weights();
    const Cycle interval = std::max<Cycle>(stream, t_.weight_interval());
    const Cycle latency = conv_mode ? t_.sum_latency_conv() : t_.sum_latency_depthwise;
    if (!p.entered) {
      p.entered = true;
      // The weights of the first pass load behind the command before, once the waits are over.
      Cycle begin = std::max(p.time, p.ready + tile);
      if (p.conv != conv_mode) begin = std::max(begin, p.time + 2 * m_.word + 4 + tile);
      p.conv = conv_mode;
      p.time = begin;
    }
    for (; p.unit < static_cast<std::size_t>(tiles); ++p.unit) {
      // All banks of the tile must come free while its first pass runs; each costs a token.
      while (p.banks < banks) {
        Cycle free = p.time + p.banks * bank;
        const Cycle wanted = free;
        if (!take(slots.tile_wait, free)) return false;
        p.time += free - wanted;
        ++p.banks;
      }
      const Cycle end_of_first = p.time;
      const Cycle last_pass = end_of_first + (passes - 1) * interval;
      for (std::int64_t b = 0; b < banks; ++b) {
        const Cycle left = b + 1 == banks ? stream : (b + 1) * bank + (stream - words);
        give(slots.tile_signal, last_pass + left + latency);
      }
      p.time = last_pass + interval;
      p.banks = 0;
    }
    array_words_[static_cast<std::size_t>(layer_of(p))] += static_cast<std::uint64_t>(tiles * passes * stream);
    // The last pass needs no weights behind it.
    p.time -= interval - std::min(interval, stream);
    p.entered = false;
    complete = p.time + 2;
    return true;
  }

  bool conv(Process& p, const contract::Conv& c, Cycle& complete) {
    const std::int64_t words = static_cast<std::int64_t>(c.out_w) * c.out_h;
    return array(p, c.slots, true, c.tiles, static_cast<std::int64_t>(c.kernel_y) * c.kernel_x * ceil_div(c.run_bytes, m_.word), words,
                 words, complete);
  }
  bool depthwise(Process& p, const contract::Depthwise& c, Cycle& complete) {
    const std::int64_t words = static_cast<std::int64_t>(c.out_w) * c.out_h;
    const std::int64_t stream = static_cast<std::int64_t>(c.out_h + c.rows - 2) * c.stream_w + c.out_w + c.kernel_w - 1;
    return array(p, c.slots, false, c.tiles, static_cast<std::int64_t>(c.phases_x) * c.phases_y * c.blocks, stream, words, complete);
  }

  bool requant(Process& p, const contract::Requant& c, Cycle& complete) {
    const std::int64_t words = static_cast<std::int64_t>(c.out_w) * c.out_h, bank = m_.bank_words(), banks = ceil_div(words, bank);
    if (!p.entered) {
      p.time = std::max(p.ready, p.time) + t_.post_start + (c.keep_parameters ? 0 : t_.post_parameters);
      p.entered = true;
    }
    for (; p.unit < static_cast<std::size_t>(banks) * c.tiles; ++p.unit) {
      if (!take(c.slots.tile_wait, p.time)) return false;
      const std::int64_t b = static_cast<std::int64_t>(p.unit) % banks;
      p.time += b + 1 == banks ? words - b * bank : bank;
      // The next tile's records load behind this one, when it is long enough.
      if (b + 1 == banks && p.unit + 1 < static_cast<std::size_t>(banks) * c.tiles)
        p.time += std::max<Cycle>(0, t_.post_parameters - words);
      give(c.slots.tile_signal, p.time + 2);
    }
    p.entered = false;
    complete = p.time + t_.post_latency;
    return true;
  }

  Cycle vector(Process& p, const Command& command, Cycle start) {
    Cycle work = 0;
    switch (static_cast<Opcode>(command.bits(0, 8))) {
      case Opcode::add: {
        const auto c = contract::Add::decode(command);
        work = t_.add * c.count * ceil_div(c.run, m_.word);
        break;
      }
      case Opcode::mul: {
        const auto c = contract::Mul::decode(command);
        work = t_.mul * c.count * ceil_div(c.run, m_.word);
        break;
      }
      case Opcode::lookup: {
        const auto c = contract::Lookup::decode(command);
        work = t_.lookup * c.count * ceil_div(c.run, m_.word) + (c.keep_table ? 0 : t_.table());
        break;
      }
      case Opcode::move: {
        const auto c = contract::Move::decode(command);
        work = t_.move * c.count0 * c.count1 * c.count2 * c.count3 * ceil_div(c.run, m_.word);
        break;
      }
      case Opcode::pool: work = pool(contract::Pool::decode(command)); break;
      default: break;
    }
    p.time = start + t_.post_start + work;
    return p.time + t_.post_latency;
  }

  Cycle pool(const contract::Pool& c) const {
    const auto inside = [](std::int64_t start, std::int64_t kernel, std::int64_t size) {
      return std::max<std::int64_t>(0, std::min(start + kernel, size) - std::max<std::int64_t>(start, 0));
    };
    Cycle work = 0;
    std::int64_t last = 0;
    const std::int64_t words = ceil_div(c.channels, m_.word);
    for (std::uint32_t y = 0; y < c.out_h; ++y)
      for (std::uint32_t x = 0; x < c.out_w; ++x) {
        const std::int64_t taps = inside(c.y_start + std::int64_t{y} * c.stride_y, c.kernel_y, c.in_rows) *
                                  inside(c.x_start + std::int64_t{x} * c.stride_x, c.kernel_x, c.in_cols);
        work += t_.pool * taps * words;
        if (c.mode == static_cast<std::uint32_t>(contract::PoolMode::average) && taps != last) work += t_.divider;
        last = taps;
      }
    return work;
  }

  void report() {
    Cycle before = 0, end = 0;
    for (const auto& [tag, at] : marks_) end = std::max(end, at);
    int last = -1;
    std::stable_sort(marks_.begin(), marks_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    for (const auto& [tag, at] : marks_) {
      if (tag >= image_tag && tag != 0xffffffffu) plan_.predicted_images.push_back(static_cast<std::uint64_t>(at));
      if (tag >= plan_.layers.size()) continue;
      plan_.layers[tag].predicted_cycles = static_cast<std::uint64_t>(at - before);
      before = at;
      last = static_cast<int>(tag);
    }
    if (last >= 0) plan_.layers[static_cast<std::size_t>(last)].predicted_cycles += static_cast<std::uint64_t>(end - before);
    plan_.predicted_cycles = static_cast<std::uint64_t>(end);
    for (std::size_t i = 0; i < plan_.layers.size(); ++i) {
      plan_.layers[i].loaded = loaded_[i];
      plan_.layers[i].stored = stored_[i];
      plan_.layers[i].array_words = array_words_[i];
    }
  }

  Plan& plan_;
  const Machine& m_;
  Timing t_;
  Process of_[contract::queues];
  std::deque<Cycle> tokens_[contract::semaphores];
  bool moved_ = false;             ///< something happened since the queues were last looked at, be it inside a command
  std::vector<Cycle> dispatched_;  ///< when each command left the fetch buffer
  std::vector<Cycle> fetched_;     ///< when the last word of each was there
  Cycle fetch_asked_ = 0;          ///< when the last of them was asked for
  std::int64_t read_free_ = 0;     ///< the memory's read bus, in cycles times bytes a cycle
  Cycle write_free_ = 0;
  std::size_t records_ = 0;        ///< of marks that went before the last store
  Loading loading_;
  Cycle load_written_ = 0;         ///< all that was asked for so far
  std::vector<Cycle> load_ends_;   ///< of each LOAD
  std::deque<Cycle> loaded_bursts_, stored_bursts_;  ///< ends of the last ones, as many as may be in flight
  std::vector<std::pair<std::uint32_t, Cycle>> marks_;
  std::vector<std::uint64_t> loaded_ = std::vector<std::uint64_t>(plan_.layers.size() + 1), stored_ = loaded_, array_words_ = loaded_;
};

}  // namespace

void predict(Plan& plan) { Player(plan).play(); }

}  // namespace twill::mapper
