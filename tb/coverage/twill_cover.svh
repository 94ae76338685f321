// SPDX-License-Identifier: Apache-2.0
// TWILL_COVER(name, expr): a cover point, counted in every cycle out of reset in which the expression holds. The modules of this folder are
// bound to the blocks of the covered chip (tb/, tests/coverage), so the blocks themselves know nothing of them.
`ifndef TWILL_COVER_SVH
`define TWILL_COVER_SVH
`define TWILL_COVER(name, expr_) name: cover property (@(posedge clk_i) disable iff (!rst_ni) (expr_));
`endif
