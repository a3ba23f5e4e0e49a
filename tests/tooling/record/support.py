"""What the tests of recording share: programs that Bazel built, and running them."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).absolute().parent
ROOT = HERE.parents[2]
TRAFFIC = HERE / "traffic"
TRAFFIC_STATIC = HERE / "traffic_static"
TRACE_CHECK = HERE / "trace_check"
RECORDER = ROOT / "record" / "libslubbed_record.so"
CONVERTER = ROOT / "record" / "convert"

SECONDS_MAX = 60


class RecordTest(unittest.TestCase):
    """A test that runs programs and writes files below a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.out = self.folder / "out.trace"

    def command(self, *words):
        """./slubbed record as words for subprocess."""
        return [sys.executable, "-P", str(HERE / "record_command.py"), "record",
                *[str(word) for word in words]]

    def environment(self, **more):
        return dict(os.environ, PYTHONPATH=f"{HERE}:{ROOT}", TMPDIR=str(self.folder), **more)

    def run_program(self, *command, **options):
        """Runs a program to its end, its output as text."""
        return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              timeout=SECONDS_MAX, check=False, **options)

    def record(self, *command, options=(), **more):
        """Runs ./slubbed record on a command, which succeeds and leaves only the trace behind."""
        before = set(self.folder.iterdir())
        result = self.run_program(*self.command("--out", self.out, *options, "--", *command),
                                  env=self.environment(), **more)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(set(self.folder.iterdir()) - before - {self.out}, set())
        return result

    def ops(self):
        """The lines of the trace, less those that begin it."""
        lines = self.out.read_text(encoding="ascii").splitlines()
        self.assertEqual(lines[0], "slubbed trace 1")
        return [line for line in lines[1:] if not line.startswith(("heap ", "slots "))]

    def check_trace(self):
        """The trace can be read, and its ops suit their slots."""
        result = self.run_program(TRACE_CHECK, self.out)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


def counts(summary):
    """What the converter counted: {what: number}."""
    rows = re.findall(r"^ *(\d+)  (\S.*)$", summary, re.MULTILINE)
    return {what: int(number) for number, what in rows}


def without_contents(ops):
    """The ops of a trace without those that write and read objects."""
    return [op for op in ops if not op.startswith(("fill ", "verify "))]
