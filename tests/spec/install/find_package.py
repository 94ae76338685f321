# SPDX-License-Identifier: Apache-2.0
"""Installs the build to a fresh prefix, builds the examples outside the project against it, and runs them: the demo network, four chips.

Usage: find_package.py CMAKE SOURCE_FOLDER BUILD_FOLDER CMAKE_ARGUMENT...
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"failed with status {done.returncode}: {' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def main(cmake, source, build, *arguments):
    source = pathlib.Path(source)
    with tempfile.TemporaryDirectory(prefix="twill-install-") as name:
        folder = pathlib.Path(name)
        run(cmake, "--install", build, "--prefix", folder / "first")
        (folder / "first").rename(folder / "prefix")  # an installed tree may be moved

        targets = "".join(path.read_text() for path in folder.glob("prefix/lib*/**/twillTargets*.cmake"))
        for place in (source, build, folder / "first"):
            if str(place) in targets:
                sys.exit(f"the installed package points back to {place}")

        project = folder / "consumer"
        project.mkdir()
        shutil.copy(pathlib.Path(__file__).with_name("consumer.cmake"), project / "CMakeLists.txt")
        for example in ("first_job.cpp", "first_collective.cpp"):
            shutil.copy(source / "host" / "examples" / example, project)
        run(cmake, "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={folder / 'prefix'}", *arguments)
        run(cmake, "--build", project / "build")

        case = sorted((source / "demo" / "cases").iterdir())[0]
        said = run(project / "build" / "first_job", source / "demo" / "model.tflite", case / "in0.npy", "functional")
        if not re.match(r"class \d+ of \d+, \d+ commands", said):
            sys.exit(f"unexpected answer of the example: {said}")
        print(said, end="")
        print(run(project / "build" / "first_collective", "functional"), end="")
        print(run(folder / "prefix" / "bin" / "twill", "--version"), end="")


if __name__ == "__main__":
    main(*sys.argv[1:])
