#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what Twill needs from the distribution (Debian 12 and 13; Ubuntu 24.04 is untried) and says beforehand how much
# it downloads. Does nothing, and needs no apt, where all of it is there. Works as root, with sudo, and without a terminal.
#   cmake/setup.sh         what a build needs
#   cmake/setup.sh test    also what only the tests need
set -eu

# package | a command, header or file of clang that shows it is there, whoever installed it | oldest version that will do
build_packages='
verilator                       verilator                 5.006
g++                             c++                       -
cmake                           cmake                     3.25
ninja-build                     ninja                     -
ccache                          ccache                    -
make                            make                      -
git                             git                       -
pkg-config                      pkg-config                -
python3                         python3                   3.11
libsystemc-dev                  systemc                   -
libboost-program-options-dev    boost/program_options.hpp -
nlohmann-json3-dev              nlohmann/json.hpp         -
libflatbuffers-dev              flatbuffers/flatbuffers.h -
flatbuffers-compiler            flatc                     -
libssl-dev                      openssl/sha.h             -
catch2                          catch2                    -
zlib1g-dev                      zlib.h                    -
'
test_packages='
yosys                           yosys                     0.23
z3                              z3                        -
clang                           clang++                   14
libclang-rt-dev                 */lib/linux/libclang_rt.fuzzer-*.a -
'

packages=$build_packages
[ "${1:-}" = test ] && packages="$packages$test_packages"

say() { printf '%s\n' "$@"; }
die() { printf '%s\n' "$@" >&2; exit 1; }

there() {  # there PACKAGE PROBE
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] && return
  command -v "$2" >/dev/null && return
  for file in /usr/include/$2 /usr/local/include/$2 /usr/lib/clang/$2; do  # patterns become the files there are
    [ -e "$file" ] && return
  done
  return 1
}

at_least() {  # at_least VERSION WANTED
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

installed_version() {  # installed_version TOOL: its version, empty when there is no such tool
  command -v "$1" >/dev/null || return 0
  case $1 in *yosys) flag=-V ;; *) flag=--version ;; esac
  "$1" $flag 2>/dev/null | sed -n 's/^[^0-9]* \([0-9][0-9.]*\).*/\1/p' | head -n 1
}

too_old() {  # too_old TOOL VERSION WANTED WHERE
  die "$1 $2 ($4) is too old: Twill needs $1 $3 or newer." "Debian 12 and 13 have it."
}

missing=''
while read -r package probe wanted; do
  [ -n "$package" ] || continue
  if ! there "$package" "$probe"; then
    missing="$missing $package"
  elif [ "$wanted" != - ]; then
    version=$(installed_version "$probe")
    if [ -n "$version" ] && ! at_least "$version" "$wanted"; then
      # The distribution's own interpreter may stand behind an older one on the PATH; CMake finds either.
      [ "$probe" = python3 ] && at_least "$(installed_version /usr/bin/python3)" "$wanted" && continue
      too_old "$probe" "$version" "$wanted" "$(command -v "$probe")"
    fi
  fi
done <<EOF
$packages
EOF
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || die "Twill needs these packages of Debian (other distributions name them alike):$missing"

as_root=''
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || die "Installing needs root, and there is no sudo. As root:" "  apt-get install --no-install-recommends$missing"
  as_root=sudo
  if [ ! -t 0 ]; then
    as_root='sudo -n'
    $as_root apt-get --version >/dev/null 2>&1 || die 'sudo asks for a password, and there is no terminal to ask at. As root:' \
      "  apt-get install --no-install-recommends$missing"
  fi
fi

say "Twill needs these packages, which are not installed:$missing"
say 'Reading the package lists ...'
$as_root apt-get update -qq </dev/null || say 'The package lists could not all be refreshed; trying with what is there.'

while read -r package probe wanted; do
  case "$missing " in *" ${package:-none} "*) ;; *) continue ;; esac
  candidate=$(LC_ALL=C apt-cache policy "$package" | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}//p')
  case $candidate in '' | '(none)') die "This distribution has no package $package. Debian 12 and 13 do." ;; esac
  [ "$wanted" = - ] || at_least "$candidate" "$wanted" || too_old "$package" "$candidate" "$wanted" 'what this distribution offers'
done <<EOF
$packages
EOF

install="apt-get install -y --no-install-recommends$missing"
bytes=$(LC_ALL=C $install --print-uris -qq 2>/dev/null | awk '{ sum += $3 } END { printf "%.0f", sum / 1e6 }')
say "Download: $bytes MB. Installing:" "  $install"
$as_root env DEBIAN_FRONTEND=noninteractive $install -qq </dev/null || die 'apt-get failed (see above). The command was:' "  $install"
