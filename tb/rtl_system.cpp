// SPDX-License-Identifier: Apache-2.0
#include "twill/rtl_system.hpp"

#include <algorithm>
#include <deque>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "node.hpp"
#include "twill/contract.hpp"
#include "twill/error.hpp"
#include "twill/tb/error_text.hpp"
#include "twill/waits.hpp"
#include "worker_pool.hpp"

// libsystemc refers to sc_main even when nothing calls it.
extern "C" __attribute__((weak)) int sc_main(int, char*[]) { return 0; }

namespace twill {
namespace {

constexpr std::uint64_t host_window = RtlDevice::window, host_latency = RtlDevice::host_latency;

/// The one process of the simulation: when a window begins it has all nodes run ahead to its end, on several threads, and exchanges what
/// they sent.
class Conductor : public sc_core::sc_module {
 public:
  Conductor(const sc_core::sc_module_name& name, noc::Fabric& fabric, std::vector<std::unique_ptr<tb::Node>>& nodes, unsigned threads, unsigned quantum)
      : sc_core::sc_module(name), fabric_(fabric), nodes_(nodes), quantum_(quantum) {
    use_threads(threads);
    SC_HAS_PROCESS(Conductor);
    SC_METHOD(run_window);
    dont_initialize();
    sensitive << due_;
  }

  /// Runs all for so many cycles, in windows of a quantum; in a single one when nothing moves in any node (`at_rest`).
  void advance(std::uint64_t cycles, bool at_rest) {
    left_ = cycles;
    longest_ = at_rest ? cycles : quantum_;
    schedule(0);
    sc_core::sc_start(time(cycles));  // runs what is due before its end, not at it
    if (left_ != 0) throw std::logic_error("SystemC has left out a window");
  }

  unsigned threads() const { return pool_->threads(); }
  void use_quantum(unsigned quantum) { quantum_ = quantum; }
  void use_threads(unsigned threads) { pool_ = std::make_unique<tb::WorkerPool>(threads, fabric_.nodes(), [this](unsigned node) { run_node(node); }); }

 private:
  static sc_core::sc_time time(std::uint64_t cycles) { return sc_core::sc_time(static_cast<double>(cycles), sc_core::SC_NS); }

  void schedule(std::uint64_t after) {
    window_ = std::min(left_, longest_);
    due_.notify(time(after));
  }

  void run_window() {
    cycle_ = nodes_[0]->chip().cycles();
    if (many_awake()) {
      pool_->run();
    } else {
      for (unsigned node = 0; node < fabric_.nodes(); ++node) run_node(node);
    }
    fabric_.exchange();
    left_ -= window_;
    if (left_ > 0) schedule(window_);
  }

  /// Whether there is anything to share.
  bool many_awake() const {
    if (threads() == 1) return false;
    unsigned awake = 0;
    for (const auto& node : nodes_)
      if (!node->chip().asleep() && ++awake == 2) return true;
    return false;
  }

  void run_node(unsigned node) {
    if (node < nodes_.size()) {
      nodes_[node]->run(window_);
      return;
    }
    for (std::uint64_t cycle = cycle_, end = cycle_ + window_;;) {  // a router without a chip
      cycle = std::max(cycle, fabric_.next_event(node));
      if (cycle >= end) break;
      fabric_.step(node, cycle++);
    }
  }

  noc::Fabric& fabric_;
  std::vector<std::unique_ptr<tb::Node>>& nodes_;
  std::uint64_t quantum_;
  std::uint64_t left_ = 0, longest_ = 0, window_ = 0, cycle_ = 0;
  sc_core::sc_event due_;
  std::unique_ptr<tb::WorkerPool> pool_;
};

std::vector<std::string> configurations_of(const RtlSystemOptions& options, unsigned chips) {
  std::vector<std::string> all = options.configurations;
  if (all.size() == 1) all.resize(chips, all.front());
  if (all.size() != chips)
    throw InputError(std::to_string(all.size()) + " configurations for " + std::to_string(chips) + " chips; name one for all or one for each");
  return all;
}

noc::TopologySpec topology_of(const RtlSystemOptions& options) {
  const auto machines = static_cast<unsigned>(options.configurations.size());
  return noc::parse_topology(options.topology, options.chips ? options.chips : machines > 1 ? machines : 0);
}

unsigned threads_for(unsigned asked, unsigned chips) { return std::min(asked ? asked : std::max(1u, std::thread::hardware_concurrency()), chips); }

unsigned quantum_for(unsigned window, const noc::Fabric& fabric) {
  if (window < 1 || window > host_window)
    throw InputError("a window of " + std::to_string(window) + " cycles; it can be 1 to " + std::to_string(host_window));
  return fabric.nodes() == 1 ? window : std::min(window, fabric.window_limit());
}

class SystemCSystem final : public RtlSystem {
 public:
  explicit SystemCSystem(const RtlSystemOptions& options)
      : fabric_(topology_of(options), options.network),
        nodes_(make_nodes(options, fabric_)),
        conductor_("conductor", fabric_, nodes_, threads_for(options.threads, chips()), quantum_for(options.window, fabric_)) {
    for (unsigned rank = 0; rank < chips(); ++rank) devices_.emplace_back(*this, rank);
    fabric_.begin_job(before_any_job);
    number_chips();
  }

  unsigned chips() const override { return fabric_.chips(); }
  Device& chip(unsigned rank) override { return devices_.at(rank); }
  RtlDevice& rtl_chip(unsigned rank) override { return devices_.at(rank); }
  std::string kind() const override { return "rtl"; }
  std::uint64_t cycles() const override { return now_; }
  unsigned threads() const override { return conductor_.threads(); }
  void use_window(unsigned cycles) override { conductor_.use_quantum(quantum_for(cycles, fabric_)); }
  void use_sleep(bool sleep) override {
    for (const auto& node : nodes_) node->chip().may_sleep(sleep);
  }
  void use_threads(unsigned threads) override { conductor_.use_threads(threads_for(threads, chips())); }
  std::vector<noc::LinkReport> links() const override { return fabric_.links(); }
  noc::Topology topology() const override { return fabric_.topology(); }
  std::uint64_t slept(unsigned rank) const override { return nodes_.at(rank)->chip().slept(); }
  std::uint64_t dram_bytes(unsigned rank) const override { return nodes_.at(rank)->chip().memory().pages() * memory::SparseMemory::page_bytes; }

  std::uint64_t wait_interrupts(std::uint64_t ranks, std::uint64_t cycles) override {
    for (const std::uint64_t start = now_;;) {
      if (const std::uint64_t raised = seen(ranks)) return raised;
      if (now_ - start >= cycles) return 0;
      run_window(cycles - (now_ - start));
    }
  }

  void run(std::uint64_t cycles) override {
    for (const std::uint64_t end = now_ + cycles; now_ < end;) run_window(end - now_);
  }

  void reset() override {
    for (const auto& node : nodes_) node->reset();
    fabric_.begin_job(before_any_job);
    fabric_.reset();
    for (ChipDevice& device : devices_) device.close_memory(false);
    number_chips();
    job_begun_ = false;
  }

 private:
  class ChipDevice final : public RtlDevice {
   public:
    ChipDevice(SystemCSystem& system, unsigned rank) : system_(system), node_(*system.nodes_[rank]), rank_(rank) {}

    std::uint32_t read_register(std::uint32_t offset) override {
      node_.post({system_.now_ + host_latency, false, offset, 0});
      while (node_.posted()) system_.run_window(0);  // accesses are done in order: when none is left, the last was this one
      const auto answer = node_.last_answer();
      system_.run_window(0);  // the way back
      if (!answer.ok) throw InputError("there is no register at offset " + std::to_string(offset));
      return answer.data;
    }
    void write_register(std::uint32_t offset, std::uint32_t value) override {
      node_.post({system_.now_ + host_latency, true, offset, value});
      if (offset == contract::reg::DOORBELL) system_.begin_job();
    }

    void read_memory(std::uint64_t address, void* data, std::size_t bytes) override { memory().read(address, data, bytes); }
    void write_memory(std::uint64_t address, const void* data, std::size_t bytes) override { memory().write(address, data, bytes); }
    void close_memory(bool closed) override { closed_ = closed; }

    bool wait_interrupt(std::uint64_t cycles) override { return system_.wait_interrupts(std::uint64_t{1} << rank_, cycles) != 0; }
    void reset() override { system_.reset(); }
    std::string last_error() override { return tb::text_of_error(*this); }
    std::string kind() const override { return "rtl"; }

    std::uint64_t cycles() const override { return system_.cycles(); }
    void run(std::uint64_t cycles) override { system_.run(cycles); }
    // The chip's own cycles count resets, too.
    void flip(const Fault& fault) override {
      Fault at = fault;
      at.cycle = node_.chip().cycles() + (std::max(fault.cycle, system_.now_) - system_.now_);
      node_.chip().flip(at);
    }
    void wave(bool on) override { node_.chip().wave(on); }

   private:
    memory::SparseMemory& memory() {
      if (closed_) throw std::logic_error("the host touched DRAM between the doorbell and the last MARK");
      return node_.chip().memory();
    }

    SystemCSystem& system_;
    tb::Node& node_;
    unsigned rank_;
    bool closed_ = false;
  };

  static std::vector<std::unique_ptr<tb::Node>> make_nodes(const RtlSystemOptions& options, noc::Fabric& fabric) {
    const auto configurations = configurations_of(options, fabric.chips());
    if (!options.wave_file.empty() && options.wave_chip >= fabric.chips())
      throw InputError("waves of chip " + std::to_string(options.wave_chip) + " of a system of " + std::to_string(fabric.chips()));
    std::vector<std::unique_ptr<tb::Node>> nodes;
    for (unsigned rank = 0; rank < fabric.chips(); ++rank) {
      tb::ChipOptions chip;
      chip.dram = {options.dram_latency, options.dram_bandwidth};
      chip.fabric = &fabric;
      chip.node = rank;
      chip.sleep = options.sleep;
      if (rank == options.wave_chip) chip.wave_file = options.wave_file;
      chip.wave_start = options.wave_start;
      chip.wave_stop = options.wave_stop;
      nodes.push_back(std::make_unique<tb::Node>(("node" + std::to_string(rank)).c_str(), tb::make_chip(configurations[rank], chip)));
    }
    return nodes;
  }

  /// With the first doorbell after a reset, in the cycle in which it takes effect; the network's cycles are its nodes'.
  void begin_job() {
    if (!job_begun_) fabric_.begin_job(nodes_[0]->chip().cycles() + host_latency);
    job_begun_ = true;
  }

  /// A chip by itself knows without being told.
  void number_chips() {
    if (chips() == 1) return;
    for (unsigned rank = 0; rank < chips(); ++rank) devices_[rank].write_register(contract::reg::NODE, rank | chips() << 8);
  }

  std::uint64_t seen(std::uint64_t ranks) const {
    std::uint64_t raised = 0;
    for (unsigned rank = 0; rank < chips(); ++rank)
      if (ranks >> rank & 1u && nodes_[rank]->interrupt_seen() && !nodes_[rank]->posted()) raised |= std::uint64_t{1} << rank;
    return raised;
  }

  /// One host window, or some up to `useful` cycles at once while nothing moves anywhere and nobody is to see anything.
  void run_window(std::uint64_t useful) {
    if (std::any_of(nodes_.begin(), nodes_.end(), [](const auto& node) { return node->broken(); }))
      throw std::logic_error("a chip has broken the protocol of one of its ports, so this simulation cannot go on; start another process");
    const bool rest = useful > host_window && at_rest();
    const std::uint64_t cycles = rest ? std::min(useful / host_window * host_window, tb::Chip::most_owed) : host_window;
    for (const auto& node : nodes_) node->begin_window(now_, cycles);
    conductor_.advance(cycles, rest);
    now_ += cycles;
    for (const auto& node : nodes_) node->end_window();
    rethrow();
    if (!fabric_.failure().empty()) throw ChipError(fabric_.failure());
  }

  bool at_rest() const {
    for (const auto& node : nodes_)
      if (node->posted() || node->interrupt() || !node->chip().asleep()) return false;
    for (unsigned node = 0; node < fabric_.nodes(); ++node)
      if (fabric_.next_event(node) != ~std::uint64_t{0}) return false;
    return true;
  }

  void rethrow() {
    std::exception_ptr first;
    for (const auto& node : nodes_)
      if (const std::exception_ptr failure = node->take_failure(); failure && !first) first = failure;
    if (first) std::rethrow_exception(first);
  }

  static constexpr std::uint64_t before_any_job = ~std::uint64_t{0};

  noc::Fabric fabric_;
  std::vector<std::unique_ptr<tb::Node>> nodes_;
  Conductor conductor_;
  std::deque<ChipDevice> devices_;
  std::uint64_t now_ = 0;
  bool job_begun_ = false;
};

}  // namespace

std::string tb::text_of_error(Device& chip) {
  using namespace contract;
  const std::uint32_t code = chip.read_register(reg::ERROR_CODE);
  if (code == 0) return "";
  const std::uint32_t queue = chip.read_register(reg::ERROR_QUEUE), info = chip.read_register(reg::ERROR_INFO);
  const std::uint64_t address = std::uint64_t{chip.read_register(reg::ERROR_ADDRESS_HI)} << 32 | chip.read_register(reg::ERROR_ADDRESS_LO);
  std::ostringstream text;
  if (const bool hang = static_cast<Error>(code) == Error::watchdog || static_cast<Error>(code) == Error::remote_wait; hang && info >> 24 == 0) {
    // All queues are empty: no command is to blame.
    text << name(static_cast<Error>(code)) << ": " << text_of_waits(chip.read_register(reg::ERROR_WAITS), 0, Queue::load);
    return text.str();
  }
  text << name(static_cast<Error>(code)) << " in the " << name(static_cast<Queue>(queue)) << " queue, ";
  if (static_cast<Error>(code) == Error::remote_access) {
    text << "by a message of chip " << (info >> 26) << " to address 0x" << std::hex << (info & 0xffffffu) << " of the " << name(static_cast<Space>(info >> 24 & 3u));
  } else if (static_cast<Error>(code) == Error::ecc) {
    const auto space = static_cast<Space>(info >> 24 & 3u);
    text << "more than one bit wrong at address 0x" << std::hex << (info & 0xffffffu) << " of the ";
    text << (space == Space::queue_memory ? "queue's memory" : std::string(name(space)));
    if (address != 0) {
      text << ", command at DRAM address 0x" << address;
    } else {
      text << (space == Space::queue_memory ? ", of a command that is not known" : ", read for a message of another chip");
    }
  } else if (static_cast<Error>(code) == Error::semaphore_overflow && address == 0) {
    text << "by a signal of another chip";
  } else if (static_cast<Error>(code) == Error::watchdog || static_cast<Error>(code) == Error::remote_wait) {
    text << text_of_waits(chip.read_register(reg::ERROR_WAITS), chip.read_register(reg::ERROR_SLOTS), static_cast<Queue>(queue));
    text << "; command at DRAM address 0x" << std::hex << address << ", info 0x" << info;
  } else {
    text << "command at DRAM address 0x" << std::hex << address << ", info 0x" << info;
  }
  return text.str();
}

std::unique_ptr<RtlSystem> make_rtl_system(const RtlSystemOptions& options) {
  static bool made = false;
  if (made) throw std::logic_error("this process has had its simulated system: SystemC elaborates once; reset() the device and reuse it, or start another process");
  auto system = std::make_unique<SystemCSystem>(options);
  made = true;
  return system;
}

}  // namespace twill
