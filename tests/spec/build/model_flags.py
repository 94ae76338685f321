# SPDX-License-Identifier: Apache-2.0
"""Every Verilated chip is compiled with -O3 -march=native: without them it simulates up to 100 times slower, silently.

Usage: model_flags.py BUILD_FOLDER MACHINE...
"""
import json
import pathlib
import shlex
import sys


def complaint(command):
    """What is wrong with a compile command, or None. The last -O on a command line is the one that counts."""
    words = shlex.split(command)
    levels = [word for word in words if word.startswith("-O")]
    if not levels or levels[-1] != "-O3":
        return f"compiled with {levels[-1] if levels else 'no -O'}, not -O3"
    if "-march=native" not in words:
        return "compiled without -march=native"
    return None


def main(build, machines):
    commands = {entry["file"]: entry["command"] for entry in json.loads((build / "compile_commands.json").read_text())}
    failures = []
    for machine in machines:
        models = [file for file in commands if f"/verilated/chip_{machine}/" in file]
        if len(models) != 1:
            failures.append(f"{machine}: expected one translation unit, found {models}")
        failures += [f"{model}: {wrong}" for model in models if (wrong := complaint(commands[model]))]

    # The check itself must notice what it is for.
    for slow in ("c++ -march=native m.cpp", "c++ -O3 m.cpp", "c++ -O3 -march=native -Os m.cpp"):
        if not complaint(slow):
            failures.append(f"the check does not notice: {slow}")

    print("\n".join(failures) or f"{len(machines)} models with -O3 -march=native")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2:]))
