// SPDX-License-Identifier: Apache-2.0
#include "generate.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include "draw.hpp"
#include "twill/functional/command_rules.hpp"

namespace twill::fuzz {
namespace {

using contract::Opcode;
using contract::Space;

constexpr std::uint64_t most_work = 5000;   // of a command, in cycles
constexpr std::uint32_t most_tokens = 240;  // of the array's commands of a chip: all of them may be out at once
constexpr std::uint32_t fixed_pieces = 4;   // the scratchpad is filled in so many parts, so that commands can start before all is there

/// Accumulator banks handed over.
std::uint32_t tokens_of(const contract::Command& command, const contract::Configuration& machine) {
  const Opcode opcode = opcode_of(command);
  if (opcode != Opcode::conv && opcode != Opcode::depthwise) return 0;
  const auto c = contract::Conv::decode(command);
  const std::uint32_t bank = machine.accumulator_words / contract::accumulator_banks;
  return (opcode == Opcode::conv ? c.tiles : contract::Depthwise::decode(command).tiles) * ((c.out_w * c.out_h + bank - 1) / bank);
}

/// Whether a DRAM byte lies in a window, or (of LOAD) in what was put there for it.
bool inside_windows(const Regions& regions, bool blobs) {
  constexpr std::uint64_t mask = (std::uint64_t{1} << 40) - 1;
  return std::all_of(regions.intervals().begin(), regions.intervals().end(), [&](const Regions::Interval& i) {
    if (space_of(i.first) != Space::dram) return true;
    const std::uint64_t first = i.first & mask, bytes = i.second - i.first;
    if (blobs && first >= first_at && first + bytes <= last_at) return true;
    return std::any_of(std::begin(windows), std::end(windows),
                       [&](const Window& w) { return first >= w.address && first + bytes <= w.address + w.bytes; });
  });
}

bool has_remote_side(const contract::Command& command) {
  return opcode_of(command) == Opcode::send || opcode_of(command) == Opcode::send_add;
}

/// What is wrong with an op that is to run; null when nothing is.
const char* op_unsound(const Op& op, const contract::Configuration& machine, unsigned chips, const Interpreter& interpreter) {
  if (has_remote_side(op.command)) {
    const auto c = contract::Send::decode(op.command);
    if (c.chip >= chips) return "sends to a chip that there is not";
    if (contract::Slot{c.remote_signal}.enabled()) return "signals, which is a matter of weaving";
  }
  if (!functional::check_command(op.command, machine).legal()) return "is not legal";
  const auto f = footprint(op.command, machine, op.chip, op.fixed ? ~std::uint64_t{0} >> 1 : most_work);
  if (!f) return "takes too long";
  if (!well_defined(op.command, *f)) return "reaches outside its space, or reads what it writes";
  if (!op.fixed && !(inside_windows(f->reads, true) && inside_windows(f->writes, false)))
    return "is outside the parts of DRAM that a case may use";
  return interpreter.operands_legal(op) ? nullptr : "finds operands that it cannot use";
}

/// Whether the chip has to stop at a command, and for one thing only: which of two would be found first is not said.
bool wrong_in_one_way(const Op& op, const contract::Configuration& machine) {
  if (contract::check(op.command) != contract::Error::none) return true;
  const bool legal = functional::check_command(op.command, machine).legal();
  const auto f = footprint(op.command, machine, op.chip, most_work);  // nothing: it would take for ever until it is found wrong
  if (!f || legal == f->inside) return false;
  return !(legal && has_remote_side(op.command));  // which byte is outside is found at the other end
}

bool leaves_sums(const contract::Command& command) { return opcode_of(command) == Opcode::conv || opcode_of(command) == Opcode::depthwise; }

/// Bank by bank REQUANT comes after CONV or DEPTHWISE, and these after REQUANT, on the same chip. The one before may have been left out.
const char* after_unsound(const std::vector<Op>& ops, const Op& op) {
  if (op.after == 0) return nullptr;
  const bool takes = opcode_of(op.command) == Opcode::requant;
  if (op.refused || !(takes || leaves_sums(op.command))) return "comes bank by bank after another, but has no banks";
  for (const Op& other : ops) {
    if (other.id != op.after) continue;
    const bool fits = takes ? leaves_sums(other.command) : opcode_of(other.command) == Opcode::requant;
    if (&other > &op || other.chip != op.chip || other.refused || !fits) return "comes bank by bank after what hands it no banks";
  }
  return nullptr;
}

template <class C>
void set_side(C& c, std::uint64_t dram, Space space, std::uint32_t local, std::uint32_t bytes) {
  c.dram_base = dram;
  c.space = static_cast<std::uint32_t>(space);
  c.local_base = local;
  c.local_run = c.dram_run = bytes;
}

contract::Command load_of(std::uint64_t dram, Space space, std::uint32_t local, std::uint32_t bytes) {
  contract::Load c;
  set_side(c, dram, space, local, bytes);
  return c.encode();
}
contract::Command store_of(std::uint64_t dram, Space space, std::uint32_t local, std::uint32_t bytes) {
  contract::Store c;
  c.queue = contract::Queue::store;
  set_side(c, dram, space, local, bytes);
  return c.encode();
}

/// What every case begins with on a chip, so that all memory holds something.
std::vector<contract::Command> opening(const contract::Configuration& machine) {
  const std::uint32_t pad = machine.scratchpad_bytes, sums = machine.accumulator_words * machine.word_bytes * 4;
  std::vector<contract::Command> commands;
  for (std::uint32_t piece = 0; piece < fixed_pieces; ++piece)
    commands.push_back(
        load_of(first_at + piece * (pad / fixed_pieces), Space::scratchpad, piece * (pad / fixed_pieces), pad / fixed_pieces));
  commands.push_back(load_of(first_at + pad, Space::accumulators, 0, sums));
  return commands;
}

/// And what it ends with: all of it is read back.
std::vector<contract::Command> closing(const contract::Configuration& machine) {
  const std::uint32_t pad = machine.scratchpad_bytes, sums = machine.accumulator_words * machine.word_bytes * 4;
  contract::Mark mark;
  mark.queue = contract::Queue::store;
  mark.irq = 1;
  return {store_of(last_at, Space::scratchpad, 0, pad), store_of(last_at + pad, Space::accumulators, 0, sums), mark.encode()};
}

/// Whether the fixed ops are these, chip by chip, and all others between them.
bool framed(const Case& test, const contract::Configuration& machine) {
  const auto first = opening(machine), last = closing(machine);
  const std::size_t before = first.size() * test.chips, behind = last.size() * test.chips;
  if (test.ops.size() < before + behind) return false;
  const std::size_t end = test.ops.size() - behind;
  for (std::size_t i = 0; i < test.ops.size(); ++i) {
    const Op& op = test.ops[i];
    if (op.fixed != (i < before || i >= end)) return false;
    if (!op.fixed) continue;
    const auto& commands = i < before ? first : last;
    const std::size_t at = i < before ? i : i - end;
    if (op.refused || op.chip != at / commands.size() || !(op.command == commands[at % commands.size()])) return false;
  }
  return true;
}

class Generator {
 public:
  Generator(std::uint64_t seed, const Choice& choice)
      : random_(seed, 0x9e4e'0000), machine_(configuration(choice.config)), draw_(random_, machine_, choice.chips) {
    test_.seed = seed;
    test_.config = choice.config;
    test_.chips = choice.chips;
    test_.topology = choice.chips == 1 ? "ring:1" : choice.topology;
    delays(choice.stalls);
  }

  Case make() {
    begin();
    const std::uint64_t kind = random_.below(10);
    limits_ = kind >= 5 && kind < 8 ? 50 : 5;
    const std::uint64_t count = random_.in(4, 28) * test_.chips;
    const std::uint64_t refused = kind >= 8 ? random_.below(count) : count;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto chip = static_cast<unsigned>(random_.below(test_.chips));
      if (i == refused)
        refuse(chip);
      else
        add_some(chip);
    }
    end();
    return std::move(test_);
  }

 private:
  void delays(double stalls) {
    Delays& d = test_.delays;
    d.dram_latency = random_.one_of({1u, 2u, 5u, 20u, 100u, 400u});
    d.dram_bandwidth = random_.percent(60) ? 0 : random_.from(1, machine_.word_bytes);
    d.link_latency = random_.one_of({1u, 2u, 7u, 16u, 60u});
    d.link_width = random_.one_of({16u, 16u, 4u, 1u});
    d.vcs = random_.one_of({2u, 4u});
    d.stalls = stalls;
  }

  Op& push(unsigned chip, const contract::Command& command, bool fixed = false) {
    Op op;
    op.id = next_id_++;
    op.chip = chip;
    op.fixed = fixed;
    op.command = command;
    test_.ops.push_back(op);
    interpreter_->run(op);
    return test_.ops.back();
  }

  void begin() {
    const std::uint32_t pad = machine_.scratchpad_bytes, sums = machine_.accumulator_words * machine_.word_bytes * 4;
    for (unsigned chip = 0; chip < test_.chips; ++chip) {
      test_.images.push_back({chip, first_at, {}, random_(), pad + sums});
      for (const Window& window : windows) test_.images.push_back({chip, window.address, {}, random_(), window.bytes});
    }
    interpreter_ = std::make_unique<Interpreter>(machine_, test_.chips, test_.images);
    frame(opening(machine_));
  }

  void end() { frame(closing(machine_)); }

  void frame(const std::vector<contract::Command>& commands) {
    for (unsigned chip = 0; chip < test_.chips; ++chip)
      for (const contract::Command& command : commands) push(chip, command, true);
  }

  Opcode any_opcode() {
    // Commands that move one byte and those that keep a unit busy for thousands of cycles, about as often as networks have them.
    static constexpr Opcode often[] = {Opcode::load, Opcode::load, Opcode::fill,      Opcode::store,     Opcode::store,   Opcode::conv,
                                       Opcode::conv, Opcode::conv, Opcode::depthwise, Opcode::depthwise, Opcode::requant, Opcode::add,
                                       Opcode::mul,  Opcode::pool, Opcode::lookup,    Opcode::move,      Opcode::nop,     Opcode::mark};
    const unsigned network = test_.chips > 1 ? 35 : 12;
    if (random_.percent(network)) return random_.percent(70) ? Opcode::send : Opcode::send_add;
    return random_.one_of(often);
  }

  bool sound_here(const Op& op) {
    return !op_unsound(op, machine_, test_.chips, *interpreter_) && tokens_[op.chip] + tokens_of(op.command, machine_) <= most_tokens;
  }

  /// A command, after those that bring it what it needs, and with luck one that takes what it leaves.
  void add_some(unsigned chip) {
    tokens_.resize(test_.chips);
    for (int attempt = 0; attempt < 40; ++attempt) {
      const Opcode opcode = any_opcode();
      contract::Command command = draw_.command(opcode);
      if (random_.percent(limits_)) command = draw_.at_limits(command, static_cast<unsigned>(random_.in(1, 3)));
      if (opcode_of(command) == Opcode::depthwise && !prepare_weights(chip, command)) continue;
      if (opcode_of(command) == Opcode::requant && !prepare_records(chip, command)) continue;
      Op op;
      op.chip = chip;
      op.command = command;
      if (!sound_here(op)) continue;
      const std::uint32_t id = push(chip, command).id;
      tokens_[chip] += tokens_of(command, machine_);
      left_by(command);
      if (leaves_sums(command) && random_.percent(60)) bank_by_bank(chip, command, id);
      return;
    }
  }

  /// A REQUANT takes the banks of a CONV or DEPTHWISE as it leaves them, and with luck another round of both enters them as that has read
  /// them.
  void bank_by_bank(unsigned chip, const contract::Command& sums, std::uint32_t id) {
    id = follow(chip, draw_.requant_of(sums), id);
    for (int round = 0; id != 0 && round < 3 && random_.percent(50); ++round) {
      id = follow(chip, sums, id);
      if (id != 0) id = follow(chip, draw_.requant_of(sums), id);
    }
  }

  /// The id of a command that goes on bank by bank after that one; 0 when it cannot be.
  std::uint32_t follow(unsigned chip, const contract::Command& command, std::uint32_t after) {
    if (opcode_of(command) == Opcode::requant && !prepare_records(chip, command)) return 0;
    Op op;
    op.chip = chip;
    op.command = command;
    if (!sound_here(op)) return 0;
    Op& pushed = push(chip, command);
    pushed.after = after;
    tokens_[chip] += tokens_of(command, machine_);
    left_by(command);
    return pushed.id;
  }

  void left_by(const contract::Command& command) {
    if (opcode_of(command) == Opcode::load && contract::Load::decode(command).space == 0)
      draw_.remember(contract::Load::decode(command).local_base);
    if (const auto out = field(command, "out_base")) draw_.remember(static_cast<std::uint32_t>(*out));
  }

  /// Bytes that a LOAD brings into the scratchpad. False when they have no place there.
  bool bring(unsigned chip, std::uint32_t address, const std::vector<std::uint8_t>& bytes) {
    if (bytes.empty() || std::uint64_t{address} + bytes.size() > machine_.scratchpad_bytes || bytes.size() > most_work) return false;
    const std::uint64_t at = blobs_at + blob_bytes_ + random_.below(64);
    blob_bytes_ += (bytes.size() + 127) / 64 * 64;
    test_.images.push_back({chip, at, bytes, 0, 0});
    interpreter_->place(test_.images.back());
    push(chip, load_of(at, Space::scratchpad, address, static_cast<std::uint32_t>(bytes.size())));
    return true;
  }

  bool legal_but_for_operands(unsigned chip, const contract::Command& command) {
    if (!functional::check_command(command, machine_).legal()) return false;
    const auto f = footprint(command, machine_, chip, most_work);
    return f && well_defined(command, *f);
  }

  bool prepare_weights(unsigned chip, const contract::Command& command) {
    if (!legal_but_for_operands(chip, command)) return false;
    const auto c = contract::Depthwise::decode(command);
    const std::uint32_t tile = machine_.word_bytes * machine_.word_bytes;
    std::vector<std::uint8_t> bytes(std::size_t{c.tiles} * c.phases_x * c.phases_y * c.blocks * tile);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = i % tile < c.rows * c.kernel_w * machine_.word_bytes ? static_cast<std::uint8_t>(random_()) : 0;
    return bring(chip, c.weight_base, bytes);
  }

  bool prepare_records(unsigned chip, const contract::Command& command) {
    if (!legal_but_for_operands(chip, command)) return false;
    Op op;
    op.chip = chip;
    op.command = command;
    if (interpreter_->operands_legal(op)) return true;
    const auto c = contract::Requant::decode(command);
    return bring(chip, c.param_base, draw_.records(c.tiles));
  }

  /// A command that the chip does not take, or finds wrong while it runs. It is wrong in one way: which of two would be found first is not
  /// said.
  void refuse(unsigned chip) {
    for (int attempt = 0; attempt < 200; ++attempt) {
      const contract::Command good = draw_.command(any_opcode());
      if (!legal_but_for_operands(chip, good)) continue;
      Op op;
      op.chip = chip;
      op.refused = true;
      op.command = draw_.spoiled(good);
      if (!wrong_in_one_way(op, machine_)) continue;
      op.id = next_id_++;
      test_.ops.push_back(op);
      return;
    }
  }

  Random random_;
  contract::Configuration machine_;
  Draw draw_;
  Case test_;
  std::unique_ptr<Interpreter> interpreter_;
  std::vector<std::uint32_t> tokens_;
  std::uint32_t next_id_ = 1;
  std::uint64_t blob_bytes_ = 0;
  unsigned limits_ = 0;
};

}  // namespace

Case generate(std::uint64_t seed, const Choice& choice) { return Generator(seed, choice).make(); }

std::string unsound(const Case& test) {
  const contract::Configuration& machine = configuration(test.config);
  Interpreter interpreter(machine, test.chips, test.images);
  std::vector<std::uint32_t> tokens(test.chips);
  std::set<std::uint32_t> ids;
  bool refused = false;
  for (const Op& op : test.ops) {
    const std::string name = "op " + std::to_string(op.id) + " ";
    if (!ids.insert(op.id).second) return name + "is not the only one of its id";
    if (const char* const why = after_unsound(test.ops, op)) return name + why;
    if (op.refused) {
      if (refused) return name + "is the second that is to be refused";
      if (!wrong_in_one_way(op, machine)) return name + "is to be refused, but is not wrong in just one way";
      refused = true;
      continue;
    }
    if (const char* const why = op_unsound(op, machine, test.chips, interpreter)) return name + why;
    if ((tokens[op.chip] += tokens_of(op.command, machine)) > most_tokens) return name + "leaves more sums than a semaphore counts";
    interpreter.run(op);
  }
  if (!framed(test, machine)) return "its fixed ops are not those that fill all memory at its beginning and read it back at its end";
  return {};
}

}  // namespace twill::fuzz
