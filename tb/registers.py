#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists the registers and memories of RTL sources for Verilator: what is assigned in their clocked blocks and declared outside them.

  registers.py OUTPUT.vlt SOURCE.sv...

A model built with OUTPUT.vlt shows them by name, so that bits of them can be flipped (tb/registers.hpp). It costs time; no model that users
run has it.
"""
import pathlib
import re
import sys

STATEMENT = re.compile(r"(?:;|\)|:|\bbegin\b(?:\s*:\s*\w+)?|\bend\b|\belse\b)\s*(\w+)\s*(?:\.\w+\s*|\[(?:[^\[\]]|\[[^\[\]]*\])*\]\s*)*<?=(?!=)")
BRACKETED = re.compile(r"\{([\w\s,]+)\}\s*<=")
DECLARATION = re.compile(r"\b(?:logic|int(?:\s+unsigned)?)\b\s*(?:\[[^\]]*\]\s*)*([^;=)]+)[;=]")
# Set before they are read in every cycle, so no registers; one that is would be missed in the netlist's (tests/rtl/netlist/registers.py).
VARIABLES = {
    "twill_array": {"entering"},
    "twill_counters": {"word"},
    "twill_pool_walk": {"cols", "final_tap", "first_col", "first_row"},
    "twill_requant_walk": {"limit", "room"},
    "twill_scratchpad": {"even_row", "odd_row"},
    "twill_semaphores": {"over", "sum"},
}
KEYWORDS = {"if", "for", "case", "else", "begin", "end"}


def clocked_blocks(text):
    """The statement of every always_ff, and tasks, which only those call."""
    for task in re.finditer(r"\btask\b[^;]*(;.*?)\bendtask\b", text, re.DOTALL):
        yield task[1]
    for start in re.finditer(r"\balways_ff\s*@\s*\([^)]*\)", text):
        depth = 0
        for token in re.finditer(r"\bbegin\b|\bend\b|\bcase\b|\bendcase\b|;", text[start.end():]):
            depth += {"begin": 1, "case": 1, "end": -1, "endcase": -1}.get(token[0], 0)
            rest = text[start.end() + token.end():]
            if depth == 0 and token[0] in ("end", ";") and not re.match(r"\s*else\b", rest):
                yield ";" + text[start.end():start.end() + token.end()]
                break


def registers(text):
    names = set()
    for block in clocked_blocks(text):
        private = {name.strip() for match in DECLARATION.finditer(block) for name in re.sub(r"\[[^\]]*\]", "", match[1]).split(",")}
        names |= {match[1] for match in STATEMENT.finditer(block)} - private
        names |= {name.strip() for match in BRACKETED.finditer(block) for name in match[1].split(",")}
    return names - KEYWORDS


def main():
    lines = ["`verilator_config"]
    for source in sys.argv[2:]:
        text = re.sub(r"//[^\n]*", "", pathlib.Path(source).read_text())
        module = re.search(r"^\s*module\s+(\w+)", text, re.MULTILINE)
        if module:
            lines += [f'public_flat_rw -module "{module[1]}" -var "{name}"' for name in sorted(registers(text) - VARIABLES.get(module[1], set()))]
    pathlib.Path(sys.argv[1]).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
