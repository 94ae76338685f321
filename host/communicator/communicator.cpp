// SPDX-License-Identifier: Apache-2.0
// Calls of ranks: matched with each other, planned once for all of them, written into the caller's stream.
#include <algorithm>
#include <map>
#include <set>

#include "cost.hpp"
#include "emit.hpp"
#include "twill/communicator.hpp"
#include "twill/error.hpp"

namespace twill {
namespace collective {

/// An operation that some ranks have called.
struct Call {
  Task task;
  Algorithm asked = Algorithm::automatic;
  unsigned first = 0;          ///< the rank that called first
  CallInfo info;
  std::set<unsigned> missing;  ///< ranks that are yet to call
  std::unique_ptr<Flow> flow;  ///< until all have
  std::vector<std::vector<Step>> steps;
  Staging staging;
  unsigned id = 0;             ///< in its world
};

struct Group {
  std::string name;
  Shape shape;
  std::vector<Call> calls;
  std::vector<std::size_t> made;  ///< calls by rank
  std::map<std::pair<unsigned, unsigned>, std::vector<Call>> messages;  ///< from, to
  std::map<std::pair<unsigned, unsigned>, std::size_t> sent, received;
};

class World {
 public:
  World(std::vector<ProgramWriter*> writers, const CommunicatorOptions& given)
      : options(given), programs(std::move(writers)), semaphores(given.semaphores, static_cast<unsigned>(programs.size())), log(programs.size()) {
    if (options.topology.chips() != programs.size())
      throw InputError("the topology " + options.topology.text() + " has " + std::to_string(options.topology.chips()) + " chips and there are " +
                       std::to_string(programs.size()) + " programs");
  }

  CommunicatorOptions options;
  std::vector<ProgramWriter*> programs;
  Semaphores semaphores;
  std::vector<std::vector<unsigned>> log;  ///< by chip: ids of calls in the order made
  std::vector<std::shared_ptr<Group>> groups;
  unsigned calls = 0;
};

}  // namespace collective

using namespace collective;
using contract::Space;

namespace {

constexpr unsigned most_signals = 250;        // of one semaphore before any is taken
constexpr std::uint64_t scratchpad_piece = 2048, grid_piece = 4096, chain_piece = 512, least_piece = 64, turn_piece = 256;
constexpr std::uint64_t dram_piece = 8192, direct_dram_piece = 8192, dram_chain_piece = 2048, dram_turn_piece = 512;
constexpr std::uint64_t run_limit = 1u << 23;  // a command's run has 24 bits

std::string list_of(const std::vector<unsigned>& ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (std::size_t i = 0; i < ranks.size(); ++i) text += (i == 0 ? "" : i + 1 == ranks.size() ? " and " : ", ") + std::to_string(ranks[i]);
  return text;
}

const char* type_text(DataType type) {
  switch (type) {
    case DataType::int8: return "int8";
    case DataType::uint8: return "uint8";
    case DataType::int32: return "int32";
    default: return "float32";
  }
}

std::string text_of(const Buffer& b) {
  return std::to_string(b.count) + " " + type_text(b.type) + " at " + std::string(contract::name(b.space)) + " address " + std::to_string(b.address);
}

bool reduces(Collective op) { return op == Collective::all_reduce || op == Collective::reduce_scatter || op == Collective::reduce; }
bool rooted(Collective op) { return op == Collective::broadcast || op == Collective::reduce || op == Collective::scatter || op == Collective::gather; }

/// "all_reduce of 1024 int32 at scratchpad address 0, ring".
std::string text_of(const Task& task, Algorithm asked) {
  std::string text = name_of(task.operation);
  if (task.operation == Collective::barrier) return text;
  text += " of " + text_of(task.buffer);
  if (task.operation == Collective::all_to_all) text += " to address " + std::to_string(task.to.address);
  if (rooted(task.operation)) text += ", root " + std::to_string(task.root);
  if (asked != Algorithm::automatic) text += std::string(", ") + name_of(asked);
  return text;
}

bool same(const Buffer& a, const Buffer& b) { return a.space == b.space && a.address == b.address && a.count == b.count && a.type == b.type; }
bool same(const Task& a, const Task& b) {
  return a.operation == b.operation && same(a.buffer, b.buffer) && same(a.to, b.to) && a.root == b.root && a.peer == b.peer;
}

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

/// Chips in an order in which the next is near: round the circle, or a grid's first column and then its rows to and fro.
std::vector<unsigned> ring_of(const std::vector<unsigned>& chips, const noc::TopologySpec& topology) {
  const auto n = static_cast<unsigned>(chips.size());
  std::vector<unsigned> order;
  const unsigned rows = topology.rows, columns = topology.columns;
  const bool grid = n == topology.chips() && rows > 1 && columns > 1;
  std::vector<unsigned> rank_of_chip(topology.chips(), 0);
  for (unsigned r = 0; r < n; ++r) rank_of_chip[chips[r]] = r;
  const auto add = [&](unsigned row, unsigned column) { order.push_back(rank_of_chip[row * columns + column]); };
  if (!grid) {
    for (unsigned r = 0; r < n; ++r) order.push_back(r);
  } else if (rows % 2 == 0) {
    // Out along the first column is the way back: rows to and fro without it.
    for (unsigned row = 0; row < rows; ++row)
      for (unsigned c = 1; c < columns; ++c) add(row, row % 2 == 0 ? c : columns - c);
    for (unsigned row = rows; row-- > 0;) add(row, 0);
  } else if (columns % 2 == 0) {
    for (unsigned column = 0; column < columns; ++column)
      for (unsigned r = 1; r < rows; ++r) add(column % 2 == 0 ? r : rows - r, column);
    for (unsigned column = columns; column-- > 0;) add(0, column);
  } else {
    for (unsigned row = 0; row < rows; ++row)
      for (unsigned c = 0; c < columns; ++c) add(row, row % 2 == 0 ? c : columns - 1 - c);
  }
  return order;
}

void check_buffer(const Buffer& b, const CommunicatorOptions& options, const std::string& who) {
  const std::uint64_t bytes = b.bytes();
  if (b.space != Space::scratchpad && b.space != Space::dram) throw InputError(who + ": a buffer lies in the scratchpad or in DRAM");
  const std::uint64_t most = b.space == Space::scratchpad ? options.scratchpad : std::uint64_t{1} << 40;
  if (b.address > most || bytes > most - b.address)
    throw InputError(who + ": " + text_of(b) + " end beyond the " + std::string(contract::name(b.space)) + ", which has " + std::to_string(most) + " bytes");
  if (b.address % size_of(b.type) != 0) throw InputError(who + ": " + text_of(b) + " are not at a multiple of " + std::to_string(size_of(b.type)));
}

void check_task(const Task& task, Algorithm asked, const Shape& shape, const CommunicatorOptions& options, const std::string& who) {
  if (asked != Algorithm::automatic) {
    const std::vector<Algorithm> known = algorithms_for(task.operation, shape);
    if (std::find(known.begin(), known.end(), asked) == known.end()) {
      std::string names;
      for (const Algorithm a : known) names += (names.empty() ? "" : ", ") + std::string(name_of(a));
      throw InputError(who + ": no algorithm " + name_of(asked) + " on " + options.topology.text() + "; there is " + names);
    }
  }
  if (task.operation == Collective::barrier) return;
  check_buffer(task.buffer, options, who);
  if (reduces(task.operation) && task.buffer.type != DataType::int32)
    throw InputError(who + ": sums are of int32, not of " + type_text(task.buffer.type));
  if (rooted(task.operation) && task.root >= shape.size())
    throw InputError(who + ": there is no root " + std::to_string(task.root) + " among " + std::to_string(shape.size()) + " ranks");
  if (task.operation == Collective::all_to_all) {
    check_buffer(task.to, options, who);
    if (task.to.count != task.buffer.count || task.to.type != task.buffer.type || task.to.space != task.buffer.space)
      throw InputError(who + ": the buffers it goes from and to must be of one size, type and space");
    if (task.buffer.count % shape.size() != 0)
      throw InputError(who + ": " + std::to_string(task.buffer.count) + " elements are not the same number for each of " + std::to_string(shape.size()) + " ranks");
    const Buffer &a = task.buffer, &b = task.to;
    if (a.address < b.address + b.bytes() && b.address < a.address + a.bytes()) throw InputError(who + ": the buffers it goes from and to overlap");
  }
}

}  // namespace

const char* name_of(Collective operation) {
  constexpr const char* names[] = {"all_reduce", "reduce_scatter", "all_gather", "broadcast", "reduce", "scatter", "gather", "all_to_all", "barrier", "send", "recv"};
  return names[static_cast<std::size_t>(operation)];
}

std::vector<Collective> collectives() {
  using C = Collective;
  return {C::all_reduce, C::reduce_scatter, C::all_gather, C::broadcast, C::reduce, C::scatter, C::gather, C::all_to_all, C::barrier};
}

const char* name_of(Algorithm algorithm) {
  constexpr const char* names[] = {"automatic", "ring", "ring_both", "tree", "direct", "dimension"};
  return names[static_cast<std::size_t>(algorithm)];
}

std::vector<Algorithm> algorithms() {
  return {Algorithm::ring, Algorithm::ring_both, Algorithm::tree, Algorithm::direct, Algorithm::dimension};
}

namespace collective {

/// Plans a call with one algorithm. Nothing when the staging is too small for it.
bool plan(Call& call, const Shape& shape, World& world, Algorithm algorithm) {
  Task& task = call.task;
  task.algorithm = algorithm;
  const bool dram = task.buffer.space == Space::dram;
  const unsigned n = shape.size();
  const std::uint64_t bytes = task.buffer.bytes(), part = (bytes + n - 1) / n;
  const bool chain = (task.operation == Collective::broadcast || task.operation == Collective::reduce) && algorithm != Algorithm::tree;
  const bool direct = algorithm == Algorithm::direct;
  // Pieces so small that the next step starts early, and no smaller, for every command costs some cycles.
  if (dram)
    task.piece = direct ? direct_dram_piece : chain ? dram_chain_piece : std::min(dram_piece, std::max<std::uint64_t>(round_up((part + 1) / 2, 64), 256));
  else
    task.piece = direct ? run_limit : chain ? std::max(chain_piece, round_up(bytes / (most_signals - 4), 16)) :
                 std::max(algorithm == Algorithm::dimension ? grid_piece : scratchpad_piece, round_up(part / 4, 64));
  bool grown = false;
  for (;;) {
    auto flow = std::make_unique<Flow>(make_flow(task, shape));
    if (flow->most_signals() > most_signals) {
      if (task.piece >= run_limit) return false;
      task.piece *= 2;
      grown = true;
      continue;
    }
    Semaphores trial = world.semaphores;
    auto steps = flow->schedule(trial);
    call.staging = {world.options.staging_address, round_up(task.piece, 64)};
    if (flow->slots() * call.staging.slot_bytes > world.options.staging_bytes) {
      if (task.piece <= least_piece || grown) return false;
      task.piece = std::max(least_piece, task.piece / 2 / 64 * 64);
      continue;
    }
    const Costs costs = costs_of(*flow, shape, world.options);
    // Where links have about as much to do as ports, a long message holds up those behind it that go another way. (On a switch, and in
    // grids of two rows or columns, long ones take less time as measured.)
    const std::uint64_t turn = dram ? dram_turn_piece : turn_piece;
    const bool joined = shape.rows == 0 ? world.options.topology.kind != noc::TopologySpec::Kind::central_switch : std::min(shape.rows, shape.columns) > 2;
    const bool crowded = n > 1 && joined && 4 * costs.busiest_link >= 3 * static_cast<double>(costs.sent[0]);
    if (task.operation == Collective::all_to_all && crowded && task.piece > turn) {
      task.piece = turn;
      continue;
    }
    if (call.flow && costs.estimate >= call.info.estimate) return true;  // no better than what there is
    call.flow = std::move(flow);
    call.steps = std::move(steps);
    call.info.algorithm = algorithm;
    call.info.estimate = costs.estimate;
    call.info.sent = costs.sent;
    call.info.busiest_link = costs.busiest_link;
    add_bounds(call.info, task, shape, world.options, costs);
    return true;
  }
}

/// Chooses the algorithm and plans the call for all its ranks.
void plan(Call& call, const Shape& shape, World& world) {
  call.info.bytes = call.task.buffer.bytes();
  const std::vector<Algorithm> known = algorithms_for(call.task.operation, shape);
  const bool automatic = call.asked == Algorithm::automatic;
  const std::uint64_t many = 1u << 20;  // from here on the rings' bytes decide
  Call best;
  best.task = call.task;
  bool fits = false;
  Task chosen = call.task;
  Staging staging;
  for (const Algorithm a : known) {
    if (automatic ? fits && call.info.bytes > many && (a == Algorithm::tree || a == Algorithm::direct) : a != call.asked) continue;
    const Algorithm before = best.info.algorithm;
    const bool had = best.flow != nullptr;
    if (!plan(best, shape, world, a)) continue;
    fits = true;
    if (!had || best.info.algorithm != before) {
      chosen = best.task;
      staging = best.staging;
    }
  }
  if (!fits)
    throw InputError(call.info.name + ": " + (automatic ? "" : std::string(name_of(call.asked)) + " of ") + text_of(call.task.buffer) +
                     " does not fit a staging of " + std::to_string(world.options.staging_bytes) + " bytes" +
                     (automatic || call.asked == known.front() ? "" : std::string("; ") + name_of(known.front()) + " takes less"));
  const std::string name = call.info.name;
  const std::uint64_t bytes = call.info.bytes;
  call.flow = std::move(best.flow);
  call.info = best.info;
  call.info.name = name;
  call.info.bytes = bytes;
  call.task = chosen;
  call.staging = staging;
  // Once more, now taking the semaphores for good.
  call.steps = call.flow->schedule(world.semaphores);
}

void write(Call& call, unsigned rank, Group& group, World& world) {
  const unsigned chip = group.shape.chips[rank];
  ProgramWriter& writer = *world.programs[chip];
  for (unsigned c = 0; c < channels; ++c) writer.remote_semaphore(world.semaphores.data(c), "bytes that other ranks send");
  const std::vector<unsigned>& givers = world.semaphores.givers()[chip];
  for (unsigned i = 0; i < givers.size(); ++i)
    writer.remote_semaphore(world.semaphores.grant_semaphore(i), "chip " + std::to_string(givers[i]) + " to be ready");
  emit(*call.flow, call.steps[rank], rank, call.task.buffer.space, call.staging, writer.stream(), writer.label(call.info.name));
  world.log[chip].push_back(call.id);
  call.missing.erase(rank);
  if (!call.missing.empty()) return;
  call.flow.reset();
  call.steps.clear();
}

}  // namespace collective

Communicator::Communicator(std::vector<ProgramWriter*> programs, const CommunicatorOptions& options, const std::string& name)
    : world_(std::make_shared<World>(std::move(programs), options)), group_(std::make_shared<Group>()) {
  group_->name = name;
  Shape& shape = group_->shape;
  for (unsigned c = 0; c < world_->programs.size(); ++c) shape.chips.push_back(c);
  shape.ring = ring_of(shape.chips, options.topology);
  if (options.topology.rows > 1 && options.topology.columns > 1) {
    shape.rows = options.topology.rows;
    shape.columns = options.topology.columns;
  }
  group_->made.assign(size(), 0);
  world_->groups.push_back(group_);
}

Communicator::Communicator(std::shared_ptr<World> world, std::shared_ptr<Group> group) : world_(std::move(world)), group_(std::move(group)) {
  group_->made.assign(size(), 0);
  world_->groups.push_back(group_);
}

unsigned Communicator::size() const { return group_->shape.size(); }
const std::string& Communicator::name() const { return group_->name; }
unsigned Communicator::chip(unsigned rank) const {
  if (rank >= size()) throw InputError("there is no rank " + std::to_string(rank) + " in " + name() + ", which has " + std::to_string(size()));
  return group_->shape.chips[rank];
}

Communicator Communicator::group(const std::string& name, const std::vector<unsigned>& ranks) const {
  auto made = std::make_shared<Group>();
  made->name = name;
  if (ranks.empty()) throw InputError("the group " + name + " has no ranks");
  for (const unsigned r : ranks) {
    const unsigned c = chip(r);
    if (std::find(made->shape.chips.begin(), made->shape.chips.end(), c) != made->shape.chips.end())
      throw InputError("rank " + std::to_string(r) + " stands in the group " + name + " twice");
    made->shape.chips.push_back(c);
  }
  made->shape.ring = ring_of(made->shape.chips, world_->options.topology);
  return Communicator(world_, made);
}

Communicator Communicator::row(unsigned index) const {
  const Shape& s = group_->shape;
  if (index >= s.rows) throw InputError(name() + " has no row " + std::to_string(index) + ": it has " + std::to_string(s.rows));
  std::vector<unsigned> ranks;
  for (unsigned c = 0; c < s.columns; ++c) ranks.push_back(index * s.columns + c);
  return group("row " + std::to_string(index) + " of " + name(), ranks);
}

Communicator Communicator::column(unsigned index) const {
  const Shape& s = group_->shape;
  if (index >= s.columns) throw InputError(name() + " has no column " + std::to_string(index) + ": it has " + std::to_string(s.columns));
  std::vector<unsigned> ranks;
  for (unsigned r = 0; r < s.rows; ++r) ranks.push_back(r * s.columns + index);
  return group("column " + std::to_string(index) + " of " + name(), ranks);
}

CallInfo Communicator::call(Collective operation, unsigned rank, const Buffer& buffer, unsigned root, Algorithm algorithm, const Buffer& to) const {
  chip(rank);
  Group& g = *group_;
  const std::size_t index = g.made[rank];
  Task task;
  task.operation = operation;
  if (operation != Collective::barrier) task.buffer = buffer;
  if (operation == Collective::all_to_all) task.to = to;
  if (rooted(operation)) task.root = root;
  const std::string place = "call " + std::to_string(index) + " of " + name();
  if (index < g.calls.size()) {
    Call& other = g.calls[index];
    Task planned = other.task;
    planned.algorithm = task.algorithm;
    if (!same(planned, task) || other.asked != algorithm)
      throw InputError(place + ": rank " + std::to_string(rank) + " calls " + text_of(task, algorithm) + ", rank " + std::to_string(other.first) + " called " +
                       text_of(other.task, other.asked));
  } else {
    check_task(task, algorithm, g.shape, world_->options, place + ", " + name_of(operation) + " at rank " + std::to_string(rank));
    Call call;
    call.task = task;
    call.asked = algorithm;
    call.first = rank;
    call.info.name = std::string(name_of(operation)) + " " + std::to_string(index) + " of " + name();
    call.id = world_->calls;
    for (unsigned r = 0; r < size(); ++r) call.missing.insert(r);
    plan(call, g.shape, *world_);
    ++world_->calls;
    g.calls.push_back(std::move(call));
  }
  Call& call = g.calls[index];
  write(call, rank, g, *world_);
  ++g.made[rank];
  return call.info;
}

CallInfo Communicator::call_all(Collective operation, const Buffer& buffer, unsigned root, Algorithm algorithm, const Buffer& to) const {
  CallInfo info;
  for (unsigned r = 0; r < size(); ++r) info = call(operation, r, buffer, root, algorithm, to);
  return info;
}

CallInfo Communicator::all_reduce(unsigned rank, const Buffer& buffer, Algorithm algorithm) const { return call(Collective::all_reduce, rank, buffer, 0, algorithm); }
CallInfo Communicator::reduce_scatter(unsigned rank, const Buffer& buffer, Algorithm algorithm) const { return call(Collective::reduce_scatter, rank, buffer, 0, algorithm); }
CallInfo Communicator::all_gather(unsigned rank, const Buffer& buffer, Algorithm algorithm) const { return call(Collective::all_gather, rank, buffer, 0, algorithm); }
CallInfo Communicator::broadcast(unsigned rank, const Buffer& buffer, unsigned root, Algorithm algorithm) const { return call(Collective::broadcast, rank, buffer, root, algorithm); }
CallInfo Communicator::reduce(unsigned rank, const Buffer& buffer, unsigned root, Algorithm algorithm) const { return call(Collective::reduce, rank, buffer, root, algorithm); }
CallInfo Communicator::scatter(unsigned rank, const Buffer& buffer, unsigned root) const { return call(Collective::scatter, rank, buffer, root); }
CallInfo Communicator::gather(unsigned rank, const Buffer& buffer, unsigned root) const { return call(Collective::gather, rank, buffer, root); }
CallInfo Communicator::all_to_all(unsigned rank, const Buffer& from, const Buffer& to) const { return call(Collective::all_to_all, rank, from, 0, Algorithm::automatic, to); }
CallInfo Communicator::barrier(unsigned rank) const { return call(Collective::barrier, rank, {}); }

namespace {

/// Either side of a message: who calls, and who it is that the other side must match.
CallInfo message(World& world, Group& g, bool sends, unsigned from, unsigned to, const Buffer& buffer) {
  const unsigned rank = sends ? from : to;
  std::size_t& made = (sends ? g.sent : g.received)[{from, to}];
  std::vector<Call>& calls = g.messages[{from, to}];
  const std::string name = "message " + std::to_string(made) + " from rank " + std::to_string(from) + " to rank " + std::to_string(to) + " of " + g.name;
  if (from == to) throw InputError(name + ": a rank does not send to itself");
  if (made < calls.size()) {
    const Call& other = calls[made];
    if (!same(other.task.buffer, buffer))
      throw InputError(name + ": rank " + std::to_string(rank) + (sends ? " sends " : " receives ") + text_of(buffer) + ", rank " + std::to_string(other.first) +
                       (sends ? " receives " : " sends ") + text_of(other.task.buffer));
  } else {
    Call call;
    call.task.operation = Collective::send;
    call.task.buffer = buffer;
    call.task.root = from;
    call.task.peer = to;
    call.first = rank;
    call.info.name = name;
    call.id = world.calls;
    call.missing = {from, to};
    check_task(call.task, Algorithm::automatic, g.shape, world.options, name);
    plan(call, g.shape, world);
    ++world.calls;
    calls.push_back(std::move(call));
  }
  Call& call = calls[made++];
  write(call, rank, g, world);
  return call.info;
}

}  // namespace

CallInfo Communicator::send(unsigned rank, unsigned to, const Buffer& buffer) const {
  chip(rank), chip(to);
  return message(*world_, *group_, true, rank, to, buffer);
}

CallInfo Communicator::recv(unsigned rank, unsigned from, const Buffer& buffer) const {
  chip(rank), chip(from);
  return message(*world_, *group_, false, from, rank, buffer);
}

namespace {

template <class Visit>
void each_call(const World& world, Visit visit) {
  for (const auto& g : world.groups) {
    for (const Call& c : g->calls) visit(*g, c);
    for (const auto& [ends, calls] : g->messages)
      for (const Call& c : calls) visit(*g, c);
  }
}

bool takes_part(const Group& g, const Call& c, unsigned rank) {
  return c.task.operation != Collective::send ? rank < g.shape.size() : rank == c.task.root || rank == c.task.peer;
}

/// "0, 1 and 3 wait in all_reduce 2 of world for rank 2, which never called it".
std::vector<std::string> waits(const World& world) {
  std::vector<std::string> sentences;
  each_call(world, [&](const Group& g, const Call& c) {
    if (c.missing.empty()) return;
    std::vector<unsigned> callers;
    for (unsigned r = 0; r < g.shape.size(); ++r)
      if (takes_part(g, c, r) && !c.missing.count(r)) callers.push_back(r);
    sentences.push_back(list_of(callers) + (callers.size() == 1 ? " waits in " : " wait in ") + c.info.name + " for " +
                        list_of({c.missing.begin(), c.missing.end()}) + ", which never called it");
  });
  return sentences;
}

/// Two chips must make the calls they share in one order, or one would take the other's signals for what they are not.
void check_orders(const World& world) {
  std::map<unsigned, std::string> names;
  each_call(world, [&](const Group&, const Call& c) { names[c.id] = c.info.name; });
  for (std::size_t a = 0; a < world.log.size(); ++a)
    for (std::size_t b = a + 1; b < world.log.size(); ++b) {
      const std::set<unsigned> of_a(world.log[a].begin(), world.log[a].end()), of_b(world.log[b].begin(), world.log[b].end());
      std::vector<unsigned> x, y;
      for (const unsigned id : world.log[a])
        if (of_b.count(id)) x.push_back(id);
      for (const unsigned id : world.log[b])
        if (of_a.count(id)) y.push_back(id);
      for (std::size_t i = 0; i < x.size(); ++i)
        if (x[i] != y[i])
          throw InputError("chip " + std::to_string(a) + " calls " + names[x[i]] + " before " + names[y[i]] + ", chip " + std::to_string(b) +
                           " the other way round; they must agree");
    }
}

}  // namespace

std::vector<std::string> Communicator::unanswered() const {
  std::vector<std::string> sentences;
  each_call(*world_, [&](const Group&, const Call& c) {
    if (!c.missing.empty()) sentences.push_back(list_of({c.missing.begin(), c.missing.end()}) + " never called " + c.info.name);
  });
  return sentences;
}

std::vector<Outcome> Communicator::run(System& system, const std::vector<Program>& programs, const LaunchOptions& options) const {
  check_orders(*world_);
  const std::vector<std::string> open = waits(*world_);
  try {
    return launch(system, programs, options);
  } catch (const ChipError& error) {
    if (open.empty()) throw;
    throw ChipError(open.front() + "; " + error.what());
  }
}

}  // namespace twill
