// SPDX-License-Identifier: Apache-2.0
// Runs a program within limits of time and memory, and measures both.
#pragma once
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "twill_process.hpp"

namespace twill::test {

constexpr double most_seconds = 10, most_mib = 256;
constexpr double patience = 60;  // wall seconds: a program that waits for nothing must end, too, but others may keep it from running

struct Measured {
  int code = -1;         ///< -1: it did not exit by itself
  double seconds = 0;    ///< of processor time
  double mib = 0;        ///< resident at most
  std::string out, err;

  bool within_limits() const { return code >= 0 && seconds < most_seconds && mib < most_mib; }
};

/// Kills the program once it is out of time, has run for `wall_seconds`, or has taken four times the memory it may (in address space, so that a
/// test cannot swamp its machine).
inline Measured run_limited(const std::vector<std::string>& words, double wall_seconds = patience) {
  const Scratch said;
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const std::string out = said / "out", err = said / "err";
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(open(out.c_str(), O_WRONLY | O_CREAT, 0600), 1);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT, 0600), 2);
#ifndef TWILL_SANITIZED  // whose shadow takes terabytes of addresses
    const rlim_t most = static_cast<rlim_t>(4 * most_mib) << 20;
    const rlimit limit{most, most};
    setrlimit(RLIMIT_AS, &limit);
#endif
    const rlimit time{static_cast<rlim_t>(most_seconds), static_cast<rlim_t>(most_seconds)};
    setrlimit(RLIMIT_CPU, &time);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  while (wait4(child, &status, WNOHANG, &usage) == 0) {
    if (seconds() > wall_seconds) kill(child, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, of(usage.ru_utime) + of(usage.ru_stime), static_cast<double>(usage.ru_maxrss) / 1024, read_text(out), read_text(err)};
}

}  // namespace twill::test
