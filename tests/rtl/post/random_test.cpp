// SPDX-License-Identifier: Apache-2.0
// Random commands, each by itself and all back to back, with grants given and withheld.
#include "engine_bench.hpp"

using namespace twill;
using namespace twill::post_test;

namespace {

void random_commands(Job (Generator::*make)(), unsigned rounds, unsigned grants) {
  Generator generator(seed() + word);
  TheBench bench(generator.random.bits());
  Reference reference;
  bench.grant_percent = grants;
  fill(bench, generator.random);
  for (unsigned round = 0; round < rounds; ++round) {
    bench.offer_percent = round % 3 ? 100 : 20;
    bench.fill_percent = round % 2 ? 100 : 10;
    std::vector<Job> jobs;
    for (int i = 0; i < 8; ++i) jobs.push_back((generator.*make)());
    INFO("round " << round);
    compare(bench, reference, jobs);
  }
}

}  // namespace

TEST_CASE("REQUANT, random, every grant given") { random_commands(&Generator::requant, 60, 100); }
TEST_CASE("REQUANT, random, grants withheld") { random_commands(&Generator::requant, 60, 55); }
TEST_CASE("ADD, random") { random_commands(&Generator::add, 80, 100); random_commands(&Generator::add, 80, 50); }
TEST_CASE("MUL, random") { random_commands(&Generator::mul, 80, 100); random_commands(&Generator::mul, 80, 50); }
TEST_CASE("POOL, random") { random_commands(&Generator::pool, 80, 100); random_commands(&Generator::pool, 80, 50); }
TEST_CASE("LOOKUP, random") { random_commands(&Generator::lookup, 80, 100); random_commands(&Generator::lookup, 80, 50); }
TEST_CASE("MOVE, random") { random_commands(&Generator::move, 80, 100); random_commands(&Generator::move, 80, 50); }
TEST_CASE("All commands back to back, random") { random_commands(&Generator::any, 120, 100); random_commands(&Generator::any, 120, 70); random_commands(&Generator::any, 60, 20); }
