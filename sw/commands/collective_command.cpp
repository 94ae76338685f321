// SPDX-License-Identifier: Apache-2.0
// twill collective: one collective of random data, its result compared with the plain computation.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "commands/commands.hpp"
#include "common/format.hpp"
#include "common/link_report.hpp"
#include "common/nearest.hpp"
#include "common/progress.hpp"
#include "common/random_bytes.hpp"
#include "common/report.hpp"
#include "common/report_file.hpp"
#include "common/sizes.hpp"
#include "common/system_choice.hpp"
#include "common/system_report.hpp"
#include "stream.hpp"
#include "twill/communicator.hpp"
#include "twill/error.hpp"
#include "twill/runtime.hpp"

namespace twill::cli {
namespace {

using Bytes = std::vector<std::uint8_t>;
using contract::Space;
using nlohmann::ordered_json;

constexpr std::uint64_t results_at = std::uint64_t{1} << 32;  // DRAM: where a scratchpad's contents are stored for the host
constexpr std::uint64_t ring_at = std::uint64_t{1} << 34, marks_at = std::uint64_t{1} << 35;
constexpr std::uint32_t start_tag = 0, end_tag = 1;

template <class T>
T choose(const std::string& text, const std::string& what, const std::vector<T>& known) {
  std::vector<std::string> names;
  for (const T& k : known) {
    if (text == name_of(k)) return k;
    names.emplace_back(name_of(k));
  }
  throw InputError("there is no " + what + " '" + text + "'; " + suggestion(text, names));
}

DataType type_of(const std::string& text) {
  for (const DataType t : {DataType::int8, DataType::uint8, DataType::int32, DataType::float32})
    if (text == type_name(t)) return t;
  throw InputError("there is no type '" + text + "'; " + suggestion(text, {"int8", "uint8", "int32", "float32"}));
}

bool rooted(Collective op) { return op == Collective::broadcast || op == Collective::reduce || op == Collective::scatter || op == Collective::gather; }

/// What the operation makes of all ranks' buffers, by the definition in communicator.hpp: the bytes [first, last) of rank r that are defined.
struct Defined {
  std::uint64_t first = 0, last = 0;
  Bytes bytes;
};

Defined plain(Collective op, const Buffer& b, const std::vector<Bytes>& in, unsigned rank, unsigned root) {
  const auto n = static_cast<unsigned>(in.size());
  const std::uint64_t size = size_of(b.type), all = b.bytes();
  const auto begin = [&](unsigned part) { return b.begin(part, n) * size; };
  const auto sum = [&](std::uint64_t first, std::uint64_t last) {
    Defined d{first, last, Bytes(last - first)};
    for (std::uint64_t i = first; i < last; i += 4) {
      std::uint32_t total = 0;
      for (const Bytes& bytes : in) {
        std::uint32_t v;
        std::memcpy(&v, &bytes[i], 4);
        total += v;
      }
      std::memcpy(&d.bytes[i - first], &total, 4);
    }
    return d;
  };
  const auto assemble = [&](const auto& from, auto offset) {
    Defined d{0, all, {}};
    for (unsigned r = 0; r < n; ++r) {
      const std::uint64_t at = offset(r), bytes = begin(r + 1) - begin(r);
      d.bytes.insert(d.bytes.end(), from(r).begin() + static_cast<std::ptrdiff_t>(at), from(r).begin() + static_cast<std::ptrdiff_t>(at + bytes));
    }
    return d;
  };
  const auto everyone = [&](unsigned r) -> const Bytes& { return in[r]; };
  switch (op) {
    case Collective::all_reduce: return sum(0, all);
    case Collective::reduce_scatter: return sum(begin(rank), begin(rank + 1));
    case Collective::reduce: return rank == root ? sum(0, all) : Defined{};
    case Collective::broadcast: return {0, all, in[root]};
    case Collective::all_gather: return assemble(everyone, begin);
    case Collective::gather:
      if (rank == root) return assemble(everyone, begin);
      return {0, all, in[rank]};
    case Collective::scatter: return assemble([&](unsigned r) -> const Bytes& { return in[r == rank ? root : rank]; }, begin);
    case Collective::all_to_all: return assemble(everyone, [&](unsigned) { return begin(rank); });
    default: return {};
  }
}

std::string known_operations() {
  std::vector<std::string> names;
  for (const Collective c : collectives()) names.emplace_back(name_of(c));
  return listed(names);
}

std::string known_algorithms() {
  std::vector<std::string> names;
  for (const Algorithm a : algorithms()) names.emplace_back(name_of(a));
  return listed(names);
}

/// The job: operands, the collective between two MARKs, results to where the host can read them.
class Job {
 public:
  Job(const SystemChoice& choice, Collective op, const Buffer& buffer, unsigned root, Algorithm algorithm, std::uint64_t seed)
      : choice_(choice), op_(op), buffer_(buffer), to_(buffer), writers_(choice.chips()) {
    const std::uint64_t room = (buffer.bytes() + 15) / 16 * 16;
    to_.address += room;
    CommunicatorOptions options;
    options.topology = choice.topology();
    options.link_latency = choice.link_latency();
    options.link_width = choice.link_width();
    options.dram_bandwidth = choice.least().dram_bandwidth;
    options.scratchpad = choice.least().scratchpad;
    if (buffer.space == Space::dram) {  // all of the scratchpad is free to pass bytes through
      options.staging_address = 0;
      options.staging_bytes = options.scratchpad;
    } else if (op != Collective::barrier && (op == Collective::all_to_all ? 2 : 1) * room > options.scratchpad) {
      throw InputError("--bytes " + grouped(buffer.bytes()) + (op == Collective::all_to_all ? " in two buffers do" : " do") + " not fit the smallest scratchpad of these chips, " +
                       grouped(options.scratchpad) + " bytes; use --space dram");
    }
    std::vector<ProgramWriter*> programs;
    for (ProgramWriter& w : writers_) programs.push_back(&w);
    world_ = std::make_unique<Communicator>(programs, options);

    Random random(seed);
    for (unsigned r = 0; r < choice.chips(); ++r) {
      in_.push_back(random.bytes(buffer.bytes()));
      if (!in_.back().empty()) writers_[r].image(buffer.address, in_.back());
      move(r, true, buffer_);
      // On equal chips in the same cycle everywhere: they start in one, and each loads as many bytes from a DRAM of its own.
      writers_[r].mark(start_tag);
    }
    hold_barrier();
    for (unsigned r = 0; r < choice.chips(); ++r) info_ = world_->call(op, r, buffer, root, algorithm, to_);
    for (unsigned r = 0; r < choice.chips(); ++r) {
      writers_[r].mark(end_tag);
      move(r, false, result());
    }
  }

  const CallInfo& info() const { return info_; }
  const std::vector<Bytes>& in() const { return in_; }
  const Buffer& result() const { return op_ == Collective::all_to_all ? to_ : buffer_; }

  std::vector<Outcome> run(System& system, bool quiet) {
    std::vector<Program> programs;
    for (ProgramWriter& w : writers_) programs.push_back(w.finish(ring_at, marks_at));
    const std::uint64_t moved = buffer_.space == Space::dram ? 0 : buffer_.bytes() + result().bytes();
    Progress progress("running", choice_.timed() ? info_.estimate + moved / choice_.least().dram_bandwidth : 0, choice_.timed() ? "cycles" : "steps", quiet);
    LaunchOptions options;
    options.progress = [&](std::uint64_t cycles) { progress.update(cycles); };
    options.memory_silence = memory_silence(choice_.machines());
    return world_->run(system, programs, options);
  }

  Bytes bytes_of(System& system, unsigned rank) const {
    Bytes bytes(result().bytes());
    const std::uint64_t from = result().address + (result().space == Space::dram ? 0 : results_at);
    if (!bytes.empty()) system.chip(rank).read_memory(from, bytes.data(), bytes.size());
    return bytes;
  }

 private:
  /// A barrier that is measured waits for the MARK before it. Other operations do by the bytes they read; it reads none, and would be long over.
  void hold_barrier() {
    if (op_ != Collective::barrier) return;
    contract::Nop nop;
    nop.queue = contract::Queue::network;
    for (ProgramWriter& w : writers_) w.stream().emit_after_all(nop.encode(), nop.queue, w.label("MARK"));
  }

  /// Between DRAM and the scratchpad, where that is where the buffer lies.
  void move(unsigned rank, bool load, const Buffer& b) {
    if (b.space == Space::dram || b.bytes() == 0) return;
    mapper::Stream& stream = writers_[rank].stream();
    const auto bytes = static_cast<std::uint32_t>(b.bytes());
    const auto local = mapper::Range::sp(b.address, bytes);
    if (load) {
      contract::Load l;
      l.dram_base = b.address;
      l.local_base = static_cast<std::uint32_t>(b.address);
      l.local_run = l.dram_run = bytes;
      stream.emit(l, {mapper::Range::dram(b.address, bytes)}, {local}, writers_[rank].label("operands"));
    } else {
      contract::Store s;
      s.dram_base = results_at + b.address;
      s.local_base = static_cast<std::uint32_t>(b.address);
      s.local_run = s.dram_run = bytes;
      stream.emit(s, {local}, {mapper::Range::dram(results_at + b.address, bytes)}, writers_[rank].label("results"));
    }
  }

  const SystemChoice& choice_;
  Collective op_;
  Buffer buffer_, to_;
  std::vector<ProgramWriter> writers_;
  std::unique_ptr<Communicator> world_;
  std::vector<Bytes> in_;
  CallInfo info_;
};

/// The collective's own cycles: from the first start of a chip to the last end.
std::uint64_t cycles_of(const std::vector<Outcome>& outcomes) {
  std::uint64_t start = UINT64_MAX, end = 0;
  for (const Outcome& o : outcomes) {
    start = std::min(start, o.marks.at(0).cycle());
    end = std::max(end, o.marks.at(1).cycle());
  }
  return end - start;
}

std::string difference(const Buffer& b, const Defined& expected, const Bytes& got, unsigned rank) {
  for (std::uint64_t i = expected.first; i < expected.last; ++i)
    if (got[i] != expected.bytes[i - expected.first]) {
      const std::uint64_t size = size_of(b.type), element = i / size;
      const auto value = [&](const std::uint8_t* at) {
        if (b.type != DataType::int32) return std::to_string(*at);
        std::int32_t v;
        std::memcpy(&v, at, 4);
        return std::to_string(v);
      };
      return "rank " + std::to_string(rank) + ", element " + std::to_string(element) + ": expected " + value(&expected.bytes[element * size - expected.first]) +
             ", got " + value(&got[element * size]);
    }
  return "";
}

}  // namespace

int collective_command(const std::vector<std::string>& args) {
  Options options("collective", "OPERATION",
                  "Runs one collective operation of random data on several chips, compares the result with the plain computation and shows\n"
                  "what it cost. OPERATION is one of " + known_operations() + ".\n\n"
                  "  twill collective all_reduce --chips 8 --topology torus:2x4 --bytes 1MiB\n"
                  "  twill collective broadcast --chips 4 --bytes 128KiB --space scratchpad --root 2\n\n"
                  "Every chip has a buffer of --bytes bytes at the same address; all operations are in place. Cycles run from where all chips have\n"
                  "their operands to the end of the slowest one. The bound is that of ports and links (and DRAM), step after step round a\n"
                  "ring, shown with its formula; few bytes in fewer steps undercut it.");
  SystemChoice::add_options(options);
  options.value("bytes", "BYTES", "of each chip's buffer: 4096, 128KiB, 1MiB", "128KiB")
      .value("type", "TYPE", "of its elements: int32, int8, uint8 or float32; sums are of int32", "int32")
      .value("space", "scratchpad|dram", "where the buffers lie; the scratchpad where they fit when not given")
      .value("algorithm", "NAME", known_algorithms() + "; the one with the fewest estimated cycles when not given")
      .value("root", "RANK", "of broadcast, reduce, scatter and gather", "0")
      .value("seed", "N", "of the data", "1");
  ReportFile::add_option(options);
  options.flag("quiet", "no progress on standard error");
  const auto values = options.parse(args, 1);
  if (!values) return 0;
  const Collective op = choose(values->texts("operands").at(0), "collective", collectives());
  const SystemChoice choice(*values);
  const ReportFile report_file(*values);
  const bool barrier = op == Collective::barrier;
  if (barrier)
    for (const char* option : {"bytes", "type", "space", "algorithm"})
      if (values->has(option)) throw InputError(std::string("a barrier moves no bytes; --") + option + " is for the other operations");
  Buffer buffer;
  buffer.type = type_of(values->text("type"));
  const std::uint64_t bytes = barrier ? 0 : parse_bytes(values->text("bytes"), "--bytes");
  if (bytes % size_of(buffer.type) != 0)
    throw InputError("--bytes " + std::to_string(bytes) + " is no whole number of " + type_name(buffer.type) + " elements of " + std::to_string(size_of(buffer.type)) + " bytes");
  buffer.count = bytes / size_of(buffer.type);
  const std::string space = values->has("space") ? values->text("space") : (op == Collective::all_to_all ? 2 : 1) * bytes <= choice.least().scratchpad ? "scratchpad" : "dram";
  if (space != "scratchpad" && space != "dram") throw InputError("--space takes scratchpad or dram, not '" + space + "'");
  buffer.space = space == "dram" ? Space::dram : Space::scratchpad;
  const Algorithm algorithm = values->has("algorithm") ? choose(values->text("algorithm"), "algorithm", algorithms()) : Algorithm::automatic;
  if (values->has("root") && !rooted(op)) throw InputError(std::string(name_of(op)) + " has no root; --root is for broadcast, reduce, scatter and gather");
  const auto root = static_cast<unsigned>(values->number("root", 0, choice.chips() - 1));
  const std::uint64_t seed = values->number("seed", 0, UINT64_MAX);

  Job job(choice, op, buffer, root, algorithm, seed);
  const auto system = choice.open();
  const auto began = std::chrono::steady_clock::now();
  const std::vector<Outcome> outcomes = job.run(*system, values->flag("quiet"));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::string fault;
  for (unsigned r = 0; r < choice.chips() && fault.empty(); ++r)
    fault = difference(job.result(), plain(op, buffer, job.in(), r, root), job.bytes_of(*system, r), r);

  const CallInfo& info = job.info();
  const std::uint64_t cycles = choice.timed() ? cycles_of(outcomes) : 0, bound = std::max(info.link_bound, info.dram_bound);
  const double of_bound = cycles && bound ? static_cast<double>(cycles) / static_cast<double>(bound) : 0;
  const std::vector<noc::LinkReport> links = links_of(*system);  // nothing but the collective has used them
  const std::vector<ChipCost> costs = chip_costs(outcomes);
  ordered_json json = report_head("collective");
  json["system"] = choice.json();
  json["operation"] = name_of(op);
  json["bytes"] = bytes;
  json["type"] = type_name(buffer.type);
  json["space"] = space;
  json["root"] = rooted(op) ? ordered_json(root) : ordered_json();
  json["seed"] = seed;
  json["algorithm"] = name_of(info.algorithm);
  json["algorithm_chosen_by"] = algorithm == Algorithm::automatic ? "twill" : "user";
  json["matches"] = fault.empty();
  json["fault"] = fault;
  json["cycles"] = cycles;
  json["estimated_cycles"] = info.estimate;
  json["link_bound"] = info.link_bound;
  json["link_bound_formula"] = info.bound_text;
  json["dram_bound"] = info.dram_bound;
  json["cycles_over_bound"] = of_bound;
  json["sent_bytes"] = info.sent;
  json["busiest_link_bytes"] = info.busiest_link;
  json["chips"] = chips_json(costs);
  json["links"] = links_json(links, cycles);
  json["simulation"] = {{"seconds", seconds}, {"chip_cycles", longest(costs) * choice.chips()}};
  report_file.write(json);

  std::ostream& out = report_file.text();
  out << name_of(op) << " of ";
  if (!barrier) out << byte_count(bytes) << " (" << grouped(buffer.count) << " " << type_name(buffer.type) << ") in " << (space == "dram" ? "DRAM" : "the scratchpad") << " of ";
  out << choice.text() << (rooted(op) ? ", root " + std::to_string(root) : std::string()) << ", seed " << seed << "\n\n";
  if (!barrier) out << (fault.empty() ? "every byte as computed plainly" : "DIFFERS from the plain computation: " + fault) << '\n';
  out << "algorithm         " << name_of(info.algorithm) << (algorithm == Algorithm::automatic ? " (chosen)" : " (asked for)") << '\n';
  if (cycles) out << "cycles            " << grouped(cycles) << "  (estimated " << grouped(info.estimate) << ")\n";
  out << "link bound        " << grouped(info.link_bound) << "  = " << info.bound_text << '\n';
  if (info.dram_bound) out << "DRAM bound        " << grouped(info.dram_bound) << '\n';
  if (cycles && bound) out << "of the bound      " << percent(of_bound) << '\n';
  const auto [least, most] = std::minmax_element(info.sent.begin(), info.sent.end());
  out << "sent by a chip    " << byte_count(*least) << (*least == *most ? "" : " to " + byte_count(*most)) << '\n';
  if (!barrier) out << "busiest link      " << byte_count(static_cast<std::uint64_t>(info.busiest_link + 0.5)) << ", computed from the routes\n";
  print_links(out, links, cycles);
  out << "\nThe whole job, operands and results included:\n";
  print_chips(out, costs);
  return fault.empty() ? 0 : 1;
}

}  // namespace twill::cli
