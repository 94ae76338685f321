#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the benches of the RTL's blocks by mutants: netlists of a block in which one cell is another than it should be.

All mutants of a block are in one program, its bench unchanged on a netlist that asks the environment's TWILL_MUTANT which cell to change
(cmake/TwillNetlist.cmake). A mutant is killed when the bench fails or is not done in ten times its time without a mutant. Each that survives
has an entry in survivors.toml: `proven` (Yosys and ABC prove that it is no other circuit), `same` (the reason says why nothing can show it) or
`missed` (the reason says what the bench does not do). The first two do not count as mutants.

  mutate.py --build build/release                       all mutants, of all benches (target `mutants`)
  mutate.py --quick --most 50 --seed 3                  so many, drawn with this seed, of the benches in the normal build
  mutate.py --only twill_decode                         one module; repeatable
  mutate.py --list                                      the modules, their models and the cases of the benches

With --results FILE, what has been run is kept there, and an interrupted run of the same programs goes on where it was. Exit code 0: at least
90 % are killed and, with the Yosys of the list, the others explained and no explanation stale; 1: not so, or a bench fails without a mutant;
2: no program or no such module. Of Python only the standard library.
"""
import argparse
import concurrent.futures
import dataclasses
import functools
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time
import tomllib

LEAST = 0.9  # of the mutants must be killed
HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Mutant:
    program: pathlib.Path
    cases: str   # of the bench
    model: str
    module: str
    number: int
    change: str  # Yosys' command
    text: str    # what is changed where, in words that do not depend on other lines of the source


def source_text(places):
    """The shortest of the places in the sources that a cell comes from, FILE:LINE.COLUMN-LINE.COLUMN each."""
    found = []
    for place in places:
        match = re.fullmatch(r"(.*):(\d+)\.(\d+)-(\d+)\.(\d+)", place)
        if match and int(match[2]) > 0:
            lines = pathlib.Path(match[1]).read_text().splitlines()[int(match[2]) - 1:int(match[4])]
            if match[2] == match[4]:
                lines[0] = lines[0][:int(match[5])]
            lines[0] = lines[0][int(match[3]) - 1:]
            found.append(lines[0].strip() + (" ..." if len(lines) > 1 else ""))
    return min((text for text in found if text), key=len, default="")


def mutants_of(build, quick):
    """Of all benches, or those of the normal build, in the order of their lists."""
    found = []
    for row in (build / "tests/mutation/benches.tsv").read_text().splitlines():
        program, model, build_in, modules, cases = row.split("\t")
        if quick and build_in != "quick":
            continue
        for module in modules.split(","):
            listed = build / "netlists" / f"{model}_mutants" / f"{module}.ys"
            for line in listed.read_text().splitlines() if listed.exists() else []:
                number = int(re.search(r"-ctrl mutant_i 16 (\d+)", line)[1])
                mode, cell, port, bit = re.search(r"-mode (\w+) .*?-cell (\S+) -port (\w+) -portbit (\d+)", line).groups()
                kind = re.sub(r"^(?:\$flatten)?(.*?\$\w+)\$.*", r"\1", cell).replace("\\", "")   # without Yosys' numbers
                wire = re.search(r"-wire (.*?) -wirebit (\d+)", line)
                text = f"{module}: {mode} of {kind} {port}[{bit}]" + (f" = {wire[1]}[{wire[2]}]" if wire else "") + f" in {source_text(re.findall('-src ([^ ]+)', line))}"
                found.append(Mutant(build / "tests/mutation" / program, cases, model, module, number, line, text))
    return found


def run(mutant, number, limit):
    """The bench's exit code, or None when the time is over, and its seconds."""
    begin = time.monotonic()
    try:
        code = subprocess.run([mutant.program, "-#", "-a", mutant.cases], env=dict(os.environ, TWILL_MUTANT=str(number)), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=limit).returncode
    except subprocess.TimeoutExpired:
        code = None
    return code, time.monotonic() - begin


@functools.cache
def digest(program):
    return hashlib.sha256(program.read_bytes()).hexdigest()[:16]


def draw(mutants, count, seed):
    """So many of them: shuffled, then one of each model in turn."""
    shuffled = random.Random(seed).sample(mutants, len(mutants))
    turn, seen = {}, {}
    for mutant in shuffled:
        turn[mutant.number] = seen[mutant.model] = seen.get(mutant.model, -1) + 1
    chosen = {mutant.number for mutant in sorted(shuffled, key=lambda mutant: turn[mutant.number])[:count]}
    return [mutant for mutant in mutants if mutant.number in chosen]


# From zeros in all registers of the original and of the mutant: is there any sequence of inputs after which their outputs differ?
MITER = """
read_rtlil ../original.il
copy netlist mutant
{change}
miter -equiv -flatten netlist mutant miter
hierarchy -top miter
opt_clean
memory
async2sync
setundef -zero -init
opt -full
dffunmap
techmap
opt -fast
dffunmap
setundef -undriven -zero
setundef -zero
aigmap
opt_clean
write_aiger -zinit miter.aig
"""


def proven(build, mutant):
    """True if Yosys and ABC prove within some minutes that no inputs show the mutant."""
    work = build / "netlists" / f"{mutant.model}_mutants" / f"mutant_{mutant.number}"
    work.mkdir(exist_ok=True)
    change = re.sub("-ctrl mutant_i 16 [0-9]+", "", mutant.change).replace("-module netlist", "-module mutant")
    (work / "miter.ys").write_text(MITER.format(change=change))
    try:
        subprocess.run(["yosys", "-q", "-s", "miter.ys"], cwd=work, check=True, capture_output=True, timeout=300)
        proof = subprocess.run(["yosys-abc", "-c", "read_aiger miter.aig; strash; scorr; pdr -T 60"], cwd=work, check=True, capture_output=True,
                               text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return False
    return "Property proved" in proof.stdout


def explanations(path):
    """The version of Yosys whose mutants they are, and {text of a mutant: its entry}."""
    with open(path, "rb") as file:
        content = tomllib.load(file)
    entries = content.get("survivor", [])
    for entry in entries:
        if set(entry) != {"mutant", "kind", "reason"} or entry["kind"] not in ("proven", "same", "missed") or not entry["reason"]:
            raise SystemExit(f"{path}: an entry has mutant, kind (proven, same or missed) and reason, not {entry}")
    return content["yosys"], {entry["mutant"]: entry for entry in entries}


def yosys_version():
    return re.match(r"Yosys (\S+)", subprocess.run(["yosys", "-V"], check=True, capture_output=True, text=True).stdout)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"), help="the build folder")
    parser.add_argument("--quick", action="store_true", help="the benches of the normal build")
    parser.add_argument("--most", type=int, metavar="N", help="draw so many of all mutants, of every model about as many")
    parser.add_argument("--seed", type=int, default=1, help="to draw with (default: 1)")
    parser.add_argument("--only", action="append", metavar="MODULE", help="this module's mutants")
    parser.add_argument("--prove", action="store_true", help="prove again what survivors.toml says is proven, and try it with survivors without an entry")
    parser.add_argument("--program", type=pathlib.Path, help="run this in the place of every bench (one that checks nothing must fail here)")
    parser.add_argument("--survivors", type=pathlib.Path, default=HERE / "survivors.toml", help="the explanations (default: survivors.toml beside this)")
    parser.add_argument("--results", type=pathlib.Path, metavar="FILE", help="keep results here; those that are there are not run again")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true", help="print the modules, their models and the cases of their benches")
    options = parser.parse_args()
    if not (options.build / "tests/mutation/benches.tsv").exists():
        print(f"{options.build} is no build with tests: it has no tests/mutation/benches.tsv", file=sys.stderr)
        return 2
    build = options.build.resolve()
    mutants = mutants_of(build, options.quick)
    modules = {mutant.module: mutant for mutant in mutants}
    if options.list:
        for module, mutant in modules.items():
            print(f"{module:28}{mutant.model:24}{mutant.cases}")
        return 0
    unknown = [name for name in options.only or [] if name not in modules]
    if not mutants or unknown:
        print(f"no module {', '.join(unknown)}; there is: {', '.join(modules) or 'none: build the tests'}", file=sys.stderr)
        return 2
    unbuilt = sorted({mutant.program.name for mutant in mutants if not mutant.program.exists()})
    if unbuilt:
        print(f"{', '.join(unbuilt)} of {build} is not built: build the target `mutants`, or run with --quick", file=sys.stderr)
        return 2
    version, explained = explanations(options.survivors)
    listed = yosys_version() == version  # another one makes other cells, so other mutants
    if not listed:
        print(f"{options.survivors.name} is of Yosys {version}, this is {yosys_version()}: what lives is named, and only the share killed decides")
        explained = {}
    texts = {mutant.text for mutant in mutants}
    stale = [f"names no mutant: {text}" for text in explained if text.split(":")[0] in modules and text not in texts]

    mutants = [mutant for mutant in mutants if not options.only or mutant.module in options.only]
    if options.most:
        of = len(mutants)
        mutants = draw(mutants, options.most, options.seed)
        print(f"{len(mutants)} of {of} mutants, drawn with --seed {options.seed}", flush=True)
    if options.program:
        mutants = [dataclasses.replace(mutant, program=options.program) for mutant in mutants]

    known = json.loads(options.results.read_text()) if options.results and options.results.exists() else {}
    seconds = {}
    for mutant in mutants:
        if mutant.model not in seconds:
            code, seconds[mutant.model] = run(mutant, 0, 600)
            if code != 0:
                print(f"the bench of {mutant.model} fails without a mutant: TWILL_MUTANT=0 {mutant.program} -# -a '{mutant.cases}'")
                return 1

    def result(mutant):
        key = f"{digest(mutant.program)} {mutant.number} {mutant.cases}"
        if key not in known:
            code, _ = run(mutant, mutant.number, 10 * seconds[mutant.model] + 5)
            known[key] = "time" if code is None else "killed" if code else "survives"
            if options.results:
                options.results.write_text(json.dumps(dict(known), indent=1) + "\n")
        entry = explained.get(mutant.text)
        if known[key] != "survives":
            return known[key]
        if options.prove and (not entry or entry["kind"] == "proven") and not proven(build, mutant):
            return "unproven" if entry else "unexplained"
        return entry["kind"] if entry else "unexplained"

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(result, mutants))

    print(f"{'module':28}{'mutants':>8}{'killed':>8}{'by time':>9}{'proven':>8}{'same':>6}{'survive':>9}{'bench seconds':>15}")
    lived = ("missed", "unproven", "unexplained")
    for module in dict.fromkeys(mutant.module for mutant in mutants):
        mine = [outcome for mutant, outcome in zip(mutants, results) if mutant.module == module]
        print(f"{module:28}{len(mine):8}{mine.count('killed') + mine.count('time'):8}{mine.count('time'):9}{mine.count('proven'):8}{mine.count('same'):6}"
              f"{sum(outcome in lived for outcome in mine):9}{seconds[modules[module].model]:15.1f}")
    for mutant, outcome in zip(mutants, results):
        if outcome in ("unproven", "unexplained"):
            print(f"{outcome}: {mutant.text}\n    TWILL_MUTANT={mutant.number} {mutant.program} -# -a '{mutant.cases}'")
    alive = {mutant.text for mutant, outcome in zip(mutants, results) if outcome not in ("killed", "time")}
    stale += [f"is killed: {mutant.text}" for mutant in mutants if mutant.text in explained and mutant.text not in alive]
    for text in stale:
        print(f"stale: an entry of {options.survivors.name} {text}")
    survive = sum(outcome in lived for outcome in results)
    wrong = results.count("unproven") + results.count("unexplained")
    different = len(mutants) - results.count("proven") - results.count("same")
    killed = different - survive
    print(f"{killed} of {different} mutants are killed, {100 * killed / max(different, 1):.1f} %, at least {100 * LEAST:.0f} must be; {wrong} of the other {survive} unexplained; "
          f"{len(mutants) - different} more are no other circuit ({results.count('proven')} proven)")
    return 0 if killed >= LEAST * different and not (listed and wrong) and not stale else 1


if __name__ == "__main__":
    sys.exit(main())
