#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Proves that twill_array (flat, fast to simulate) and twill_mesh (the textbook) are the same machine, at Word = 4, in both modes:
# from equal registers every step leads to equal registers, whatever the inputs.
# Usage: prove_mesh.sh [build folder] [-DSEEDED_BUG]     exit code 0: proven; 1: a counterexample was found, as it must
# be with -DSEEDED_BUG; 2: neither.
# Needs yosys, yosys-smtbmc and z3.
#
# Solvers do not like multipliers, so each is replaced by another function f of its two inputs, the same in both machines:
# f = 0 shows that the same sums come from above; then f = the inputs themselves, low and high halves, shows that the same pairs are
# multiplied. So the machines agree for every f, hence for the product.
set -eu
rtl=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-build/formal}
define=${2:-}

for product in ZERO LOW HIGH; do
  work=$build/mesh_equals_array$define/$product
  mkdir -p "$work"
  rm -f "$work/trace.vcd"
  yosys -q -l "$work/yosys.log" -p "
    read_verilog -formal -sv $define $rtl/array/twill_array.sv $rtl/array/twill_pe.sv $rtl/array/twill_mesh.sv $rtl/formal/mesh_equals_array.sv
    hierarchy -check -top mesh_equals_array -chparam Word 4
    proc
    flatten
    techmap -map $rtl/formal/any_product.v -D PRODUCT_$product
    select -assert-none t:\$mul
    opt_clean
    memory
    opt_clean
    async2sync
    dffunmap
    write_smt2 -wires $work/miter.smt2" > /dev/null 2>&1 || { tail -n 3 "$work/yosys.log"; exit 2; }
  for how in "-t 1" "-i -t 1"; do
    if ! yosys-smtbmc --noprogress --unroll -s z3 $how --dump-vcd "$work/trace.vcd" "$work/miter.smt2" > "$work/smtbmc.log"; then
      if grep -q "Assert failed in mesh_equals_array" "$work/smtbmc.log" && [ -s "$work/trace.vcd" ]; then
        echo "f = $product, $how: not equal, counterexample in $work/trace.vcd"
        exit 1
      fi
      echo "f = $product, $how: no verdict, see $work/smtbmc.log" >&2
      exit 2
    fi
    echo "f = $product, $how: $(tail -n 1 "$work/smtbmc.log")"
  done
done
