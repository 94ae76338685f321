#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The generator refuses a contract that is wrong, in one sentence and with exit code 2, and takes a new machine as one entry."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SPEC = pathlib.Path(__file__).resolve().parents[3] / "spec"


class Generator(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.spec = (SPEC / "twill.toml").read_text()
        self.machines = (SPEC / "configurations.toml").read_text()

    def generate(self):
        (self.folder / "twill.toml").write_text(self.spec)
        (self.folder / "configurations.toml").write_text(self.machines)
        return subprocess.run(
            [sys.executable, SPEC / "generate.py", "--spec", self.folder / "twill.toml", "--configurations",
             self.folder / "configurations.toml", "--output", self.folder / "out"], capture_output=True, text=True, check=False)

    def change(self, old, new):
        """Replaces a line of the contract that is there exactly once; otherwise the test would prove nothing."""
        self.assertEqual(self.spec.count(old), 1, f"'{old}' does not stand exactly once in the contract")
        self.spec = self.spec.replace(old, new)

    def refused(self, *words):
        result = self.generate()
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertFalse((self.folder / "out").exists(), "a refused contract leaves nothing behind")

    def test_the_contract_itself_is_taken(self):
        result = self.generate()
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("twill_pkg.sv", "twill/contract.hpp", "twill/configurations.hpp", "contract.md", "configurations.cmake"):
            self.assertTrue((self.folder / "out" / name).exists(), name)

    def test_nothing_is_rewritten_when_nothing_changed(self):
        self.generate()
        before = {p: p.stat().st_mtime_ns for p in (self.folder / "out").rglob("*") if p.is_file()}
        self.generate()
        self.assertEqual(before, {p: p.stat().st_mtime_ns for p in before})

    def test_overlapping_fields(self):
        self.change('irq = [96, 1,', 'irq = [95, 1,')
        self.refused("commands.mark.irq", "bit 95", "tag")

    def test_a_field_over_the_header(self):
        self.change("tag = [64, 32,", "tag = [48, 32,")
        self.refused("commands.mark.tag", "bit 48", "signal2")

    def test_a_field_over_a_tile_slot_the_command_has(self):
        self.change('dram_base     = [64, 40, "DRAM byte address"]\nspace         = [104, 2, "space: the local side", "0..1"]\nlocal_base    = [112, 24, "local byte address"]\n',
                    'dram_base     = [56, 40, "DRAM byte address"]\nspace         = [104, 2, "space: the local side", "0..1"]\nlocal_base    = [112, 24, "local byte address"]\n')
        self.refused("commands.store.dram_base", "bit 56", "tile_signal")

    def test_a_field_beyond_the_command(self):
        self.change('irq = [96, 1,', 'irq = [511, 2,')
        self.refused("commands.mark.irq", "512")

    def test_a_field_without_bits(self):
        self.change('irq = [96, 1,', 'irq = [96, 0,')
        self.refused("commands.mark.irq", "width 0")

    def test_duplicate_opcode(self):
        self.change('opcode = 0x35', 'opcode = 0x34')
        self.refused("commands.move", "0x34", "lookup")

    def test_opcode_zero(self):
        self.change('opcode = 0x01', 'opcode = 0x00')
        self.refused("commands.nop", "opcode 0")

    def test_a_field_without_description(self):
        self.change('"copied into the record"', '" "')
        self.refused("commands.mark.tag", "no description")

    def test_a_command_without_description(self):
        self.change('description = """\nWaits and signals only. Complete when every earlier command of its queue is."""', 'description = ""')
        self.refused("commands.nop", "no description")

    def test_an_error_that_does_not_exist(self):
        self.change('sparse           = [383, 1, "reserved: sparse tile metadata", "=0:unsupported_sparsity"]\nacc_base         = [384, 12, "first accumulator word; a multiple of a bank"]\nweight_layout    = [396, 2, "weight_layout: how the weight loader walks", "=0:unsupported_weight_layout"]\ntiles',
                    'sparse           = [383, 1, "reserved: sparse tile metadata", "=0:unsupported_magic"]\nacc_base         = [384, 12, "first accumulator word; a multiple of a bank"]\nweight_layout    = [396, 2, "weight_layout: how the weight loader walks", "=0:unsupported_weight_layout"]\ntiles')
        self.refused("commands.depthwise.sparse", "unsupported_magic")

    def test_a_queue_that_does_not_exist(self):
        self.change('queues = ["store"]', 'queues = ["shop"]')
        self.refused("commands.store", "'shop'")

    def test_duplicate_enum_value(self):
        self.change('transposed = [2,', 'transposed = [1,')
        self.refused("enums.weight_layout.transposed", "value 1")

    def test_a_check_that_is_none(self):
        self.change('"kernel rows", "1.."]', '"kernel rows", "at least 1"]')
        self.refused("commands.conv.kernel_y", "at least 1")

    def test_duplicate_register(self):
        self.change('FETCHED         = [0x060,', 'FETCHED         = [0x05c,')
        self.refused("registers.FETCHED", "0x5c", "DOORBELL")

    def test_overlapping_record_words(self):
        self.change('sequence = [30, 1,', 'sequence = [29, 1,')
        self.refused("mark_record.sequence", "29", "commands")

    def test_a_record_word_beyond_the_record(self):
        self.change('magic    = [31, 1,', 'magic    = [32, 1,')
        self.refused("mark_record.magic", "32")

    def test_text_that_is_not_toml(self):
        self.spec += "\n[broken\n"
        self.refused("generate.py")

    def test_impossible_machines(self):
        for key, value in (("word_bytes", 12), ("word_bytes", 2), ("word_bytes", 128), ("scratchpad_kib", 100), ("scratchpad_kib", 8),
                           ("accumulator_words", 1000), ("accumulator_words", 32), ("accumulator_words", 4096)):
            with self.subTest(key=key, value=value):
                machine = {"word_bytes": 16, "scratchpad_kib": 128, "accumulator_words": 1024} | {key: value}
                self.machines = (SPEC / "configurations.toml").read_text() + '\n[odd]\ndescription = "odd"\n'
                self.machines += "".join(f"{k} = {v}\n" for k, v in machine.items())
                self.refused(f"configurations.odd.{key}", str(value))

    def test_a_machine_with_an_unknown_key(self):
        self.machines += '\n[odd]\ndescription = "odd"\nword_bytes = 16\nscratchpad_kib = 128\naccumulator_words = 1024\ncolour = 3\n'
        self.refused("configurations.odd", "keys")

    def test_a_new_machine_is_one_entry(self):
        self.machines += '\n[narrow]\ndescription = "16 x 16 with half the scratchpad"\nword_bytes = 16\nscratchpad_kib = 128\naccumulator_words = 1024\n'
        result = self.generate()
        self.assertEqual(result.returncode, 0, result.stderr)
        out = self.folder / "out"
        self.assertIn('{"narrow", "16 x 16 with half the scratchpad", 16, 131072, 1024, false}', (out / "twill/configurations.hpp").read_text())
        self.assertIn("| narrow | 16 | 128 KiB | 1024 | no |", (out / "contract.md").read_text())
        cmake = (out / "configurations.cmake").read_text()
        self.assertRegex(cmake, r"set\(TWILL_ALL_CONFIGS .* narrow\)")
        self.assertRegex(cmake, r"set\(TWILL_DEFAULT_CONFIGS .* narrow\)")
        self.assertIn("set(TWILL_CONFIG_narrow_ECC 0)", cmake)
        self.assertIn("set(TWILL_CONFIG_narrow_SCRATCHPAD_BYTES 131072)", cmake)

    def test_a_machine_with_ecc_that_is_not_built_by_default(self):
        self.machines += '\n[safe]\ndescription = "s"\nword_bytes = 16\nscratchpad_kib = 128\naccumulator_words = 1024\necc = true\nby_default = false\n'
        result = self.generate()
        self.assertEqual(result.returncode, 0, result.stderr)
        out = self.folder / "out"
        self.assertIn('{"safe", "s", 16, 131072, 1024, true}', (out / "twill/configurations.hpp").read_text())
        cmake = (out / "configurations.cmake").read_text()
        self.assertRegex(cmake, r"set\(TWILL_ALL_CONFIGS .* safe\)")
        self.assertNotRegex(cmake, r"set\(TWILL_DEFAULT_CONFIGS .* safe\)")
        self.assertIn("set(TWILL_CONFIG_safe_ECC 1)", cmake)

    def test_a_machine_whose_ecc_is_a_number(self):
        self.machines += '\n[odd]\ndescription = "odd"\nword_bytes = 16\nscratchpad_kib = 128\naccumulator_words = 1024\necc = 1\n'
        self.refused("configurations.odd.ecc", "neither true nor false")

    def hash(self):
        self.assertEqual(self.generate().returncode, 0)
        header = (self.folder / "out/twill/contract.hpp").read_text()
        return header.split("inline constexpr std::uint64_t hash = ")[1].split("u;")[0]

    def test_the_hash_covers_positions_not_wording_nor_machines(self):
        original = self.hash()
        self.change('"copied into the record"', '"what the host asked for"')
        self.machines += '\n[narrow]\ndescription = "n"\nword_bytes = 16\nscratchpad_kib = 128\naccumulator_words = 1024\n'
        self.assertEqual(self.hash(), original)
        self.change('irq = [96, 1,', 'irq = [97, 1,')
        self.assertNotEqual(self.hash(), original)


if __name__ == "__main__":
    unittest.main()
