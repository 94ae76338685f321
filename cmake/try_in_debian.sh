#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tries the documented steps in a fresh Debian: debootstraps a root, puts a clean clone of HEAD in it, installs git and make
# (README's step 0) and runs a target of the Makefile there, as root and without a terminal. Needs root and debootstrap.
#   cmake/try_in_debian.sh SUITE [MIRROR] [COMMAND]
# SUITE is bookworm (12) or trixie (13), MIRROR a Debian mirror (default, or '': debootstrap's own), COMMAND what to run in the
# clone (default: make demo). The root is kept for another try: $TWILL_ROOTS/SUITE (default /tmp/twill-roots); remove it by
# hand. The networks in TWILL_NETWORKS, if set, are there too.
set -eu

case ${1:-} in bookworm | trixie) ;; *) sed -n 's/^# \{0,1\}//; 3,9p' "$0"; exit 2 ;; esac
suite=$1
mirror=${2:-}
command=${3:-make demo}
source=$(cd "$(dirname "$0")/.." && pwd)
root=${TWILL_ROOTS:-/tmp/twill-roots}/$suite

if [ ! -e "$root/etc/debian_version" ]; then
  mkdir -p "$root"
  debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"}
fi
[ ! -e /etc/resolv.conf ] || cp -L /etc/resolv.conf "$root/etc/resolv.conf"

rm -rf "$root/root/twill"
git clone -q --no-hardlinks "file://$source" "$root/root/twill"

mounted=''
trap 'for place in $mounted; do umount "$root$place"; done' EXIT
mountpoint -q "$root/proc" || { mount -t proc proc "$root/proc" && mounted="/proc $mounted"; }  # Yosys and the compilers read it
if [ -n "${TWILL_NETWORKS:-}" ]; then
  mkdir -p "$root/root/networks"
  mountpoint -q "$root/root/networks" || { mount --bind -o ro "$TWILL_NETWORKS" "$root/root/networks" && mounted="/root/networks $mounted"; }
fi

# A clean environment, as a new user's shell has it; only a proxy is passed on.
env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  ${TWILL_NETWORKS:+TWILL_NETWORKS=/root/networks} ${TWILL_REQUIRE_NETWORKS:+TWILL_REQUIRE_NETWORKS="$TWILL_REQUIRE_NETWORKS"} \
  ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
  chroot "$root" sh -c "
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends git make ca-certificates &&
    cd /root/twill && $command" </dev/null
