#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Merges what covered chips have seen, writes a report, and fails where too little was seen.

  coverage.py --data <folder> --programs <name>... --waivers <waivers.toml> --report <coverage.md>

Each program has a folder of its own in the data folder (TWILL_COVERAGE_DIR of its processes), with the files tb/coverage.cpp writes.
Lines and branches are merged over all instances of a module, ports bit by bit and direction by direction; a cover point counts in each
instance by itself. A waiver that matches nothing, or something that was seen, is an error. Exit codes: 0 enough, 1 too little, 2 bad input."""
import argparse
import collections
import pathlib
import re
import sys
import tomllib

GATES = {"line, branch": 95.0, "port toggle": 90.0, "cover point": 100.0}   # per cent of what is not waived
KINDS = {"v_line": "line, branch", "v_branch": "line, branch", "v_user": "cover point"}


class BadInput(Exception):
    pass


class Point:
    """Something to be seen: where, and whether it was. `at` is what a waiver names it by."""

    def __init__(self, kind, module, at, shown):
        self.kind, self.module, self.at, self.shown = kind, module, at, shown
        self.seen, self.waived = False, False


# --------------------------------------------------------------------------------------------------------------- data
def merge_dat(files):
    """Text of each point and the sum of its counts. All files of one model have the same points."""
    total = None
    for file in files:
        counts = {}
        for line in file.read_text(encoding="latin-1").splitlines()[1:]:
            text, quote, count = line.rpartition("' ")
            if not quote or not count.isdigit():
                raise BadInput(f"{file}: not complete: a line is '{line[-40:]}'; run the tests with the label coverage again")
            counts[text] = counts.get(text, 0) + int(count)
        if not counts:
            raise BadInput(f"{file}: not complete: there is no point in it; run the tests with the label coverage again")
        if total is None:
            total, first = counts, file
        elif counts.keys() != total.keys():
            raise BadInput(f"{file}: {len(counts)} points that are not the {len(total)} of {first}: it is not complete, or of another build")
        else:
            for text, count in counts.items():
                total[text] += count
    return total


def merge_ports(files):
    """(module, names, widths) of each instance and the words of bits that rose and that fell."""
    total = None
    for file in files:
        rows = []
        for line in file.read_text().splitlines():
            fields = line.split("|")
            if len(fields) != 5:
                raise BadInput(f"{file}: not complete: a line is '{line[-40:]}'; run the tests with the label coverage again")
            rows.append([tuple(fields[:3]), [int(word) for word in fields[3].split()], [int(word) for word in fields[4].split()]])
        if total is None:
            total, first = rows, file
        elif [row[0] for row in rows] != [row[0] for row in total]:
            raise BadInput(f"{file}: {len(rows)} instances that are not the {len(total)} of {first}: it is not complete, or of another build")
        else:
            for mine, other in zip(total, rows):
                for side in (1, 2):
                    mine[side] = [a | b for a, b in zip(mine[side], other[side])]
    return total


def read(data, programs):
    dat, ports = [], []
    for program in programs:
        here = sorted((data / program).glob("*.dat")), sorted((data / program).glob("*.ports"))
        if not here[0]:
            raise BadInput(f"{data / program}: no .dat file: the program {program} has not run with coverage")
        if [file.stem for file in here[0]] != [file.stem for file in here[1]]:
            raise BadInput(f"{data / program}: {len(here[0])} .dat and {len(here[1])} .ports files: a chip of {program} has not come to its end")
        dat += here[0]
        ports += here[1]
    return points_of(merge_dat(dat)) + toggles_of(merge_ports(ports))


# ------------------------------------------------------------------------------------------------------------- points
def points_of(counts):
    sources, points = {}, {}
    for text, count in counts.items():
        fields = dict(field.split("\2", 1) for field in text.split("\1")[1:])
        path, line = pathlib.Path(fields["f"]), int(fields["l"])
        kind = KINDS.get(fields["page"].split("/")[0])
        if kind is None or (kind == "line, branch" and path.parent.name == "coverage"):
            continue
        if kind == "cover point":
            key = fields["h"]
            made = Point(kind, path.stem, fields["h"], fields["h"].removeprefix("TOP.").removeprefix("chip."))
        else:
            if path not in sources:
                sources[path] = path.read_text().splitlines()
            code = sources[path][line - 1].split("//")[0].strip()
            if code.startswith("always_comb") and fields["o"] == "block":
                continue   # always runs; Verilator counts it only where it does not inline it
            branch = fields["o"] if fields["o"] in ("if", "else") else ""
            key = (path, line, fields["n"], fields["page"].split("/")[0], fields["o"])
            made = Point(kind, path.stem, (code, branch), f"{path.name}:{line}: {branch + ' of ' if branch else ''}`{code}`")
        points.setdefault(key, made).seen |= count > 0
    return list(points.values())


def toggles_of(instances):
    points = {}
    for (module, names, widths), rose, fell in instances:
        bit = 0
        for name, width in zip(names.split(), map(int, widths.split())):
            for i in range(width):
                for words, direction in ((rose, "rises"), (fell, "falls")):
                    key = (module, name, i, direction)
                    point = points.setdefault(key, Point("port toggle", module, (name, i), f"{module}.{name}[{i}] {direction}"))
                    point.seen |= bool(words[bit // 32] >> bit % 32 & 1)
                bit += 1
    return list(points.values())


# ------------------------------------------------------------------------------------------------------------ waivers
def waive(points, waivers):
    """A waiver is module, reason, and either `line` (the source line's code; `branch` "if" or "else" for one side of it) or `port` (name or
    name[high:low])."""
    errors = []
    for waiver in waivers:
        where = f"{waiver.get('module')}: {waiver.get('line') or waiver.get('port')}"
        if not waiver.get("reason") or ("line" in waiver) == ("port" in waiver) or not set(waiver) <= {"module", "line", "branch", "port", "reason"}:
            raise BadInput(f"waiver {where}: needs module, reason and either line (and branch) or port")
        if "port" in waiver:
            found = re.fullmatch(r"(\w+)(?:\[(\d+)(?::(\d+))?\])?", waiver["port"])
            if not found:
                raise BadInput(f"waiver {where}: the port is not name, name[bit] or name[high:low]")
            high = int(found[2]) if found[2] else 1 << 30
            low = int(found[3]) if found[3] else int(found[2] or 0)
            matches = [p for p in points if p.kind == "port toggle" and p.module == waiver["module"] and p.at[0] == found[1] and low <= p.at[1] <= high]
        else:
            matches = [p for p in points if p.kind == "line, branch" and p.module == waiver["module"] and p.at[0] == waiver["line"]
                       and waiver.get("branch") in (None, p.at[1])]
        if not matches:
            errors.append(f"waiver {where}: matches nothing")
        for point in matches:
            if point.seen:
                errors.append(f"waiver {where}: {point.shown} was seen")
            point.waived = True
    if errors:
        raise BadInput("\n".join(errors[:20]))


# ------------------------------------------------------------------------------------------------------------- report
def per_cent(points):
    return 100.0 * sum(p.seen for p in points) / len(points) if points else 100.0


def bit_ranges(points):
    """module.port[high:low] of the bits not seen, one string a port."""
    bits = collections.defaultdict(set)
    for point in points:
        bits[point.at[0]].add(point.at[1])
    for name, all_bits in bits.items():
        runs = []
        for bit in sorted(all_bits):
            if runs and runs[-1][1] == bit - 1:
                runs[-1][1] = bit
            else:
                runs.append([bit, bit])
        yield name + ", ".join(f"[{high}:{low}]" if high > low else f"[{low}]" for low, high in reversed(runs))


def report(points, waivers):
    """The report's text, and what falls short."""
    counted = [p for p in points if not p.waived]
    by_kind = {kind: [p for p in counted if p.kind == kind] for kind in GATES}
    short, out = [], ["# Coverage of the chip", "", "| | seen | of | per cent | gate | waived | per cent with these |", "|---|---|---|---|---|---|---|"]
    for kind, gate in GATES.items():
        some = by_kind[kind]
        all_of_kind = [p for p in points if p.kind == kind]
        out.append(f"| {kind} | {sum(p.seen for p in some)} | {len(some)} | {per_cent(some):.2f} | {gate:g} | {len(all_of_kind) - len(some)} | {per_cent(all_of_kind):.2f} |")
        if not some:
            short.append(f"{kind}: there is none")
        elif per_cent(some) < gate:
            short.append(f"{kind}: {per_cent(some):.2f} % seen, {gate:g} % wanted")
    out += ["", f"Waived, one by one with a reason: {sum(p.waived for p in points)} points by {len(waivers)} waivers.", "",
            "| module | " + " | ".join(GATES) + " |", "|---|" + "---|" * len(GATES)]
    modules = sorted({p.module for p in counted})
    for module in modules:
        cells = []
        for kind in GATES:
            some = [p for p in by_kind[kind] if p.module == module]
            cells.append(f"{sum(p.seen for p in some)}/{len(some)} {per_cent(some):.1f} %" if some else "")
        out.append(f"| {module} | " + " | ".join(cells) + " |")
    out += ["", "## Not seen", ""]
    for module in modules:
        holes = [p for p in counted if p.module == module and not p.seen]
        out += [f"- {p.shown}" for p in holes if p.kind != "port toggle"]
        out += [f"- {module}.{ports}" for ports in bit_ranges([p for p in holes if p.kind == "port toggle"])]
    out += ["", "## Waived", ""] + [f"- {w['module']}: `{w.get('line') or w.get('port')}`: {w['reason']}" for w in waivers]
    return "\n".join(out) + "\n", short


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--programs", nargs="+", required=True)
    parser.add_argument("--waivers", type=pathlib.Path, required=True)
    parser.add_argument("--report", type=pathlib.Path, required=True)
    options = parser.parse_args()
    try:
        waivers = tomllib.loads(options.waivers.read_text()).get("waiver", [])
        points = read(options.data, options.programs)
        waive(points, waivers)
    except (BadInput, OSError, tomllib.TOMLDecodeError) as error:
        sys.exit(print(f"error: {error}", file=sys.stderr) or 2)
    text, short = report(points, waivers)
    options.report.write_text(text)
    print(text.partition("\n## Not seen")[0])
    print(f"report: {options.report}")
    for line in short:
        print(f"too little: {line}", file=sys.stderr)
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
