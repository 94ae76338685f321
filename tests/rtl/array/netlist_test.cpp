// SPDX-License-Identifier: Apache-2.0
// What Yosys made of the array engine and the accumulators, run on the same random commands as the sources: the two tools
// must read the same hardware in them.
#include "Varray_netlist_4.h"
#include "engine_checks.hpp"

using namespace engine_checks;
using Netlist = Bench<Varray_netlist_4, 4, 64>;

TEST_CASE("random commands on the netlist") { batches<Netlist>(seed(14), 150, 6); }
TEST_CASE("banks are handed over by the netlist") { handover<Netlist>(seed(114), 100); }
