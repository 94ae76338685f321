#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generates from the contract (twill.toml, configurations.toml) what each side of it needs:

  twill_pkg.sv              SystemVerilog package: enums, command structs, register offsets, the decoder's field checks
  twill/contract.hpp        C++ header: the same, with encode() and decode() per command and tables for disassembly
  twill/configurations.hpp  C++ header: the named machines, by itself, so that one more compiles little again
  contract.md               the reference page
  configurations.cmake      the named machines, for the build

Refuses, with a sentence and exit code 2: overlapping or overflowing fields, duplicate opcodes, registers or enum
values, fields without a description, unknown enums, impossible machines. Uses the standard library only.
"""
import argparse
import hashlib
import json
import pathlib
import re
import sys
import tomllib

COMMAND_BITS = 512
FLIT_BITS = 240


class SpecError(Exception):
    pass


def require(condition, message):
    if not condition:
        raise SpecError(message)


class Field:
    """A named bit range of a command; check is None, ("range", low, high or None) or ("only", value, error)."""

    def __init__(self, where, name, entry):
        require(isinstance(entry, list) and len(entry) in (3, 4),
                f"{where}.{name}: a field is [lsb, width, description] or [lsb, width, description, check]")
        self.name, self.lsb, self.signed = name, entry[0], entry[1] < 0
        self.width, self.description = abs(entry[1]), entry[2]
        require(isinstance(self.description, str) and self.description.strip(), f"{where}.{name}: has no description")
        require(0 < self.width <= 40, f"{where}.{name}: width {self.width} is not in 1..40")
        require(0 <= self.lsb and self.lsb + self.width <= COMMAND_BITS,
                f"{where}.{name}: bits {self.lsb}..{self.lsb + self.width - 1} do not fit in {COMMAND_BITS} bits")
        self.check = None
        if len(entry) == 4:
            only = re.fullmatch(r"=(\d+):(\w+)", entry[3])
            span = re.fullmatch(r"(\d+)\.\.(\d*)", entry[3])
            require(only or span, f"{where}.{name}: check '{entry[3]}' is neither LOW..[HIGH] nor =VALUE:ERROR")
            require(not self.signed, f"{where}.{name}: checks are for unsigned fields")
            if only:
                self.check = ("only", int(only[1]), only[2])
            else:
                self.check = ("range", int(span[1]), int(span[2]) if span[2] else None)


class FlitField:
    def __init__(self, name, lsb, width, description):
        self.name, self.lsb, self.width, self.description = name, lsb, width, description


class Contract:
    def __init__(self, spec, configurations):
        self.spec = spec
        self.limits = spec["limits"]
        self.enums = self._enums(spec["enums"])
        self.header_description, self.header = self._header(spec["header"])
        self.commands = self._commands(spec["commands"])
        self.flit_description, self.flit = self._flit(spec["flit"])
        self.registers = self._registers(spec["registers"])
        self.record = self._record(spec["mark_record"])
        self.configurations = self._configurations(configurations)
        # Wording is not part of the contract: the hash covers positions, values and checks only.
        canonical = json.dumps(self._without_words(spec), sort_keys=True)
        self.hash = int.from_bytes(hashlib.sha256(canonical.encode()).digest()[:8], "big")
        self.major, self.minor = spec["contract"]["major"], spec["contract"]["minor"]

    @classmethod
    def _without_words(cls, node):
        if isinstance(node, dict):
            return {k: cls._without_words(v) for k, v in node.items() if k != "description"}
        if isinstance(node, list):
            return [cls._without_words(v) for v in node if not (isinstance(v, str) and " " in v)]
        return node

    @staticmethod
    def _enums(table):
        enums = {}
        for enum, body in table.items():
            require(body.get("description"), f"enums.{enum}: has no description")
            values = {}
            for name, entry in body.items():
                if name == "description":
                    continue
                require(len(entry) == 2 and entry[1].strip(), f"enums.{enum}.{name}: has no description")
                require(entry[0] not in [v for v, _ in values.values()],
                        f"enums.{enum}.{name}: value {entry[0]} is taken already")
                values[name] = (entry[0], entry[1])
            enums[enum] = (body["description"], values)
        return enums

    @staticmethod
    def _no_overlap(where, fields):
        taken = {}
        for field in fields:
            for bit in range(field.lsb, field.lsb + field.width):
                require(bit not in taken, f"{where}.{field.name}: bit {bit} belongs to {taken.get(bit)} already")
                taken[bit] = field.name

    def _header(self, table):
        fields = [Field("header", n, e) for n, e in table.items() if n != "description"]
        self._no_overlap("header", fields)
        require(all(f.lsb + f.width <= 64 for f in fields), "header: fields lie in the first 64 bits")
        return table["description"].strip(), fields

    def _commands(self, table):
        commands, opcodes = [], {}
        for name, body in table.items():
            where = f"commands.{name}"
            require(body.get("description"), f"{where}: has no description")
            opcode = body["opcode"]
            require(0 < opcode < 256, f"{where}: opcode {opcode} is not in 1..255 (0 stays illegal: it is cleared memory)")
            require(opcode not in opcodes, f"{where}: opcode {opcode:#x} belongs to {opcodes.get(opcode)} already")
            opcodes[opcode] = name
            for queue in body["queues"]:
                require(queue in self.enums["queue"][1], f"{where}: queue '{queue}' is not defined")
            slots = body.get("tile_slots", [])
            header = [f for f in self.header if not f.name.startswith("tile_") or f.name in slots]
            fields = [Field(where, n, e) for n, e in body.items()
                      if n not in ("opcode", "queues", "description", "tile_slots")]
            fields.sort(key=lambda f: f.lsb)
            self._no_overlap(where, header + fields)
            for field in fields:
                if field.check and field.check[0] == "only":
                    require(field.check[2] in self.enums["error"][1], f"{where}.{field.name}: error '{field.check[2]}' is not defined")
            defined = sum(((1 << f.width) - 1) << f.lsb for f in header + fields)
            commands.append({"name": name, "opcode": opcode, "queues": body["queues"], "slots": slots, "fields": fields,
                             "description": body["description"].strip(), "reserved": ((1 << COMMAND_BITS) - 1) & ~defined})
        return commands

    def _flit(self, table):
        fields = []
        for name, entry in table.items():
            if name == "description":
                continue
            require(isinstance(entry, list) and len(entry) == 3 and entry[2].strip(), f"flit.{name}: is not [lsb, width, description]")
            field = FlitField(name, *entry)
            require(0 < field.width and field.lsb + field.width <= FLIT_BITS, f"flit.{name}: does not fit in {FLIT_BITS} bits")
            require(field.width <= 40 or field.width % 32 == 0 == field.lsb % 32, f"flit.{name}: a wide field is whole words")
            fields.append(field)
        fields.sort(key=lambda f: f.lsb)
        self._no_overlap("flit", fields)
        return table["description"].strip(), fields

    @staticmethod
    def _registers(table):
        registers, offsets = [], {}
        for name, entry in table.items():
            require(len(entry) == 4 and entry[3].strip(), f"registers.{name}: has no description")
            offset, access, reset, description = entry
            require(offset % 4 == 0 and 0 <= offset < 4096, f"registers.{name}: offset {offset:#x} is not a word below 4096")
            require(offset not in offsets, f"registers.{name}: offset {offset:#x} belongs to {offsets.get(offset)} already")
            require(access in ("ro", "rw", "w1c", "wo"), f"registers.{name}: access '{access}' is not ro, rw, w1c or wo")
            offsets[offset] = name
            registers.append((name, offset, access, reset, description))
        return registers

    def _record(self, table):
        taken, fields = {}, []
        for name, entry in table.items():
            if name == "description":
                continue
            first, count, description = entry
            require(description.strip(), f"mark_record.{name}: has no description")
            for word in range(first, first + count):
                require(word not in taken, f"mark_record.{name}: word {word} belongs to {taken.get(word)} already")
                require(word * 4 < self.limits["mark_bytes"], f"mark_record.{name}: word {word} lies beyond the record")
                taken[word] = name
            fields.append((name, first, count, description))
        return fields

    @staticmethod
    def _configurations(table):
        def power_of_two(value):
            return isinstance(value, int) and value > 0 and value & (value - 1) == 0

        machines = []
        for name, body in table.items():
            require(re.fullmatch(r"[a-z][a-z0-9_]*", name), f"configurations.{name}: a name is lower case letters, digits and _")
            keys, optional = {"description", "word_bytes", "scratchpad_kib", "accumulator_words"}, {"ecc", "by_default"}
            require(keys <= set(body) <= keys | optional,
                    f"configurations.{name}: needs the keys {', '.join(sorted(keys))} and may have {', '.join(sorted(optional))}, no others")
            for key in optional & set(body):
                require(isinstance(body[key], bool), f"configurations.{name}.{key}: {body[key]} is neither true nor false")
            body.setdefault("ecc", False)
            body.setdefault("by_default", True)
            require(power_of_two(body["word_bytes"]) and 4 <= body["word_bytes"] <= 64,
                    f"configurations.{name}.word_bytes: {body['word_bytes']} is not a power of two in 4..64")
            require(power_of_two(body["scratchpad_kib"]) and 16 <= body["scratchpad_kib"] <= 8192,
                    f"configurations.{name}.scratchpad_kib: {body['scratchpad_kib']} is not a power of two in 16..8192")
            require(power_of_two(body["accumulator_words"]) and 64 <= body["accumulator_words"] <= 2048,
                    f"configurations.{name}.accumulator_words: {body['accumulator_words']} is not a power of two in 64..2048")
            machines.append((name, body))
        require(machines, "configurations: there is no machine")
        return machines


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


BANNER = "Generated by spec/generate.py from spec/twill.toml and spec/configurations.toml. Do not edit."


# ------------------------------------------------------------------------------------------------------ SystemVerilog
def systemverilog(c):
    out = [f"// {BANNER}", "// The contract between chip and host; see the reference page contract.md.", "package twill_pkg;"]
    add = out.append
    add(f"  localparam logic [31:0] Version = 32'h{(c.major << 16 | c.minor):08x};")
    add(f"  localparam logic [63:0] ContractHash = 64'h{c.hash:016x};")
    for name, value in c.limits.items():
        add(f"  localparam int unsigned {camel(name)} = {value};")
    for enum, (description, values) in c.enums.items():
        width = max(1, max(v for v, _ in values.values()).bit_length())
        add(f"\n  // {description}")
        add(f"  typedef enum logic [{width - 1}:0] {{")
        items = list(values.items())
        for index, (name, (value, text)) in enumerate(items):
            comma = "," if index + 1 < len(items) else ""
            add(f"    {camel(enum)}{camel(name)} = {width}'d{value}{comma}  // {text}")
        add(f"  }} {enum}_e;")
    for command in c.commands:
        add(f"  localparam logic [7:0] Op{camel(command['name'])} = 8'h{command['opcode']:02x};")
    header = {f.name: f for f in c.header}

    def error_code(name):  # a number: Yosys does not resolve a package's enum names inside its functions
        return f"5'd{c.enums['error'][1][name][0]} /* {name} */"

    SYSTEMVERILOG_NAMES = {"class": "message_class", "sequence": "link_sequence"}   # those are keywords

    def packed_struct(name, fields, bits):
        add(f"\n  typedef struct packed {{  // {name}, first bit last")
        top, fillers = bits, 0
        for field in reversed(fields):
            if field.lsb + field.width < top:
                add(f"    logic [{top - field.lsb - field.width - 1}:0] reserved{fillers};")
                fillers += 1
            add(f"    logic [{field.width - 1}:0] {SYSTEMVERILOG_NAMES.get(field.name, field.name)};")
            top = field.lsb
        require(top == 0, f"{name}: bit 0 must belong to a field")
        add(f"  }} {name}_t;")

    for command in c.commands:
        packed_struct(command["name"], sorted([f for f in c.header if not f.name.startswith("tile_") or f.name in command["slots"]]
                                              + command["fields"], key=lambda f: f.lsb), COMMAND_BITS)
    add(f"\n  localparam int unsigned FlitBits = {FLIT_BITS};")
    packed_struct("flit", c.flit, FLIT_BITS)
    add("\n  // The decoder's first look at a command: opcode, queue, reserved bits, then each field's own check in bit order.")
    add("  function automatic logic [4:0] check_command(input logic [511:0] c);")
    op, queue = header["opcode"], header["queue"]
    add(f"    case (c[{op.lsb + op.width - 1}:{op.lsb}])")
    for command in c.commands:
        add(f"      Op{camel(command['name'])}: begin")
        legal = sum(1 << c.enums["queue"][1][q][0] for q in command["queues"])
        conditions = [(f"((8'd{legal} >> c[{queue.lsb + queue.width - 1}:{queue.lsb}]) & 8'd1) == 8'd0", "wrong_queue"),
                      (f"(c & 512'h{command['reserved']:0128x}) != 512'd0", "reserved_bit")]
        for field in command["fields"]:
            if not field.check:
                continue
            bits = f"c[{field.lsb + field.width - 1}:{field.lsb}]"
            if field.check[0] == "only":
                conditions.append((f"{bits} != {field.width}'d{field.check[1]}", field.check[2]))
            else:
                low, high = field.check[1:]
                if low:
                    conditions.append((f"{bits} < {field.width}'d{low}", "bad_field"))
                if high is not None:
                    conditions.append((f"{bits} > {field.width}'d{high}", "bad_field"))
        for index, (condition, error) in enumerate(conditions):
            add(f"        {'if' if index == 0 else 'else if'} ({condition}) check_command = {error_code(error)};")
        add(f"        else check_command = {error_code('none')};")
        add("      end")
    add(f"      default: check_command = {error_code('bad_opcode')};")
    add("    endcase")
    add("  endfunction")
    add("\n  // Register byte offsets.")
    for name, offset, _, _, description in c.registers:
        add(f"  localparam logic [11:0] Reg{camel(name.lower())} = 12'h{offset:03x};  // {description}")
    add("\n  // Words of a mark record.")
    for name, first, _, description in c.record:
        add(f"  localparam int unsigned Mark{camel(name)}Word = {first};  // {description}")
    add("endpackage")
    return "\n".join(out) + "\n"


# ---------------------------------------------------------------------------------------------------------------- C++
def cpp_type(field):
    return ("std::int64_t" if field.signed else "std::uint64_t") if field.width > 32 else ("std::int32_t" if field.signed else "std::uint32_t")


def quoted(text):
    return json.dumps(" ".join(text.split()))


def cpp(c):
    out = [f"// {BANNER}", "// The contract between chip and host; see the reference page contract.md.", "#pragma once", "",
           "#include <array>", "#include <cstdint>", "#include <stdexcept>", "#include <string>", "#include <string_view>", "",
           "namespace twill::contract {", ""]
    add = out.append
    add(f"inline constexpr std::uint32_t version = {c.major}u << 16 | {c.minor}u;")
    add(f"inline constexpr std::uint64_t hash = 0x{c.hash:016x}u;")
    for name, value in c.limits.items():
        add(f"inline constexpr std::uint32_t {name} = {value};")
    for enum, (description, values) in c.enums.items():
        add(f"\n/// {description}")
        add(f"enum class {camel(enum)} : std::uint8_t {{")
        for name, (value, text) in values.items():
            add(f"  {name} = {value},  ///< {text}")
        add("};")
        add(f"inline std::string_view name({camel(enum)} value) {{")
        add("  switch (value) {")
        for name in values:
            add(f"    case {camel(enum)}::{name}: return \"{name}\";")
        add("  }\n  return \"?\";\n}")
    add("\n/// A machine of spec/configurations.toml (twill/configurations.hpp has them all).")
    add("struct Configuration {\n  std::string_view name, description;\n  std::uint32_t word_bytes, scratchpad_bytes, accumulator_words;\n"
        "  bool ecc = false;  ///< the memories have SEC-DED\n};")
    add("""
/// 64 bytes as they lie in the ring.
struct Command {
  std::array<std::uint32_t, 16> words{};

  std::uint64_t bits(unsigned lsb, unsigned width) const {
    std::uint64_t value = 0;
    for (unsigned bit = 0; bit < width;) {
      const unsigned word = (lsb + bit) / 32, offset = (lsb + bit) % 32;
      const unsigned take = width - bit < 32 - offset ? width - bit : 32 - offset;
      value |= (static_cast<std::uint64_t>(words[word] >> offset) & ((std::uint64_t{1} << take) - 1)) << bit;
      bit += take;
    }
    return value;
  }
  std::int64_t signed_bits(unsigned lsb, unsigned width) const {
    const std::uint64_t value = bits(lsb, width), sign = std::uint64_t{1} << (width - 1);
    return static_cast<std::int64_t>(value ^ sign) - static_cast<std::int64_t>(sign);
  }
  void set_bits(unsigned lsb, unsigned width, std::uint64_t value) {
    for (unsigned bit = 0; bit < width;) {
      const unsigned word = (lsb + bit) / 32, offset = (lsb + bit) % 32;
      const unsigned take = width - bit < 32 - offset ? width - bit : 32 - offset;
      const std::uint32_t mask = static_cast<std::uint32_t>(((std::uint64_t{1} << take) - 1) << offset);
      words[word] = (words[word] & ~mask) | (static_cast<std::uint32_t>((value >> bit) << offset) & mask);
      bit += take;
    }
  }
  bool operator==(const Command& other) const { return words == other.words; }
};

namespace detail {
inline std::uint64_t fit(const char* where, std::int64_t value, unsigned width, bool is_signed) {
  const std::int64_t low = is_signed ? -(std::int64_t{1} << (width - 1)) : 0;
  const std::int64_t high = is_signed ? (std::int64_t{1} << (width - 1)) - 1 : (std::int64_t{1} << width) - 1;
  if (value < low || value > high)
    throw std::out_of_range(std::string(where) + ": " + std::to_string(value) + " is not in " + std::to_string(low) + ".." + std::to_string(high));
  return static_cast<std::uint64_t>(value) & ((std::uint64_t{1} << width) - 1);
}
}  // namespace detail

/// A semaphore slot: none, or the semaphore it names.
struct Slot {
  std::uint32_t code = 0;
  static Slot on(unsigned semaphore) { return Slot{0x20u | (semaphore & 0x1fu)}; }
  bool enabled() const { return (code & 0x20u) != 0; }
  unsigned semaphore() const { return code & 0x1fu; }
  bool operator==(const Slot& other) const { return code == other.code; }
};
""")
    slots = [f for f in c.header if f.name not in ("opcode", "queue")]
    add("/// The semaphore slots every command starts with.\nstruct Slots {")
    for f in slots:
        add(f"  Slot {f.name};  ///< {f.description}")
    add("};")
    add("\ninline void set_slots(Command& c, const Slots& s) {")
    for f in slots:
        add(f"  c.set_bits({f.lsb}, {f.width}, s.{f.name}.code);")
    add("}\ninline Slots slots(const Command& c) {\n  Slots s;")
    for f in slots:
        add(f"  s.{f.name}.code = static_cast<std::uint32_t>(c.bits({f.lsb}, {f.width}));")
    add("  return s;\n}")
    add("\nenum class Opcode : std::uint8_t {")
    for command in c.commands:
        add(f"  {command['name']} = 0x{command['opcode']:02x},")
    add("};")
    for command in c.commands:
        cls = camel(command["name"])
        add("")
        for line in command["description"].split("\n"):
            add(f"/// {line}".rstrip())
        add(f"struct {cls} {{\n  static constexpr Opcode opcode = Opcode::{command['name']};")
        add(f"  Queue queue = Queue::{command['queues'][0]};\n  Slots slots;")
        for f in command["fields"]:
            default = f.check[1] if f.check and f.check[0] == "range" else 0
            add(f"  {cpp_type(f)} {f.name} = {default};  ///< {f.description}")
        add("\n  /// Throws std::out_of_range naming the field whose value does not fit.")
        add("  Command encode() const {\n    Command c;")
        op, queue = c.header[0], next(f for f in c.header if f.name == "queue")
        add(f"    c.set_bits({op.lsb}, {op.width}, static_cast<std::uint64_t>(opcode));")
        add(f"    c.set_bits({queue.lsb}, {queue.width}, static_cast<std::uint64_t>(queue));")
        for f in slots:
            add(f"    c.set_bits({f.lsb}, {f.width}, slots.{f.name}.code);")
        for f in command["fields"]:
            add(f"    c.set_bits({f.lsb}, {f.width}, detail::fit(\"{command['name']}.{f.name}\", static_cast<std::int64_t>({f.name}), {f.width}, {'true' if f.signed else 'false'}));")
        add("    return c;\n  }")
        add(f"  static {cls} decode(const Command& c) {{\n    {cls} d;")
        add(f"    d.queue = static_cast<Queue>(c.bits({queue.lsb}, {queue.width}));")
        for f in slots:
            add(f"    d.slots.{f.name}.code = static_cast<std::uint32_t>(c.bits({f.lsb}, {f.width}));")
        for f in command["fields"]:
            add(f"    d.{f.name} = static_cast<{cpp_type(f)}>(c.{'signed_bits' if f.signed else 'bits'}({f.lsb}, {f.width}));")
        add("    return d;\n  }\n};")
    add("""
/// A field of a command, for disassembly.
struct FieldInfo {
  std::string_view name;
  unsigned lsb, width;
  bool is_signed;
  std::string_view description;
};
struct CommandInfo {
  Opcode opcode;
  std::string_view name;
  const FieldInfo* fields;
  unsigned field_count;
};""")
    for command in c.commands:
        rows = ", ".join(f"{{\"{f.name}\", {f.lsb}, {f.width}, {'true' if f.signed else 'false'}, {quoted(f.description)}}}" for f in command["fields"])
        add(f"inline constexpr std::array<FieldInfo, {max(1, len(command['fields']))}> {command['name']}_fields{{{{{rows}}}}};" if rows
            else f"inline constexpr std::array<FieldInfo, 1> {command['name']}_fields{{}};")
    add(f"inline constexpr std::array<CommandInfo, {len(c.commands)}> commands{{{{")
    for command in c.commands:
        add(f"    {{Opcode::{command['name']}, \"{command['name']}\", {command['name']}_fields.data(), {len(command['fields'])}}},")
    add("}};")
    add(f"\n/// {c.flit_description}")
    add(f"struct Flit {{\n  std::array<std::uint32_t, {(FLIT_BITS + 31) // 32}> words{{}};  ///< as on the pins; the payload comes first\n")
    for f in c.flit:
        if f.width > 40:
            continue
        word, shift, last = f.lsb // 32, f.lsb % 32, (f.lsb + f.width - 1) // 32
        mask = f"0x{(1 << f.width) - 1:x}u"
        name = "message_class" if f.name == "class" else f.name
        value = "std::uint64_t" if f.width > 32 else "std::uint32_t"
        add(f"  /// {f.description}")
        if word == last:
            add(f"  {value} {name}() const {{ return words[{word}] >> {shift} & {mask}; }}")
            add(f"  void set_{name}({value} value) {{ words[{word}] = (words[{word}] & ~({mask} << {shift})) | (value & {mask}) << {shift}; }}")
        else:
            require(shift == 0 and last == word + 1, f"flit.{f.name}: a field over a word boundary begins with a word")
            high = f"0x{(1 << (f.width - 32)) - 1:x}u"
            add(f"  {value} {name}() const {{ return words[{word}] | std::uint64_t{{words[{last}] & {high}}} << 32; }}")
            add(f"  void set_{name}({value} value) {{")
            add(f"    words[{word}] = static_cast<std::uint32_t>(value);")
            add(f"    words[{last}] = (words[{last}] & ~{high}) | (static_cast<std::uint32_t>(value >> 32) & {high});\n  }}")
    add("  bool operator==(const Flit& other) const { return words == other.words; }\n};")
    add("\n/// What the decoder checks in a command by itself: opcode, queue, reserved bits, then each field's own check in bit")
    add("/// order. The same function exists in the SystemVerilog package.")
    add("inline Error check(const Command& c) {\n  switch (static_cast<Opcode>(c.words[0] & 0xffu)) {")
    for command in c.commands:
        add(f"    case Opcode::{command['name']}: {{")
        legal = sum(1 << c.enums["queue"][1][q][0] for q in command["queues"])
        queue = next(f for f in c.header if f.name == "queue")
        add(f"      if (((0x{legal:02x}u >> c.bits({queue.lsb}, {queue.width})) & 1u) == 0) return Error::wrong_queue;")
        words = [f"0x{(command['reserved'] >> (32 * w)) & 0xffffffff:08x}u" for w in range(16)]
        add(f"      static constexpr std::uint32_t reserved[16] = {{{', '.join(words)}}};")
        add("      for (unsigned w = 0; w < 16; ++w)\n        if (c.words[w] & reserved[w]) return Error::reserved_bit;")
        for f in command["fields"]:
            if not f.check:
                continue
            bits = f"c.bits({f.lsb}, {f.width})"
            if f.check[0] == "only":
                add(f"      if ({bits} != {f.check[1]}) return Error::{f.check[2]};")
            else:
                if f.check[1]:
                    add(f"      if ({bits} < {f.check[1]}) return Error::bad_field;")
                if f.check[2] is not None:
                    add(f"      if ({bits} > {f.check[2]}) return Error::bad_field;")
        add("      return Error::none;")
        add("    }")
    add("  }\n  return Error::bad_opcode;\n}")
    add("\n/// Register byte offsets.\nnamespace reg {")
    for name, offset, access, _, description in c.registers:
        add(f"inline constexpr std::uint32_t {name} = 0x{offset:03x};  ///< {access}: {description}")
    add("}  // namespace reg")
    add("\n/// First 32-bit words of the parts of a mark record.\nnamespace mark_word {")
    for name, first, _, description in c.record:
        add(f"inline constexpr unsigned {name} = {first};  ///< {description}")
    add("}  // namespace mark_word\n\n}  // namespace twill::contract")
    return "\n".join(out) + "\n"


def cpp_configurations(c):
    out = [f"// {BANNER}", "// The machines of spec/configurations.toml.", "#pragma once", "", "#include <array>", "", '#include "twill/contract.hpp"', "",
           "namespace twill::contract {", "", f"inline constexpr std::array<Configuration, {len(c.configurations)}> configurations{{{{"]
    for name, body in c.configurations:
        out.append(f"    {{\"{name}\", {quoted(body['description'])}, {body['word_bytes']}, {body['scratchpad_kib'] * 1024}, {body['accumulator_words']}, {'true' if body['ecc'] else 'false'}}},")
    out += ["}};", "", "}  // namespace twill::contract", ""]
    return "\n".join(out)


# ----------------------------------------------------------------------------------------------------- reference page
def markdown(c):
    out = [f"<!-- {BANNER} -->", "# Contract reference", "",
           f"Version {c.major}.{c.minor}, hash `{c.hash:016x}`.", "", "## Machines", "",
           "| name | word bytes | scratchpad | accumulator words | SEC-DED | what for |", "|---|---|---|---|---|---|"]
    for name, body in c.configurations:
        out.append(f"| {name} | {body['word_bytes']} | {body['scratchpad_kib']} KiB | {body['accumulator_words']} | {'yes' if body['ecc'] else 'no'} | {body['description']} |")
    out += ["", "## Limits", "", "| name | value |", "|---|---|"] + [f"| {n} | {v} |" for n, v in c.limits.items()]
    out += ["", "## Commands", "", c.header_description, "", "| bits | field | meaning |", "|---|---|---|"]
    out += [f"| {f.lsb + f.width - 1}:{f.lsb} | {f.name} | {f.description} |" for f in c.header]
    for command in c.commands:
        out += ["", f"### {command['name'].upper()} (0x{command['opcode']:02x}; queue {', '.join(command['queues'])})", "", "```text",
                command["description"], "```", ""]
        if command["fields"]:
            out += ["| bits | field | meaning |", "|---|---|---|"]
            for f in command["fields"]:
                sign = " (signed)" if f.signed else ""
                out.append(f"| {f.lsb + f.width - 1}:{f.lsb} | {f.name}{sign} | {f.description} |")
    for enum, (description, values) in c.enums.items():
        out += ["", f"## Enum {enum}", "", description, "", "| value | name | meaning |", "|---|---|---|"]
        out += [f"| {v} | {n} | {t} |" for n, (v, t) in values.items()]
    out += ["", "## Flit", "", c.flit_description, "", "| bits | field | meaning |", "|---|---|---|"]
    out += [f"| {f.lsb + f.width - 1}:{f.lsb} | {f.name} | {f.description} |" for f in c.flit]
    out += ["", "## Mark record", "", c.spec["mark_record"]["description"].strip(), "", "| words | name | meaning |", "|---|---|---|"]
    out += [f"| {first}..{first + count - 1} | {n} | {t} |" for n, first, count, t in c.record]
    out += ["", "## Registers", "", "| offset | name | access | reset | meaning |", "|---|---|---|---|---|"]
    out += [f"| 0x{o:03x} | {n} | {a} | {r} | {d} |" for n, o, a, r, d in c.registers]
    return "\n".join(out) + "\n"


def cmake(c):
    out = [f"# {BANNER}", f"set(TWILL_ALL_CONFIGS {' '.join(n for n, _ in c.configurations)})",
           f"set(TWILL_DEFAULT_CONFIGS {' '.join(n for n, body in c.configurations if body['by_default'])})"]
    for name, body in c.configurations:
        out.append(f"set(TWILL_CONFIG_{name}_WORD_BYTES {body['word_bytes']})")
        out.append(f"set(TWILL_CONFIG_{name}_SCRATCHPAD_BYTES {body['scratchpad_kib'] * 1024})")
        out.append(f"set(TWILL_CONFIG_{name}_ACCUMULATOR_WORDS {body['accumulator_words']})")
        out.append(f"set(TWILL_CONFIG_{name}_ECC {int(body['ecc'])})")
    return "\n".join(out) + "\n"


def write_if_changed(path, text):
    """Leaves the time stamp alone when nothing changed, so that nothing is rebuilt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spec", type=pathlib.Path, default=here / "twill.toml")
    parser.add_argument("--configurations", type=pathlib.Path, default=here / "configurations.toml")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder the generated files go to")
    options = parser.parse_args()
    try:
        spec = tomllib.loads(options.spec.read_text())
        configurations = tomllib.loads(options.configurations.read_text())
        contract = Contract(spec, configurations)
        files = {"twill_pkg.sv": systemverilog(contract), "twill/contract.hpp": cpp(contract), "twill/configurations.hpp": cpp_configurations(contract),
                 "contract.md": markdown(contract), "configurations.cmake": cmake(contract)}
    except (SpecError, tomllib.TOMLDecodeError, OSError) as error:
        print(f"spec/generate.py: {error}", file=sys.stderr)
        return 2
    except KeyError as error:
        print(f"spec/generate.py: the key {error} is missing", file=sys.stderr)
        return 2
    for name, text in files.items():
        write_if_changed(options.output / name, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
