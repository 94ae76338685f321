#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what is too long for CI, in pieces of less than two hours each.

  nightly.py                  runs every piece that has not passed on these sources yet, so an interrupted night goes on where it was
  nightly.py --only NAME ...  runs these
  nightly.py --fresh          forgets what has passed; with --only, of these
  nightly.py --list           the pieces, each with its command
  nightly.py --summary        what the last run of each piece came to

Results and the output of each piece (NAME.log) are kept in build/nightly. Exit code 0: all have passed; 1: one has not; 2: no such piece.
Needs a build in build/release (`make nightly` makes it); of Python only the standard library.

To add a piece: a row in PIECES. The command is run by a shell in the source folder, must end with a code other than 0 when something is wrong,
and must say in its output how to run what failed again.
"""
import argparse
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT = 2 * 60 * 60  # seconds; a piece that takes longer has failed

PIECES = {
    "sanitize": "make sanitize",
    "threads": "make threads",
    "proofs": "tests/rtl/formal/prove.py --nightly",
    "streams": "build/release/sw/twill fuzz --seeds 5000 --stalls 0.1 --case build/nightly/streams.json"
               " && build/release/sw/twill fuzz --seeds 500 --chips 4 --stalls 0.1 --case build/nightly/streams.json"
               " && build/release/sw/twill fuzz --seeds 300 --config tiny_ecc --stalls 0.1 --case build/nightly/streams.json",
    "netlist": "TWILL_SEED=1 TWILL_SEEDS=20 build/release/tests/rtl/netlist/netlist_test 'random command streams'",
    "ecc-cost": "rtl/synthesis/synthesize.py --package build/release/generated/twill_pkg.sv --machine tiny_ecc --against tiny --seconds 1800"
                " --whole twill_scratchpad twill_accumulators twill_queues twill_chip",
    "inject": "build/release/sw/twill inject --blocks --faults 20000 && build/release/sw/twill inject --faults 5000",
    "mutation": "cmake --build build/release --target mutants -j2"
                " && tests/mutation/mutate.py --prove --results build/nightly/mutation.json",
    "fuzz-models": "tests/fuzz/fuzz.py tflite npy --seconds 1800 --jobs 2",
    "fuzz-options": "tests/fuzz/fuzz.py manifest options --seconds 1800 --jobs 2",
    "fuzz-replay": "tests/fuzz/fuzz.py replay --seconds 1800",
}


def sources():
    """Names the state of the sources: the commit, and a mark where files of it have been changed or added."""
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=SOURCE, capture_output=True, check=True).stdout
    changes = git("diff", "HEAD")
    for path in git("ls-files", "--others", "--exclude-standard", "-z").split(b"\0")[:-1]:
        changes += path + (SOURCE / os.fsdecode(path)).read_bytes()
    return git("rev-parse", "--short=12", "HEAD").decode().strip() + (f"+{hashlib.sha256(changes).hexdigest()[:6]}" if changes else "")


class Results:
    """What the last run of each piece came to: {piece: {"sources": .., "status": .., "minutes": .., "date": ..}} in a file."""

    def __init__(self, folder):
        self.path = folder / "results.json"
        self.runs = json.loads(self.path.read_text()) if self.path.exists() else {}

    def passed(self, name, now):
        run = self.runs.get(name)
        return bool(run) and run["status"] == "passed" and run["sources"] == now

    def forget(self, names):
        self.runs = {name: run for name, run in self.runs.items() if name not in names}
        self.write()

    def add(self, name, **run):
        self.runs[name] = run
        self.write()

    def write(self):
        new = self.path.with_suffix(".new")  # never half a file, whenever the night ends
        new.write_text(json.dumps(self.runs, indent=1) + "\n")
        new.replace(self.path)


def run_piece(command, log, limit):
    """Its status: passed, failed (<code>) or out of time. Everything it started ends with it."""
    with open(log, "wb") as output:
        process = subprocess.Popen(command, shell=True, cwd=SOURCE, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        try:
            code = process.wait(limit)
            return "passed" if code == 0 else f"failed ({code})"
        except subprocess.TimeoutExpired:
            return f"over {limit / 60:.0f} minutes"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def last_lines(log, count):
    return "\n".join("  | " + line for line in log.read_text(errors="replace").splitlines()[-count:])


def summary(names, results, now):
    width = max(map(len, names))
    for name in names:
        run = results.runs.get(name, {"status": "not run"})
        minutes = f"{run['minutes']:7.1f} min  {run['date']}  {run['sources']}" if "minutes" in run else ""
        print(f"{name:{width}}  {run['status']:12}  {minutes}{'  (other sources)' if minutes and run['sources'] != now else ''}".rstrip())


def main(arguments, pieces, folder, limit=LIMIT):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", default=list(pieces), help="run these pieces")
    parser.add_argument("--fresh", action="store_true", help="run also what has passed already")
    parser.add_argument("--list", action="store_true", help="print every piece with its command")
    parser.add_argument("--summary", action="store_true", help="print what the last runs came to, and run nothing")
    options = parser.parse_args(arguments)
    for name in options.only:
        if name not in pieces:
            parser.error(f"there is no piece '{name}'; there are {', '.join(pieces)}")
    if options.list:
        for name in options.only:
            print(f"{name}: {pieces[name]}")
        return 0

    folder.mkdir(parents=True, exist_ok=True)
    results = Results(folder)
    now = sources()
    if options.fresh and not options.summary:
        results.forget(options.only)
    for number, name in enumerate([] if options.summary else options.only, 1):
        if results.passed(name, now):
            continue
        print(f"{time.strftime('%H:%M')} {number}/{len(options.only)} {name}: {pieces[name]}", flush=True)
        begin = time.monotonic()
        log = folder / f"{name}.log"
        status = run_piece(pieces[name], log, limit)
        results.add(name, sources=now, status=status, minutes=round((time.monotonic() - begin) / 60, 1), date=time.strftime("%Y-%m-%d"))
        if status != "passed":
            print(f"{name}: {status}; the end of {log}:\n{last_lines(log, 20)}", flush=True)
    summary(options.only, results, now)
    return 0 if all(results.passed(name, now) for name in options.only) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], PIECES, SOURCE / "build" / "nightly"))
