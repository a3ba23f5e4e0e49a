"""What the tests of the build share."""

import pathlib
import subprocess
import tempfile
import unittest

HERE = pathlib.Path("tests/tooling/build")


class ProgramTest(unittest.TestCase):
    """A test that runs programs in an empty folder."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        """Writes bytes or text to a file of the folder; returns its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_program(self, *command, **options):
        """Runs a program to its end, its output as text."""
        return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              errors="replace", timeout=60, check=False, **options)
