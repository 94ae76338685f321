// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "stream.hpp"
#include "twill/communicator.hpp"

namespace twill {

ProgramWriter::ProgramWriter() : stream_(std::make_unique<mapper::Stream>()) {}
ProgramWriter::~ProgramWriter() = default;
ProgramWriter::ProgramWriter(ProgramWriter&&) noexcept = default;
ProgramWriter& ProgramWriter::operator=(ProgramWriter&&) noexcept = default;

int ProgramWriter::label(const std::string& name) {
  auto found = std::find(program_.names.begin(), program_.names.end(), name);
  if (found == program_.names.end()) found = program_.names.insert(found, name);
  return static_cast<int>(found - program_.names.begin());
}

void ProgramWriter::image(std::uint64_t address, std::vector<std::uint8_t> bytes) { program_.images.emplace_back(address, std::move(bytes)); }

void ProgramWriter::mark(std::uint32_t tag) {
  contract::Mark mark;
  mark.queue = contract::Queue::store;
  mark.tag = tag;
  stream_->emit_after_all(mark.encode(), mark.queue, label("MARK"));
  ++program_.marks;
}

void ProgramWriter::remote_semaphore(unsigned semaphore, const std::string& awaited, unsigned initial) {
  program_.remote_semaphores |= 1u << semaphore;
  program_.awaited.at(semaphore) = awaited;
  program_.semaphores.at(semaphore) = static_cast<std::uint8_t>(initial);
}

Program ProgramWriter::finish(std::uint64_t ring_address, std::uint64_t mark_address) {
  contract::Mark end;
  end.queue = contract::Queue::store;
  end.tag = 0xffffffffu;
  end.irq = 1;
  stream_->emit_after_all(end.encode(), end.queue, label("the end of the program"));
  ++program_.marks;
  program_.ring_address = ring_address;
  program_.mark_address = mark_address;
  for (const mapper::Stream::Entry& entry : stream_->finish()) {
    program_.commands.push_back(entry.command);
    program_.labels.push_back(static_cast<std::uint32_t>(entry.layer));
  }
  return std::move(program_);
}

}  // namespace twill
