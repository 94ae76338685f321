#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Binds twill_port_toggles to every module of the given sources: port_toggles.py --output <bind.sv> <module.sv>...

Clock and reset are left out: they are what the ports are looked at by."""
import argparse
import pathlib
import re
import sys


def modules(text):
    """The modules of a source: (name, names of its ports)."""
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r"`ifdef FORMAL.*?`endif", "", text, flags=re.S)
    for found in re.finditer(r"^module (\w+)(.*?)^\);", text, re.S | re.M):
        directions = len(re.findall(r"\b(?:input|output)\b", found[2]))
        ports = re.findall(r"\b(?:input|output)\s+(?:[\w:]+\s+)?(?:signed\s+)?(?:\[[^;]*?\]\s*)?(\w+)\s*(?=,|$)", found[2].rstrip(), re.M)
        if len(ports) != directions:
            sys.exit(f"error: module {found[1]} has {directions} ports of which {len(ports)} are understood: write one a line")
        yield found[1], [port for port in ports if port not in ("clk_i", "rst_ni")]


def bind(module, ports):
    widths = ", ".join(f"32'($bits({port}))" for port in reversed(ports))
    both = ", ".join(reversed(ports))
    return (f"bind {module} twill_port_toggles #(.Width($bits({{{both}}})), .Ports({len(ports)}), .Widths({{{widths}}}), .Module(\"{module}\"),\n"
            f"  .Names(\"{' '.join(ports)}\")) u_port_toggles (.ports_i({{{both}}}));\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("sources", type=pathlib.Path, nargs="+")
    options = parser.parse_args()
    binds = [bind(module, ports) for source in options.sources for module, ports in modules(source.read_text()) if ports]
    options.output.write_text("".join(binds))


if __name__ == "__main__":
    main()
