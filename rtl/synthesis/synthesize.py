#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Synthesizes the RTL with Yosys and prints the cells of each module; exits 1 when a module is not clean hardware.

Module by module: every module under the RTL folder becomes a top of its own, at the sizes of one machine. Modules of the
folder `common` (FIFOs ...) are synthesized inside those that use them, with the parameters they have there; any other
submodule is a black box, being synthesized by itself. So no module can be forgotten and the large ones run in parallel.

Whole: a top with everything below it, flattened; loops and drivers across module borders show only here.

Against another machine: both, side by side.

Memories stay $mem cells and are listed by their bits. Clean hardware: Yosys accepts it, infers no latch, and finds no
combinational loop, no wire with two drivers and none without any; nothing is written in a way that Yosys reads wrong. Each run is bounded in processor time
and address space.

  synthesize.py --package build/release/generated/twill_pkg.sv --machine base
  synthesize.py --package build/release/generated/twill_pkg.sv --machine tiny --whole twill_chip
  synthesize.py --package build/release/generated/twill_pkg.sv --machine tiny --whole twill_chip --netlist netlist.v --registers registers.txt
  synthesize.py --package build/release/generated/twill_pkg.sv --machine tiny_ecc --against tiny --whole twill_scratchpad twill_chip
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
LATCH = re.compile(r"\$(_?[a-z]*dlatch|_?sr)", re.IGNORECASE)
# Yosys 0.23 takes `~` of `~8'(x)` for a part of the width, says nothing, and makes another circuit than any simulator.
UNARY_CAST = re.compile(r"(?:[=(,{\[?:@&|^+*<>-]|\breturn)\s*(?:~?[&|^]|[~!-])\s*[\w:$]+'\(")
FLIP_FLOP = re.compile(r"\$_(S|A|AL)?DFF", re.IGNORECASE)


class Module:
    """A module of the RTL: its file, its name, the machine parameters it takes, and the words of its text."""

    def __init__(self, path, text, machine):
        self.path = path
        self.name = re.search(r"^\s*module\s+(\w+)", text, re.MULTILINE)[1]
        self.parameters = {key: value for key, value in machine.items() if re.search(rf"\bparameter\b[^=]*\b{key}\s*=", text)}
        self.common = path.parent.name == "common"
        self.words = set(re.findall(r"\w+", text))
        self.unary_casts = UNARY_CAST.findall(re.sub(r"&&|\|\|", "@", text))

    def submodules(self, modules):
        """The modules among `modules` that this one instantiates."""
        return [other for other in modules if other is not self and other.name in self.words]


def machine_parameters(name):
    """The sizes of a machine of spec/configurations.toml by the names the RTL gives them."""
    with open(HERE.parents[1] / "spec" / "configurations.toml", "rb") as file:
        machine = tomllib.load(file)[name]
    return {
        "Word": machine["word_bytes"],
        "ScratchpadBytes": machine["scratchpad_kib"] * 1024,
        "AccWords": machine["accumulator_words"],
        "Ecc": int(machine.get("ecc", False)),
    }


def read_rtl(folder, machine):
    """The packages and the modules of the chip."""
    packages, modules = [], []
    for path in sorted(folder.rglob("*.sv")):
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        if path.stem.endswith("_pkg"):
            packages.append(path)
        else:
            modules.append(Module(path, text, machine))
    return packages, modules


def split(top, modules, whole):
    """What is synthesized with `top` and what stays a black box below it, as two lists of modules."""
    inside, boxes, todo = [], [], [top]
    while todo:
        module = todo.pop()
        inside.append(module)
        for other in module.submodules(modules):
            if not (whole or other.common):
                boxes.append(other)
            elif other not in inside + todo:
                todo.append(other)
    return inside, list(dict.fromkeys(boxes))


# The netlist in words, to be simulated. Read back and with its nets split where they would chain bits of one net, which Verilator takes for
# loops: it does not only run those slowly but, at 5.006, wrongly.
NETLIST = """
design -push-copy
memory -nomap
opt_clean
rename -top netlist
mutate -list FAULTS -mode inv -seed 1 -ctrl fault_i 8 1 -o faults.ys
script faults.ys
write_verilog -noattr FILE
design -reset
read_verilog FILE
proc
opt_clean
memory_collect
splitnets -driver
opt_clean
write_verilog -noattr FILE
design -pop
"""


# The names of what flip-flops drive, module by module, while they are those of the sources.
REGISTERS = """
design -push-copy
opt_clean
tee -q -o FILE select -list t:$*dff* %co1:+[Q] w:* %i
design -pop
"""


def script(top, packages, inside, boxes, statistics, registers="", netlist=""):
    """The Yosys script: elaborate, coarse synthesis with memories kept, checks, then gates. `registers` and `netlist` are run between."""
    read = f"read_verilog -sv -I{HERE.parent}/common"
    lines = [f"{read} {path}" for path in packages]
    lines += [f"{read} -lib {module.path}" for module in boxes]
    lines += [f"{read} {module.path}" for module in inside]
    lines += [f"hierarchy -check -top {top.name} " + " ".join(f"-chparam {key} {value}" for key, value in top.parameters.items())]
    lines += """
proc
REGISTERS
flatten
opt_expr
opt_clean
check -assert
tee -q -o STATISTICS.memories stat -json
opt
wreduce
peepopt
opt_clean
NETLIST
alumacc
opt
memory -nomap
opt -fast -full
techmap
# Folds constants only: merging half a million gates as well would double the time for few cells less.
opt_expr
opt_clean
tee -q -o STATISTICS.gates stat -json
""".replace("STATISTICS", str(statistics)).replace("REGISTERS", registers).replace("NETLIST", netlist).splitlines()
    return "\n".join(lines)


def statistics_of_top(path):
    """The numbers `stat -json` gives of the one module that is not a black box."""
    text = path.read_text()
    return json.loads(text[text.index("{"):])["design"]


def bound(options):
    """Limits the process about to become Yosys. Processor time, not wall time: a busy machine then fails nothing."""
    resource.setrlimit(resource.RLIMIT_AS, (int(options.memory * 2**30),) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (options.seconds, options.seconds + 5))


def synthesize(top, packages, modules, options):
    """Runs Yosys on one top. Returns (row of the table, complaint or None)."""
    if top.unary_casts:
        return None, f"an operator right before a cast, which Yosys 0.23 loses: {top.unary_casts[0]}...; put the cast in parentheses"
    with tempfile.TemporaryDirectory(prefix="twill-synthesis-") as folder:
        statistics = pathlib.Path(folder) / "statistics"
        recipe = pathlib.Path(folder) / "recipe.ys"
        netlist = NETLIST.replace("FAULTS", str(options.faults)).replace("FILE", str(options.netlist.resolve())) if options.netlist else ""
        registers = REGISTERS.replace("FILE", str(options.registers.resolve())) if options.registers else ""
        recipe.write_text(script(top, packages, *split(top, modules, options.whole), statistics, registers, netlist))
        said = pathlib.Path(folder) / "said"
        with open(said, "w") as output:
            run = subprocess.Popen([options.yosys, "-Q", "-T", "-q", "-s", recipe], stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=output, cwd=folder, preexec_fn=lambda: bound(options))
            _, status, usage = os.wait4(run.pid, 0)
        seconds = round(usage.ru_utime + usage.ru_stime)
        if os.WIFSIGNALED(status):
            return None, f"Yosys ended by signal {os.WTERMSIG(status)} after {seconds} s; it may use {options.seconds} s and {options.memory} GiB"
        if status != 0:
            # Register arrays that are updated in place are meant to become registers.
            return None, "".join(line for line in said.open() if not line.startswith("Warning: Replacing memory")).strip()
        gates = statistics_of_top(pathlib.Path(f"{statistics}.gates"))
        memories = statistics_of_top(pathlib.Path(f"{statistics}.memories"))
    cells = gates["num_cells_by_type"]
    latches = [name for name in list(cells) + list(memories["num_cells_by_type"]) if LATCH.match(name)]
    flip_flops = sum(count for name, count in cells.items() if FLIP_FLOP.match(name))
    row = (top.name, gates["num_cells"], flip_flops, memories["num_memory_bits"], seconds)
    return row, f"infers latches: {', '.join(sorted(set(latches)))}" if latches else None


def run(machine, options):
    """Every top at this machine: (top, row of the table, complaint or None), by path."""
    packages, modules = read_rtl(options.rtl.resolve(), machine_parameters(machine))
    packages.insert(0, options.package.resolve())
    tops = [module for module in modules if re.search(options.only, module.name) and (not options.whole or module.name in options.whole)]
    missing = set(options.whole or ()) - {top.name for top in tops}
    if missing or not tops:
        sys.exit(f"no module {', '.join(missing) or 'to synthesize'} under {options.rtl}")

    # The largest sources tend to run longest: they go first.
    tops.sort(key=lambda top: top.path.stat().st_size, reverse=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda top: (top, *synthesize(top, packages, modules, options)), tops))
    return sorted(results, key=lambda result: result[0].path)


def compare(first, second, options):
    """The table of two machines: of each number both, and what the second has more."""
    print("".join([f"{'module':24}"] + [f"{number + ' at ' + options.against:>24}{options.machine:>12}{'more':>10}" for number in ("cells", "flip-flops", "memory bits")]))
    for (_, one, _), (_, other, _) in zip(first, second):
        if one and other:
            print(f"{one[0]:24}" + "".join(f"{a:24}{b:12}{f'{100 * (b - a) / a:+.1f} %' if a else '':>10}" for a, b in zip(one[1:4], other[1:4])))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=pathlib.Path, required=True, help="the generated twill_pkg.sv")
    parser.add_argument("--machine", default="base", help="a machine of spec/configurations.toml (default: base)")
    parser.add_argument("--against", metavar="MACHINE", help="another machine, side by side with the first")
    parser.add_argument("--whole", metavar="TOP", nargs="+", help="these modules with all below each, instead of module by module")
    parser.add_argument("--netlist", type=pathlib.Path, metavar="FILE", help="with --whole: write it as Verilog, in words, as the module `netlist`")
    parser.add_argument("--registers", type=pathlib.Path, metavar="FILE", help="with --whole: write what flip-flops drive, a line for each: MODULE/NAME")
    parser.add_argument("--faults", type=int, default=8, help="so many bits of that netlist are inverted, one where its input fault_i is 1 and up (default: 8)")
    parser.add_argument("--rtl", type=pathlib.Path, default=HERE.parent, help="the folder of the sources")
    parser.add_argument("--only", default="", metavar="REGEX", help="only modules whose name matches")
    parser.add_argument("--yosys", default="yosys")
    parser.add_argument("--seconds", type=int, default=300, help="limit of one run's processor time")
    parser.add_argument("--memory", type=float, default=4, help="limit of one run's address space in GiB")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    if (options.netlist or options.registers) and (not options.whole or len(options.whole) > 1 or options.against):
        parser.error("--netlist and --registers are of one top at one machine: they need --whole with one module, and no --against")

    results = {machine: run(machine, options) for machine in filter(None, (options.against, options.machine))}
    if options.against:
        compare(results[options.against], results[options.machine], options)
    else:
        print(f"{'module':32}{'cells':>10}{'flip-flops':>12}{'memory bits':>13}{'seconds':>9}   at {options.machine}")
        for _, row, _ in results[options.machine]:
            if row:
                print(f"{row[0]:32}{row[1]:10}{row[2]:12}{row[3]:13}{row[4]:9}")
    complaints = [(top, complaint) for machine in results.values() for top, _, complaint in machine if complaint]
    for top, complaint in complaints:
        print(f"\n{top.name} ({top.path}): {complaint}")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
