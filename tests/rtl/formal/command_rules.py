#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints a module that says of a command what is wrong with it (`code`, 0: nothing) and which opcode it has (`opcodes`, one bit each),
and a package with one command of each opcode that may run (every field the least it may be) and its first reserved bit.

It reads spec/twill.toml by itself and shares nothing with spec/generate.py, whose check_command() the decoder uses: so the proof of
the decoder finds a mistake in either. A command is taken field by field and bit by bit here, in the order the contract gives the
errors: opcode, queue, reserved bits, then the fields from bit 64 on.
"""
import pathlib
import tomllib

SPEC = pathlib.Path(__file__).resolve().parents[3] / "spec" / "twill.toml"


def number(contract, enum, name):
    return contract["enums"][enum][name][0]


def fields_of(contract, command):
    """Its fields, and the bits that are reserved."""
    said = ("opcode", "queues", "description", "tile_slots")
    fields = {name: entry for name, entry in command.items() if name not in said}
    slots = {name: entry for name, entry in contract["header"].items()
             if name != "description" and (not name.startswith("tile_") or name in command.get("tile_slots", []))}
    free = set(range(contract["limits"]["command_bytes"] * 8))
    for lsb, width, *_ in [*fields.values(), *slots.values()]:
        free -= set(range(lsb, lsb + abs(width)))
    return fields, sorted(free)


def example(contract, command):
    """A command that may run."""
    bits = command["opcode"] << contract["header"]["opcode"][0]
    bits |= number(contract, "queue", command["queues"][0]) << contract["header"]["queue"][0]
    for lsb, _, _, *check in fields_of(contract, command)[0].values():
        for rule in check:
            bits |= int(rule[1:].split(":")[0] if rule.startswith("=") else rule.split("..")[0]) << lsb
    return bits


def complaints(contract, command):
    """(condition, error) of a command whose opcode is known, the first that holds counts."""
    fields, free = fields_of(contract, command)
    lsb, width, *_ = contract["header"]["queue"]
    legal = " && ".join(f"cmd[{lsb} +: {width}] != {number(contract, 'queue', queue)}" for queue in command["queues"])
    yield legal, number(contract, "error", "wrong_queue")
    yield " || ".join(f"cmd[{bit}]" for bit in free), number(contract, "error", "reserved_bit")
    for lsb, width, _, *check in sorted(fields.values()):
        value = f"cmd[{lsb} +: {width}]"
        for rule in check:
            if rule.startswith("="):
                only, error = rule[1:].split(":")
                yield f"{value} != {only}", number(contract, "error", error)
            else:
                low, high = rule.split("..")
                yield f"{value} < {low}" + (f" || {value} > {high}" if high else ""), number(contract, "error", "bad_field")


def main():
    contract = tomllib.loads(SPEC.read_text())
    commands = contract["commands"]
    print(f"package command_rules_pkg;\n  localparam int unsigned Opcodes = {len(commands)};")
    for name, values in (("Legal", [example(contract, command) for command in commands.values()]),
                         ("Reserved", [1 << fields_of(contract, command)[1][0] for command in commands.values()])):
        print(f"  localparam logic [{len(values) * 512 - 1}:0] {name} = {{" + ", ".join(f"512'h{value:x}" for value in reversed(values)) + "};")
    print("endpackage")
    print(f"module command_rules (\n  input logic [511:0] cmd,\n  output logic [4:0] code,\n  output logic [{len(commands) - 1}:0] opcodes\n);")
    lsb, width, *_ = contract["header"]["opcode"]
    for index, command in enumerate(commands.values()):
        print(f"  assign opcodes[{index}] = cmd[{lsb} +: {width}] == {command['opcode']};")
    print("  always_comb begin")
    print(f"    code = {contract['enums']['error']['bad_opcode'][0]};")
    for index, (name, command) in enumerate(commands.items()):
        print(f"    if (opcodes[{index}]) begin  // {name}\n      code = 0;")
        for condition, error in reversed(list(complaints(contract, command))):
            print(f"      if ({condition}) code = {error};")
        print("    end")
    print("  end\nendmodule")


if __name__ == "__main__":
    main()
