# SPDX-License-Identifier: Apache-2.0
"""The synthesis script refuses what is not clean hardware, each for its reason, and counts a known module right.

Usage: refusals.py PACKAGE
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SCRIPT = HERE.parents[2] / "rtl" / "synthesis" / "synthesize.py"
REASONS = {  # module: what the script must say of it
    "cast": r"an operator right before a cast, which Yosys 0\.23 loses: & ~8'\(",
    "latch": r"infers latches: .*dlatch",
    "forgotten": r"Latch inferred for signal .*y_o",
    "loop": r"loop",
    "undriven": r"forgotten is used but has no driver",
    "drivers": r"multiple conflicting drivers for drivers\.\\y_o",
    "stranger": r"nobody' referenced in module .*stranger",
    "unsynthesizable": r"unsynthesizable\.sv:\d+: ERROR",
}


def synthesize(package, *arguments):
    run = subprocess.run([sys.executable, SCRIPT, "--package", package, *arguments], capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def main(package):
    failures = []

    files = {path.stem for path in (HERE / "refused").glob("*.sv")}
    if files != set(REASONS):
        failures.append(f"files and reasons differ: {files ^ set(REASONS)}")
    for module, reason in REASONS.items():
        status, said = synthesize(package, "--rtl", HERE / "refused", "--only", f"^{module}$")
        if status != 1 or not re.search(reason, said):
            failures.append(f"{module}: expected status 1 and /{reason}/, got status {status} and:\n{said}")

    status, said = synthesize(package, "--rtl", HERE / "accepted")
    row = re.search(r"^known +(\d+) +(\d+) +(\d+)", said, re.MULTILINE)
    if status != 0 or not row or row.group(2, 3) != ("12", "128"):
        failures.append(f"known: expected status 0, 12 flip-flops, 128 memory bits, got status {status} and:\n{said}")

    status, said = synthesize(package, "--rtl", HERE / "accepted", "--machine", "tiny_ecc", "--against", "tiny", "--whole", "known")
    if status != 0 or not re.search(r"^known +(\d+) +\1 +\+0\.0 % +12 +12 +\+0\.0 % +128 +128 +\+0\.0 %", said, re.MULTILINE):
        failures.append(f"known at two machines: expected status 0 and the same twice, got status {status} and:\n{said}")
    status, said = synthesize(package, "--rtl", HERE / "accepted", "--whole", "known", "unknown")
    if status != 1 or "no module unknown" not in said:
        failures.append(f"unknown: expected status 1, got {status} and:\n{said}")

    # One second and a sixteenth of a GiB are not enough for the array of the large machine.
    for limit in (["--seconds", "1"], ["--memory", "0.0625"]):
        status, said = synthesize(package, "--machine", "large", "--only", "^twill_array$", *limit)
        if status != 1 or "twill_array" not in said:
            failures.append(f"{limit}: expected status 1, got {status} and:\n{said}")

    print("\n\n".join(failures) or f"{len(REASONS)} kinds of bad hardware refused, a known module counted, both limits held")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
