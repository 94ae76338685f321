// main() of every test program, for Catch2 2 and 3, with or without SystemC (whose library would bring its own main).
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_RUNNER
#endif
#include "catch.hpp"

#ifdef TWILL_TEST_SYSTEMC
#include <systemc>
int sc_main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
int main(int argc, char* argv[]) { return sc_core::sc_elab_and_sim(argc, argv); }
#else
int main(int argc, char* argv[]) { return Catch::Session().run(argc, argv); }
#endif
