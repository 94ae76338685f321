// SPDX-License-Identifier: Apache-2.0
#include "common/interruption.hpp"

#include <csignal>

namespace twill::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void interrupt(int) {
  interrupted = 1;
  std::signal(SIGINT, SIG_DFL);
}

}  // namespace

Interruption::Interruption() {
  interrupted = 0;
  if (std::signal(SIGINT, interrupt) == SIG_IGN) std::signal(SIGINT, SIG_IGN);  // as a shell has it of what runs in the background
}

Interruption::~Interruption() {
  if (std::signal(SIGINT, SIG_DFL) == SIG_IGN) std::signal(SIGINT, SIG_IGN);
}

bool Interruption::came() const { return interrupted != 0; }

}  // namespace twill::cli
