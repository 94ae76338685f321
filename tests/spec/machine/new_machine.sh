#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A new machine is one entry in spec/configurations.toml: in a copy of the sources, adds one (8 x 8, 32 KiB), builds it alone, and
# runs the demo network on its RTL. The copy has its build where the sources have theirs, so that ccache knows what is the same in both.
# Usage: new_machine.sh <sources> <scratch folder> <generator of CMake> [jobs]
set -eu
sources=$1
scratch=$2
generator=$3
jobs=${4:-2}
build=$scratch/source/build/release

rm -rf "$scratch/source"
mkdir -p "$scratch/source"
for part in rtl tb host models sw spec demo cmake CMakeLists.txt README.md LICENSE; do
  cp -R "$sources/$part" "$scratch/source/"
done
cat >> "$scratch/source/spec/configurations.toml" <<'ENTRY'

[half]
description = "small with half the scratchpad"
word_bytes = 8
scratchpad_kib = 32
accumulator_words = 1024
ENTRY

cmake -G "$generator" -S "$scratch/source" -B "$build" -DTWILL_CONFIGS=half -DTWILL_BUILD_TESTS=OFF > "$scratch/configure.log" || { tail -n 20 "$scratch/configure.log"; exit 1; }
cmake --build "$build" --target twill_command --parallel "$jobs" > "$scratch/build.log" 2>&1 || { tail -n 20 "$scratch/build.log"; exit 1; }

twill=$build/sw/twill
"$twill" info | grep 'half.*32.0 KiB.*built in'
"$twill" verify "$scratch/source/demo" --config half --quiet
"$twill" verify "$scratch/source/demo" --config half --every-layer --quiet
