#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every flip-flop of the chip's netlist is a register that tb/registers.py lists; exits 1 and names those that are not.

  registers.py NETLIST_REGISTERS LIST.vlt
  registers.py NETLIST_REGISTERS LIST.vlt --drop MODULE/NAME     the list without this one: a seeded bug, must be found

NETLIST_REGISTERS is what `synthesize.py --registers` writes. Memories that Yosys keeps as such have no flip-flops.
"""
import argparse
import pathlib
import re
import sys


def flip_flops(text):
    """Lines `$paramod...\\MODULE/NAME`, or without parameters `MODULE/NAME`, as (module, name): blocks, elements and fields are parts of one variable."""
    for line in text.split():
        path, _, wire = line.rpartition("/")
        module = re.search(r"twill_\w+", path)
        name = re.fullmatch(r"(?:\w+(?:\[\d+\])?\.)*(\w+)(?:\[\d+\])?", wire)
        if not module or not name:
            sys.exit(f"no register of a module: {line}")
        yield module[0], name[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("netlist", type=pathlib.Path)
    parser.add_argument("list", type=pathlib.Path)
    parser.add_argument("--drop", metavar="MODULE/NAME")
    options = parser.parse_args()
    listed = set(re.findall(r'-module "(\w+)" -var "(\w+)"', options.list.read_text()))
    if options.drop:
        listed.remove(tuple(options.drop.split("/")))
    found = set(flip_flops(options.netlist.read_text()))
    missing = sorted(found - listed)
    for module, name in missing:
        print(f"{module}/{name} is a register of the netlist, and not in {options.list.name}")
    if not missing:
        print(f"{len(found)} registers of the netlist are all among the {len(listed)} of {options.list.name}")
    sys.exit(1 if missing or not found else 0)


if __name__ == "__main__":
    main()
