# SPDX-License-Identifier: Apache-2.0
"""The build names what is wrong at once: an in-source build, a tool that is too old, an unknown sanitizer, packages that are missing.

Usage: refusals.py SOURCE_FOLDER CMAKE
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

failures = []


def expect(what, words, command, **options):
    """Runs a command that must fail and must say all the words."""
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    said = " ".join((run.stdout + run.stderr).split())  # CMake breaks its lines anywhere
    missing = [word for word in words if word not in said]
    if run.returncode == 0 or missing:
        failures.append(f"{what}: status {run.returncode}, not said: {missing}, said:\n{said}")


def tool(folder, name, text):
    """A stand-in program that prints a text."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{text}'\n")
    path.chmod(0o755)
    return path


def main(source, cmake):
    with tempfile.TemporaryDirectory(prefix="twill-build-") as name:
        folder = pathlib.Path(name)

        (folder / "source").mkdir()
        shutil.copy(source / "CMakeLists.txt", folder / "source")
        expect("in-source build", ["does not build inside its source folder"], [cmake, "."], cwd=folder / "source")

        old = folder / "old"
        old.mkdir()
        verilator = tool(old, "verilator", "Verilator 4.038 2020-07-11 rev v4.036")
        expect("configure with an old Verilator", ["Verilator 4.038 is too old", "5.006"],
               [cmake, "-S", source, "-B", folder / "build", f"-DVERILATOR_EXECUTABLE={verilator}"])
        expect("configure with an unknown sanitizer", ["TWILL_SANITIZE is 'memory'", "address, thread, fuzzer or OFF"],
               [cmake, "-S", source, "-B", folder / "sanitizer", "-DTWILL_SANITIZE=memory"])
        setup = source / "cmake" / "setup.sh"
        with_old = {**os.environ, "PATH": f"{old}:{os.environ['PATH']}"}
        expect("set-up with an old Verilator", ["verilator 4.038", "too old", "5.006"], [setup], env=with_old)
        verilator.unlink()
        tool(old, "cmake", "cmake version 3.18.4")
        expect("set-up with an old CMake", ["cmake 3.18.4", "too old", "3.25"], [setup], env=with_old)

        # A system without apt, dpkg and Verilator: the script lists the packages and installs nothing.
        bare = folder / "bare"
        bare.mkdir()
        for name in ("sh", "sed", "sort", "head"):
            (bare / name).symlink_to(shutil.which(name))
        expect("set-up without apt", ["needs these packages", " verilator", " ccache", " yosys"], [setup, "test"], env={"PATH": str(bare)})

    print("\n\n".join(failures) or "in-source build, old Verilator, old CMake, an unknown sanitizer and missing packages are refused by name")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
