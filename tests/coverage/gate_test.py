#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""coverage.py on data made up here: enough is enough, and each thing that must make it fail does."""
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).with_name("coverage.py")
SOURCE = "module block (\n  input logic a_i\n);\n  always_comb if (a_i) b = 1;\n  else b = 0;\n  default: c = 1;\nendmodule\n"


def point(source, kind, line, what, count, hierarchy="TOP.chip.block"):
    return f"C '\1f\2{source}\1l\2{line}\1n\0023\1page\2{kind}/block__W4\1o\2{what}\1h\2{hierarchy}' {count}\n"


class Data:
    """Two programs that together see all: each a line, a direction of a port and a cover point the other does not."""

    def __init__(self, root):
        self.root, self.source = root, root / "block.sv"
        self.source.write_text(SOURCE)
        self.waivers = ""
        for name, first in (("one", True), ("two", False)):
            (root / name).mkdir()
            self.dat(name, [first, not first, True], [first, not first])
            (root / name / "7-0.ports").write_text(f"block|a_i b_o|1 2 |{1 if first else 6} |{6 if first else 1} \n")

    def dat(self, name, lines, points):
        text = "# SystemC::Coverage-3\n"
        text += point(self.source, "v_branch", 4, "if", int(lines[0])) + point(self.source, "v_branch", 4, "else", int(lines[1]))
        text += point(self.source, "v_line", 6, "case", int(lines[2]))
        for i, seen in enumerate(points):
            text += point(self.source, "v_user", 2, "Full", int(seen), f"TOP.chip.gen_queue[{i}].Full")
        (self.root / name / "7-0.dat").write_text(text)

    def run(self, *programs):
        (self.root / "waivers.toml").write_text(self.waivers)
        done = subprocess.run([sys.executable, SCRIPT, "--data", self.root, "--programs", *programs, "--waivers", self.root / "waivers.toml",
                               "--report", self.root / "coverage.md"], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def waiver(**fields):
    return "[[waiver]]\n" + "".join(f"{name} = '{value}'\n" for name, value in fields.items())


def no_file(data):
    (data.root / "two" / "7-0.dat").unlink()


def cut(data):
    file = data.root / "two" / "7-0.dat"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))


def torn(data):
    file = data.root / "two" / "7-0.dat"
    file.write_text(file.read_text()[:-4])


def no_ports(data):
    (data.root / "two" / "7-0.ports").unlink()


def unseen_point(data):
    data.dat("two", [False, True, True], [False, False])


def unseen_line(data):
    for name in ("one", "two"):
        data.dat(name, [True, True, False], [True, True])


def waived_line(data):
    unseen_line(data)
    data.waivers = waiver(module="block", line="default: c = 1;", reason="cannot be")


def waives(**fields):
    def change(data):
        data.waivers = waiver(**fields)
    return change


CASES = [  # what is done to the data, the programs, the exit code, what is said
    (lambda data: None, ["one", "two"], 0, "| cover point | 2 | 2 | 100.00 |"),
    (lambda data: None, ["one"], 1, "too little: cover point: 50.00 %"),                       # a test that was dropped
    (lambda data: None, ["one", "two", "three"], 2, "the program three has not run with coverage"),
    (no_file, ["one", "two"], 2, "the program two has not run with coverage"),
    (cut, ["one", "two"], 2, "4 points that are not the 5 of"),
    (torn, ["one", "two"], 2, "not complete"),
    (no_ports, ["one", "two"], 2, "1 .dat and 0 .ports files"),
    (unseen_point, ["one", "two"], 1, "too little: cover point: 50.00 %"),
    (unseen_line, ["one", "two"], 1, "too little: line, branch: 66.67 %"),
    (waived_line, ["one", "two"], 0, "Waived, one by one with a reason: 1 points by 1 waivers."),
    (waived_line, ["one", "two"], 0, "| line, branch | 2 | 2 | 100.00 | 95 | 1 | 66.67 |"),
    (waives(module="block", line="default: c = 2;", reason="no such line"), ["one", "two"], 2, "matches nothing"),
    (waives(module="block", line="default: c = 1;", reason="is seen"), ["one", "two"], 2, "was seen"),
    (waives(module="block", port="b_o[1:0]", reason="is seen"), ["one", "two"], 2, "block.b_o[0] rises was seen"),
    (waives(module="block", port="b_o[9:2]", reason="has no such bit"), ["one", "two"], 2, "matches nothing"),
    (waives(module="block", port="b_o"), ["one", "two"], 2, "needs module, reason"),
]


def main():
    failed = 0
    for i, (change, programs, code, says) in enumerate(CASES):
        with tempfile.TemporaryDirectory() as folder:
            data = Data(pathlib.Path(folder))
            change(data)
            got, text = data.run(*programs)
            if got != code or says not in text:
                failed += 1
                print(f"case {i}: exit code {got}, expected {code} and '{says}'; it said:\n{text}")
    print(f"{len(CASES)} cases, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
