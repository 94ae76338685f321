# SPDX-License-Identifier: Apache-2.0
"""The nightly script with pieces of the test's own: a piece that fails makes it fail, what has passed is not run again, an interrupted night
goes on, and a piece that hangs ends with all it started."""
import contextlib
import io
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import nightly


class Nightly(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="twill-nightly-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def run_pieces(self, pieces, *arguments, limit=60.0):
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                code = nightly.main(list(arguments), pieces, self.folder / "results", limit)
            except SystemExit as error:
                code = error.code
        return code, said.getvalue()

    def counted(self, name, then="true"):
        """A command that adds a line to a file of its own and then does something."""
        return f"echo x >> '{self.folder / name}'; {then}"

    def runs(self, name):
        path = self.folder / name
        return path.read_text().count("x") if path.exists() else 0

    def test_seeded_failure(self):
        pieces = {"first": self.counted("first"), "seeded": self.counted("seeded", "echo why; exit 3"), "last": self.counted("last")}
        for times in (1, 2):  # what passed is not run again, what failed is
            code, said = self.run_pieces(pieces)
            self.assertEqual(code, 1)
            self.assertIn("failed (3)", said)
            self.assertIn("  | why", said)
            self.assertEqual([self.runs(name) for name in pieces], [1, times, 1])
        self.assertEqual(self.run_pieces(pieces, "--summary")[0], 1)
        self.assertEqual(self.run_pieces(pieces, "--only", "first", "last")[0], 0)
        pieces["seeded"] = self.counted("seeded")
        code, said = self.run_pieces(pieces)
        self.assertEqual(code, 0)
        self.assertEqual(said.count(" passed "), 3)
        self.assertEqual([self.runs(name) for name in pieces], [1, 3, 1])

    def test_fresh(self):
        pieces = {"one": self.counted("one"), "two": self.counted("two")}
        self.run_pieces(pieces)
        self.run_pieces(pieces, "--fresh", "--only", "two")
        self.assertEqual((self.runs("one"), self.runs("two")), (1, 2))
        self.run_pieces(pieces, "--fresh")
        self.assertEqual((self.runs("one"), self.runs("two")), (2, 3))

    def test_other_sources_count_for_nothing(self):
        pieces = {"one": self.counted("one")}
        self.run_pieces(pieces)
        real, nightly.sources = nightly.sources, lambda: "another commit"
        try:
            code, said = self.run_pieces(pieces, "--summary")
            self.assertEqual(code, 1)
            self.assertIn("(other sources)", said)
            self.assertEqual(self.run_pieces(pieces)[0], 0)
        finally:
            nightly.sources = real
        self.assertEqual(self.runs("one"), 2)

    def test_a_piece_that_hangs(self):
        child = self.folder / "child"
        pieces = {"hang": f"sleep 600 & echo $! > '{child}'; wait", "last": self.counted("last")}
        begin = time.monotonic()
        code, said = self.run_pieces(pieces, limit=1.0)
        self.assertEqual(code, 1)
        self.assertLess(time.monotonic() - begin, 30)
        self.assertEqual(self.runs("last"), 1)
        pid = int(child.read_text())
        deadline = time.monotonic() + 10
        while self.alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(self.alive(pid))

    @staticmethod
    def alive(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except FileNotFoundError:
            return False

    def test_an_interrupted_night_goes_on(self):
        script = (f"import sys; sys.path.insert(0, {str(pathlib.Path(nightly.__file__).parent)!r}); import nightly, pathlib;"
                  f"nightly.main([], {{'one': {self.counted('one')!r}, 'two': {self.counted('two', 'sleep 600')!r}}},"
                  f" pathlib.Path({str(self.folder / 'results')!r}))")
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while self.runs("two") == 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        self.assertNotEqual(process.wait(60), 0)
        code, _ = self.run_pieces({"one": self.counted("one"), "two": self.counted("two")})
        self.assertEqual((code, self.runs("one"), self.runs("two")), (0, 1, 2))

    def test_words(self):
        code, said = self.run_pieces({"one": "true"}, "--only", "none")
        self.assertEqual(code, 2)
        self.assertIn("there is no piece 'none'; there are one", said)
        self.assertEqual(self.run_pieces({"one": "true"}, "--list"), (0, "one: true\n"))
        self.assertGreater(len(nightly.PIECES), 0)


if __name__ == "__main__":
    unittest.main()
