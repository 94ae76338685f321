// SPDX-License-Identifier: Apache-2.0
// main() of every test program, for Catch2 2 and 3, with or without SystemC (whose library would bring its own main). What selects no
// test case fails, and so does a TWILL_SEED or TWILL_SEEDS that is not a number: a run that tests nothing must not look like one that
// passed.
#include <cctype>
#include <cstdlib>
#include <iostream>

#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_RUNNER
#endif
#include "catch.hpp"

namespace {

/// Unset, or a whole number as strtoull takes it (decimal, 0x..., 0...).
bool number_or_unset(const char* name, bool zero_too) {
  const char* text = std::getenv(name);
  if (text == nullptr) return true;
  char* end = nullptr;
  const bool digit = std::isdigit(static_cast<unsigned char>(*text)) != 0;
  const unsigned long long value = std::strtoull(text, &end, 0);
  if (digit && *end == '\0' && (zero_too || value != 0)) return true;
  std::cerr << "error: " << name << " is '" << text << "'; it must be a whole number" << (zero_too ? "" : " above 0") << '\n';
  return false;
}

int run(int argc, char* argv[]) {
  if (!number_or_unset("TWILL_SEED", true) || !number_or_unset("TWILL_SEEDS", false)) return 2;
  Catch::Session session;
#ifdef CATCH_CONFIG_RUNNER  // Catch2 3 does so by itself
  session.configData().warnings = Catch::WarnAbout::NoTests;
#endif
  return session.run(argc, argv);
}

}  // namespace

#ifdef TWILL_TEST_SYSTEMC
#include <systemc>
int sc_main(int argc, char* argv[]) { return run(argc, argv); }
int main(int argc, char* argv[]) { return sc_core::sc_elab_and_sim(argc, argv); }
#else
int main(int argc, char* argv[]) { return run(argc, argv); }
#endif
