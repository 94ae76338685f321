#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs libFuzzer targets (tests/fuzz/targets) from the seeds that fuzz_seeds makes.

  fuzz.py tflite                                  60 seconds
  fuzz.py tflite npy --seconds 1800 --jobs 2      several, two at a time
  fuzz.py npy_short_header --expect REGEX         a target with a bug: passes when the report of it matches

A target must neither crash, nor take more than 10 seconds or 256 MiB for one input, nor report anything by AddressSanitizer and
UndefinedBehaviorSanitizer. The input that does is kept, and the command that runs it again is printed. Exit code 0: nothing found (with
--expect: the bug found); 1: not so. Of Python only the standard library.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS, MIB = 10, 256  # for one input


def command(options, target, folder):
    """A target with a bug is named after the one it was made of and shares its seeds."""
    corpus = folder / "corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    kind = target.partition("_")[0]
    return [options.targets / f"fuzz_{target}", f"-max_total_time={options.seconds}", f"-timeout={SECONDS}", f"-rss_limit_mb={MIB}", f"-seed={options.seed}",
            "-max_len=65536", "-close_fd_mask=1", "-print_final_stats=1", f"-dict={HERE / 'targets' / kind}.dict", f"-artifact_prefix={options.found}/{target}-", corpus,
            folder / "seeds" / kind]


def fuzz(options, target, folder):
    """Whether all is well; and what to say."""
    options.found.mkdir(parents=True, exist_ok=True)
    # The quarantine of freed memory counts as memory of the process; what it holds is enough for a use after free in one input.
    environment = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=8", "UBSAN_OPTIONS": "print_stacktrace=1"}
    run = subprocess.run(command(options, target, folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    said = run.stderr.decode(errors="replace")
    if options.expect:
        if run.returncode != 0 and re.search(options.expect, said):
            return True, f"{target}: found, {re.search(options.expect, said)[0]}"
        return False, f"{target}: the bug was not found in {options.seconds} s (code {run.returncode})\n{tail(said)}"
    stats = dict(re.findall(r"^stat::(\w+):\s+(\d+)$", said, re.MULTILINE))
    if run.returncode != 0 or not int(stats.get("number_of_executed_units", 0)):
        return False, f"{target}: code {run.returncode}; the input is in {options.found}; to run it again: {options.targets}/fuzz_{target} FILE\n{tail(said)}"
    coverage = re.findall(r"cov: (\d+)", said)[-1]
    return True, (f"{target}: {int(stats['number_of_executed_units']):,} inputs in {options.seconds} s, {coverage} edges covered, "
                  f"slowest {stats['slowest_unit_time_sec']} s, most memory {stats['peak_rss_mb']} MiB: nothing found")


def tail(text):
    """The end of a report, without the input it dumps."""
    return "\n".join("  | " + line[:200] for line in text.splitlines()[-60:] if not line.startswith("0x"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="+")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations; 0: another one each time")
    parser.add_argument("--expect", metavar="REGEX", help="what the report of a seeded bug says")
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build/release", help="the build folder")
    options = parser.parse_args()
    options.targets = options.build.resolve() / "fuzz/tests/fuzz/targets"
    options.found = options.build.resolve() / "fuzz/found"
    for name in [f"fuzz_{target}" for target in options.target] + ["fuzz_seeds"]:
        if not (options.targets / name).exists():
            parser.error(f"there is no {options.targets / name}; `cmake --build {options.build} --target fuzz_targets` makes it")
    with tempfile.TemporaryDirectory(prefix="twill-fuzz-") as name:
        folder = pathlib.Path(name)
        subprocess.run([options.targets / "fuzz_seeds", folder / "seeds"], check=True)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            runs = [pool.submit(fuzz, options, target, folder) for target in options.target]
            well = True
            for run in concurrent.futures.as_completed(runs):
                fine, words = run.result()
                print(words, flush=True)
                well = well and fine
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
