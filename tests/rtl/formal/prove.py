#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the properties of <block>_properties.sv with Yosys and ABC.

Every proof is bounded (from reset, so many steps) and inductive (from any state in which the properties held, so they hold forever), or speaks of
logic without registers. Some show besides that what they speak of can happen (covers). Each has seeded bugs: a copy of the sources with
one text changed, in which a counterexample must be found. The sources themselves are never touched.

  prove.py fifo                    proves
  prove.py fifo --bug full         must find a counterexample; --trace leaves its trace
  prove.py --list                  the proofs of CI, each with its bugs
  prove.py --nightly               all that takes too long for CI, with its bugs: exits 1 unless every proof holds and every bug is found

Exit code 0: proven; 1: counterexample (its trace is named); 2: neither, see the message. Needs yosys with its
yosys-abc, and yosys-smtbmc and z3 for covers and traces; of Python only the standard library.

To add a block: its <block>_properties.sv, a module of properties with a `bind` into the block at its end, and a row in PROOFS. Yosys
reads `bind` but passes over it, so here the instance it describes is put at the end of a copy of the block.
"""
import argparse
import dataclasses
import os
import pathlib
import re
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
RTL = ROOT / "rtl"
PACKAGE = "twill_pkg.sv"


@dataclasses.dataclass
class Proof:
    sources: list            # of the block, below rtl/ or (no folder) here; its top module is that of the first
    bugs: dict               # name -> (source, text, text instead)
    parameters: dict = dataclasses.field(default_factory=dict)
    constants: dict = dataclasses.field(default_factory=dict)   # of the package, others than the contract's
    steps: int = 6          # of the bounded run
    induction: int = 1       # steps assumed before the one that is shown
    cover: int = 0           # steps in which every cover must be reached; 0: the block has none
    variants: dict = dataclasses.field(default_factory=lambda: {"": ""})   # Yosys commands after flattening; every variant is proven
    properties: str = ""     # <this>_properties.sv, if it is not called as the proof is
    combinational: bool = False   # no registers: one step says all
    nightly: bool = False    # takes too long for CI
    generated: str = ""      # a script that prints one more source
    inside: dict = dataclasses.field(default_factory=dict)   # what the bind reads of an instance below: "u_x.name" -> bits
    instead: list = dataclasses.field(default_factory=list)     # (source, text, text instead): of the proof itself, not a bug
    alone: str = ""          # assertions whose labels begin so, the last ones by name, are inductive each by itself: faster than all at once


SMTBMC = ["yosys-smtbmc", "--noprogress", "--unroll", "-s", "z3"]

# Solvers do not like multipliers, so in the proof of the array each is replaced by another function f of its two inputs, the same in both
# machines: f = 0 shows that the same sums come from above; then f = the inputs themselves, low and high halves, shows that the same
# pairs are multiplied. So the machines agree for every f, hence for the product.
PRODUCTS = {f"f = {name}": f"techmap -map {HERE}/any_product.v -D PRODUCT_{name}\nselect -assert-none t:$mul" for name in ("ZERO", "LOW", "HIGH")}



def without(*labels):
    """A variant without the assertions whose labels begin so."""
    return {f"without {', '.join(labels)}": "\n".join(f"chformal -assert -remove c:*.{label}*" for label in labels)}


SCRATCHPAD = ["memory/twill_scratchpad.sv", "memory/twill_scratchpad_read.sv", "memory/twill_scratchpad_write.sv"]

SCRATCHPAD_ECC = "memory/twill_scratchpad_ecc.sv"

# twill_ecc_memory shows all its words, and in every cycle check bits of any of them are set: see any_secded.sv.
WRITES = "if (write_i != '0) words[write_row_i] = merged(words[write_row_i]);"
STRUCK = [
    ("memory/twill_ecc_memory.sv", WRITES,
     WRITES + " words[struck_row] = words[struck_row] | (struck & {Lanes{{CheckBits{1'b1}}, {LaneBits{1'b0}}}});"),
    ("memory/twill_ecc_memory.sv", "  // verilator lint_off BLKSEQ", """
  logic [RowBits-1:0]             struck_row;
  logic [Lanes*CodeBits-1:0]      struck;
  logic [Rows*Lanes*CodeBits-1:0] all_words;
  assign struck_row = $anyseq;
  assign struck = $anyseq;
  for (genvar r = 0; r < Rows; r++) assign all_words[r*Lanes*CodeBits +: Lanes*CodeBits] = words[r];
""")]

SECDED = Proof(
    sources=["secded.sv", "common/twill_secded_encode.sv", "common/twill_secded_decode.sv", "common/twill_secded_pkg.sv"], combinational=True,
    bugs={"column": ("common/twill_secded_pkg.sv", "64'hf104225844b12cb7", "64'hf104225844b12cb6"),
          "row": ("common/twill_secded_encode.sv", "^(data_i & Rows[r*DataBits +: DataBits])", "r != 3 && ^(data_i & Rows[r*DataBits +: DataBits])"),
          "guessed": ("common/twill_secded_decode.sv", "corrected_o = wrong != '0 ||", "corrected_o = wrong != '0 || syndrome == 3 ||"),
          "unsaid": ("common/twill_secded_decode.sv", "double_o = !corrected_o;", "double_o = !corrected_o && syndrome != '1;"),
          "untouched": ("common/twill_secded_decode.sv", "data_o = data_i ^ wrong;", "data_o = data_i ^ (wrong & ~DataBits'(1));")})

PROOFS = {
    "mesh_equals_array": Proof(
        sources=["mesh_equals_array.sv", "array/twill_array.sv", "array/twill_pe.sv", "array/twill_mesh.sv"],
        parameters={"Word": 4}, steps=2, variants=PRODUCTS,
        bugs={"lost_swap": ("array/twill_mesh.sv", ".first_i(right_first)", ".first_i(right_first && !(weight_valid_i && weight_row_i == '1))")}),
    "secded": SECDED,
    "secded_32": dataclasses.replace(SECDED, parameters={"DataBits": 32}, bugs={"column": ("common/twill_secded_pkg.sv", "32'h0894965b", "32'h0894965a")}),
    "fifo": Proof(
        sources=["common/twill_fifo.sv"], parameters={"Width": 4, "Depth": 4}, steps=12,
        bugs={"full": ("common/twill_fifo.sv", "in_ready_o <= pop || head != tail;", "in_ready_o <= pop || head != tail || tail == 0;"),
              "order": ("common/twill_fifo.sv", "head == tail_q ? entry : store[head]", "store[head]"),
              "empty": ("common/twill_fifo.sv", "out_valid_o <= push || head != tail;", "out_valid_o <= 1'b1;")}),
    "semaphores": Proof(
        sources=["front/twill_semaphores.sv"], parameters={"Givers": 3}, constants={"Semaphores": 4}, steps=4,   # all are alike
        bugs={"stale_take": ("front/twill_semaphores.sv", "if (hit[0]) free[queue_sem_i[4:0]] = 1'b0;", ""),
              "lost_give": ("front/twill_semaphores.sv", "if (sum > 9'", "if (sum >= 9'"),
              "both_tiles": ("front/twill_semaphores.sv", " && !(same && !turn_q)", ""),
              "silent": ("front/twill_semaphores.sv", "overflow_o <= over;", "overflow_o <= over && give_i[0];")}),
    "network_port": Proof(
        sources=["network/twill_network_port.sv", "any_fifo.sv"], steps=20,
        bugs={"lost_credit": ("network/twill_network_port.sv", "net_rx_credit_o <= taken;", "net_rx_credit_o <= taken && core_q;"),
              "one_more": ("network/twill_network_port.sv", "tx_ready_o <= credits != '0;", "tx_ready_o <= 1'b1;"),
              "nobody": ("network/twill_network_port.sv", "node_i, tx_flit_i[153:0]", "tx_flit_i[159:0]")}),
    "accumulators": Proof(
        sources=["memory/twill_accumulators.sv"], parameters={"Word": 4, "AccWords": 8}, steps=3, variants=without("Contents"),
        bugs={"turns": ("memory/twill_accumulators.sv", "write_turn_q <= !net_writes", "write_turn_q <= net_writes"),
              "priority": ("memory/twill_accumulators.sv", "write_gnt = !reads[dmaw_bank];", "write_gnt = 1'b1;")}),
    "accumulators_contents": Proof(
        sources=["memory/twill_accumulators.sv"], parameters={"Word": 4, "AccWords": 8}, steps=4, induction=2, properties="accumulators",
        bugs={"again": ("memory/twill_accumulators.sv", "again_q <= pending_q && pending_addr_q == write_addr;", "again_q <= 1'b0;"),
              "waits": ("memory/twill_accumulators.sv", "pending_q <= write_gnt || dmaw_waits;", "pending_q <= write_gnt;")}),
    "command_check": Proof(
        sources=["command_check.sv"], generated="command_rules.py", combinational=True, variants={"": "opt -full"},
        bugs={"bound": (PACKAGE, "c[97:96] > 2'd1", "c[97:96] > 2'd2"),
              "opcode": (PACKAGE, "default: check_command = 5'd1", "default: check_command = c[7:0] == 8'hff ? 5'd0 : 5'd1")}),
    # The decoder only hands the check's answer on, so here five bits that nothing else looks at stand for it.
    "decode": Proof(
        sources=["front/twill_decode.sv"], instead=[("front/twill_decode.sv", "twill_pkg::check_command(cmd_i)", "cmd_i[36:32]")], steps=4, cover=4,
        bugs={"unchecked": ("front/twill_decode.sv", "if (code_q == 5'd0) push_o", "if (code_q[3:0] == 4'd0) push_o"),
              "lost": ("front/twill_decode.sv", "run_i && (!valid_q || pushed)", "run_i && (!valid_q || code_q == '0)"),
              "route": ("front/twill_decode.sv", "5'd1 << cmd_i[10:8]", "5'd1 << (valid_q ? cmd_o[10:8] : cmd_i[10:8])")}),
    "scratchpad": Proof(
        sources=SCRATCHPAD, parameters={"Word": 4, "ScratchpadBytes": 64}, constants={"ScratchpadBanks": 4}, steps=2, variants=without("Contents", "Sees"),
        bugs={"two_at_once": (SCRATCHPAD[0], "send_gnt_o = (send_touches & asked) == '0;", "send_gnt_o = (send_touches & reads) == '0;"),
              "writes": (SCRATCHPAD[0], "(netw_touches & (postw_touches | loadw_touches)) == '0", "(netw_touches & loadw_touches) == '0")}),
    "scratchpad_contents": Proof(
        sources=SCRATCHPAD, parameters={"Word": 4, "ScratchpadBytes": 64}, constants={"ScratchpadBanks": 4}, steps=4, induction=3, nightly=True,
        properties="scratchpad", variants=without("Grants"), alone="Sees",
        bugs={"enables": (SCRATCHPAD[0], "loadw_touches_q[Odd] ? loadw_be_odd_q : netw_be_odd_q", "loadw_be_odd_q"),
              "stale": (SCRATCHPAD[1], "if (granted_i) addr_q <= addr_i;", "if (granted_i && !granted_q) addr_q <= addr_i;")}),
    # With a code of which only what `secded` proves is known, and words that may be struck at any time.
    "scratchpad_ecc": Proof(
        sources=[*SCRATCHPAD, "memory/twill_scratchpad_partial.sv", SCRATCHPAD_ECC, "memory/twill_ecc_memory.sv",
                 "common/twill_secded_pkg.sv", "any_secded.sv"],
        parameters={"Word": 4, "ScratchpadBytes": 32, "Ecc": 1}, constants={"ScratchpadBanks": 2}, steps=5, induction=3, alone="Sees", nightly=True,
        inside={f"gen_ecc.u_places.gen_place[{place}].u_memory.{wire}": bits
                for place in range(4) for wire, bits in (("all_words", 2 * 39), ("write_i", 1), ("write_row_i", 1))},
        instead=STRUCK,
        bugs={"laundered": (SCRATCHPAD_ECC, " && !double[p*Lanes+l]", ""),
              "others": (SCRATCHPAD_ECC, "be[i] ? turned", "be[i | 1] ? turned"),
              "forward": (SCRATCHPAD_ECC, "forward_q[i/LaneBytes] ? written_q", "1'b0 ? written_q"),
              "two_reads": (SCRATCHPAD[0], "writes_first = postw_first | loadw_first | netw_first", "writes_first = postw_first | netw_first"),
              "unreported": ("memory/twill_ecc_memory.sv", "valid_q <= read_i;", "valid_q <= read_i & ~write_i;"),
              "whole": ("memory/twill_scratchpad_partial.sv", "part[0 +: Lanes];", "part[Lanes +: Lanes];")}),
    "axi_read": Proof(
        sources=["dma/twill_axi_read.sv", "dma/twill_axi_address.sv"], parameters={"Word": 4},
        inside={"u_address.next_id_q": 1, "u_address.next_addr_q": 40, "u_address.next_len_q": 4},
        bugs={"both": ("dma/twill_axi_read.sv", "load_req_i && room && !fetch_req_i", "load_req_i && room"),
              "client": ("dma/twill_axi_read.sv", "load_valid_o <= next_id_q;", "load_valid_o <= m_axi_rid_i;"),
              "dropped": ("dma/twill_axi_address.sv", "valid_o <= in_valid_i || !room;", "valid_o <= in_valid_i;")}),
    "axi_write": Proof(
        sources=["dma/twill_axi_write.sv", "dma/twill_axi_address.sv", "any_fifo.sv"], parameters={"Word": 4},
        bugs={"turns": ("dma/twill_axi_write.sv", "net_turn_q <= store_gnt_o;", "net_turn_q <= net_gnt_o;"),
              "twice": ("dma/twill_axi_write.sv", "held_q <= m_axi_awvalid_o && !m_axi_awready_i;", "held_q <= m_axi_awvalid_o && !m_axi_awready_i && room;"),
              "overwritten": ("dma/twill_axi_write.sv", "(!m_axi_wvalid_o || m_axi_wready_i)", "1'b1")}),
}


def with_constants(package, constants):
    text = package.read_text()
    for constant, value in constants.items():
        text, found = re.subn(rf"(localparam int unsigned {constant} =) \d+;", rf"\1 {value};", text)
        if found != 1:
            fail(f"{package} has no constant {constant}")
    return text


def prepared(proof, name, bug, package, work):
    """Copies of the sources with the properties bound in and, if asked for, the bug seeded; their paths."""
    texts = {}
    texts[PACKAGE] = with_constants(package, proof.constants)
    if proof.generated:
        texts["generated.sv"] = subprocess.run([sys.executable, HERE / proof.generated], check=True, capture_output=True, text=True).stdout
    texts.update({source: ((RTL if "/" in source else HERE) / source).read_text() for source in proof.sources})
    for source, old, new in ([proof.bugs[bug]] if bug else []) + proof.instead:
        if texts[source].count(old) != 1:
            fail(f"{name} {bug or ''}: {source} has the text to change {texts[source].count(old)} times instead of once: {old}")
        texts[source] = texts[source].replace(old, new)
    properties = HERE / f"{proof.properties or name}_properties.sv"
    if properties.exists():
        text = properties.read_text()
        bind = re.search(r"^bind (\w+) (.*?;)\n", text, re.MULTILINE | re.DOTALL)
        target = [source for source in proof.sources if bind and pathlib.Path(source).stem == bind[1]]
        if not target:
            fail(f"{properties} has no `bind <module> ...;` into one of {', '.join(proof.sources)}")
        head, end, tail = texts[target[0]].rpartition("endmodule")
        below = "".join(f"  (* hierconn *) wire [{bits - 1}:0] \\{wire} ;\n" for wire, bits in proof.inside.items())   # flattening connects them
        texts[target[0]] = f"{head}{below}  {bind[2]}\n{end}{tail}"
        texts[properties.name] = text.replace(bind[0], "")
    paths = []
    for source, text in sorted(texts.items(), key=lambda item: not item[0].endswith("_pkg.sv")):   # packages come first
        paths.append(work / pathlib.Path(source).name)
        paths[-1].write_text(text)
    return paths


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(2)


def last_lines(path, count=5):
    return "\n".join(path.read_text().splitlines()[-count:])


def processor_seconds():
    """Of the programs run so far: unlike wall time it does not depend on what else the machine does."""
    times = os.times()
    return times.children_user + times.children_system


def compile_model(proof, paths, commands, work):
    """The model twice: model.aig for ABC, model.smt2 for covers and for the traces of counterexamples. Beyond the end of a vector 0 is read in both."""
    top = pathlib.Path(proof.sources[0]).stem
    script = work / "prove.ys"
    script.write_text("\n".join(
        [f"read_verilog -defer -formal -sv -I{RTL}/common {path}" for path in paths] +
        [f"hierarchy -check -top {top} " + " ".join(f"-chparam {key} {value}" for key, value in proof.parameters.items()),
         "proc", "flatten", commands, "opt_clean", "memory", "opt_clean", "async2sync", "dffunmap", "setundef -undriven -anyseq",
         f"write_smt2 -wires {work}/model.smt2",
         "delete -output", "chformal -cover -remove", "opt_clean", "techmap", "opt_expr", "opt_merge", "opt_clean", "dffunmap",
         "setundef -zero", "aigmap", "opt_clean",
         f"tee -q -o {work}/assertions.txt select -list t:$assert", f"write_aiger -I -B -zinit -no-startoffset -map {work}/model.aim {work}/model.aig", ""]))
    with open(work / "yosys.log", "w") as log:
        if subprocess.run(["yosys", "-Q", "-T", "-e", "implicitly declared|Resizing cell port", "-s", script], stdout=log, stderr=log).returncode:
            fail(f"Yosys refuses:\n{last_lines(work / 'yosys.log')}")


def run(command, log):
    """What the command said, and the processor seconds it took."""
    begin = processor_seconds()
    with open(log, "w") as output:
        subprocess.run(command, stdout=output, stderr=output, cwd=log.parent)
    return log.read_text(), processor_seconds() - begin


def traced(label, work):
    """Leaves the trace of ABC's counterexample, in which z3 must find an assertion that fails, too."""
    witness = (work / "trace.aiw").read_text()
    if witness.startswith("\n"):                       # no registers: yosys-smtbmc passes over the empty line of their first values
        (work / "trace.aiw").write_text("x" + witness)
    said, _ = run([*SMTBMC, "--aig", "model.aim:trace.aiw", "--aig-noheader", "--dump-vcd", "trace.vcd", "model.smt2"], work / "trace.log")
    if "Assert failed in" not in said:
        fail(f"{label}: what ABC says to be a counterexample is none, see {work}/trace.log:\n{last_lines(work / 'trace.log')}")
    print(f"{label}: see {work}/trace.vcd")


def inductions(proof, work):
    """What is shown by induction in one run each: (name of the assertions, commands of ABC that choose them)."""
    labels = [assertion.split(".")[-1] for assertion in (work / "assertions.txt").read_text().split()]
    together = sum(not (proof.alone and label.startswith(proof.alone)) for label in labels)
    yield "", f"cone -s -O 0 -R {together}; scleanup; orpos" if proof.alone else "orpos"
    for output in range(together, len(labels)):
        if not labels[output].startswith(proof.alone):
            fail(f"{labels[output]} comes after an assertion that is proven alone")
        yield f" of {labels[output]}", f"cone -s -O {output}; scleanup"


def solve(label, engine, work, trace):
    """True: holds. Prints the verdict of one run of ABC."""
    said, seconds = run(["yosys-abc", "-c", f"read_aiger model.aig; fold; strash; {engine}; write_cex -a trace.aiw"], work / "abc.log")
    if re.search("No output asserted in|Networks are equivalent|^UNSATISFIABLE", said, re.MULTILINE):
        print(f"{label}: holds ({seconds:.1f} s)", flush=True)
        return True
    failed = re.search(r"Output (\d+) of miter .* was asserted in frame (\d+)|^SATISFIABLE \(output = (\d+)\)", said, re.MULTILINE)
    if not failed:
        fail(f"{label}: no verdict, see {work}/abc.log:\n{last_lines(work / 'abc.log')}")
    assertion = (work / "assertions.txt").read_text().split()[int(failed[1] or failed[3])]
    where = re.search(r"[\w.]+:\d+", assertion) or re.search(r"[^/.]*$", assertion)     # a line, or its label
    print(f"{label}: {where[0]} fails in cycle {failed[2] or 0} ({seconds:.1f} s)", flush=True)
    if trace:
        traced(label, work)
    return False


def cover(label, steps, work):
    """True: every cover is reached. Prints the verdict."""
    said, seconds = run([*SMTBMC, "-c", "-t", str(steps), "model.smt2"], work / "cover.log")
    missing = re.search(r"Unreached cover statement at (.*)", said)
    if "Status: PASSED" in said:
        print(f"{label}: reached ({seconds:.1f} s)", flush=True)
        return True
    if not missing:
        fail(f"{label}: no verdict, see {work}/cover.log:\n{last_lines(work / 'cover.log')}")
    print(f"{label}: {missing[1]} is not reached")
    return False


def prove(name, bug, options):
    proof = PROOFS[name]
    trace = options.trace or not bug
    for variant, commands in proof.variants.items():
        work = options.build.resolve() / name / (bug or "proof") / re.sub(r"\W+", "_", variant)
        work.mkdir(parents=True, exist_ok=True)
        compile_model(proof, prepared(proof, name, bug, options.package, work), commands, work)
        label = ", ".join(filter(None, [name, bug, variant]))
        if proof.combinational:
            holds = solve(label, "iprove", work, trace)
        else:
            holds = solve(f"{label}, bounded {proof.steps}", f"bmc3 -F {proof.steps}", work, trace) and \
                all(solve(f"{label}, induction {proof.induction}{which}", f"{chosen}; ind -F {proof.induction + 1}", work, trace)
                    for which, chosen in inductions(proof, work)) and \
                (proof.cover == 0 or cover(f"{label}, covers {proof.cover}", proof.cover, work))
        if not holds:
            return 1
    return 0


def nightly(options):
    """True: every long proof holds, and every bug seeded in one is found."""
    good = True
    for name, proof in PROOFS.items():
        if proof.nightly:
            good &= prove(name, None, options) == 0
            for bug in proof.bugs:
                if prove(name, bug, options) == 0:
                    print(f"{name}: the bug {bug} is not found")
                    good = False
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("block", nargs="?", choices=list(PROOFS))
    parser.add_argument("--bug", help="seed this bug: a counterexample must be found")
    parser.add_argument("--trace", action="store_true", help="with --bug: leave the counterexample's trace (without it always)")
    parser.add_argument("--package", type=pathlib.Path, default=ROOT / "build/release/generated/twill_pkg.sv", help="the generated twill_pkg.sv")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/formal", help="where to work")
    parser.add_argument("--list", action="store_true", help="print every proof of CI with its bugs, a line each")
    parser.add_argument("--nightly", action="store_true", help="prove what takes too long for CI, and find its bugs")
    options = parser.parse_args()
    if options.list:
        for name, proof in PROOFS.items():
            if not proof.nightly:
                print(" ".join([name, *proof.bugs]))
        return 0
    if options.nightly:
        return 0 if nightly(options) else 1
    if not options.block:
        parser.error("name a block (--list shows them)")
    if options.bug and options.bug not in PROOFS[options.block].bugs:
        parser.error(f"{options.block} has no bug '{options.bug}'; it has: {', '.join(PROOFS[options.block].bugs)}")
    return prove(options.block, options.bug, options)


if __name__ == "__main__":
    sys.exit(main())
