"""A checkout in which everything but the command is a fake: bazel, the engines, the C program."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = sys.executable
VARIANTS = ("libfuzzer", "libfuzzer_plain", "afl", "afl_asan", "afl_cmplog", "replay")

BAZEL = """#!/bin/sh
case $1 in
    query)
        for name in toy toy_too; do
            echo //fuzz/targets:${name}_corpus
            echo //fuzz/targets:${name}_afl_mutator
        done
        echo //fuzz/targets:text_corpus
        echo //fuzz/targets:text_dict
        ;;
    build) exit ${FAKE_BUILD_CODE:-0} ;;
esac
"""


class ScratchTest(unittest.TestCase):
    """A test with a checkout of its own, whose fakes do what variables tell them to."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name).resolve()
        self.out = self.root / "campaign"
        self.environment = {"PATH": str(self.root / "bin"), "PYTHONPATH": str(self.root),
                            "PYTHONDONTWRITEBYTECODE": "1", "FAKE_RECORD": str(self.root / "calls")}
        shutil.copytree("tools/cli", self.root / "tools/cli",
                        ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy("tools/__init__.py", self.root / "tools")
        self.install("bin/bazel", BAZEL)
        self.install_fake("bin/afl-fuzz", "fake_afl.py")
        for name in ("toy", "toy_too", "text"):
            self.install_target(name)
        for name in ("triage", "triage_asan"):
            self.install_fake(f"bazel-bin/fuzz/triage/{name}", "fake_triage.py")

    def install_target(self, name):
        folder = "bazel-bin/fuzz/targets"
        for variant in VARIANTS:
            self.install_fake(f"{folder}/{name}_{variant}", "fake_libfuzzer.py")
        self.install_fake(f"{folder}/{name}_replay", "fake_replay.py")
        self.write(f"{folder}/{name}_afl_mutator.so", "")
        self.write(f"{folder}/{name}.dict", "")
        self.write(f"{folder}/{name}_corpus/seed", f"seed of {name}")

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def install(self, name, script):
        self.write(name, script).chmod(0o755)

    def install_fake(self, name, source):
        self.install(name, f"#!{PYTHON}\n" + (HERE / source).read_text(encoding="utf-8"))

    def start(self, *words, **fakes):
        """Starts ./slubbed; fakes are variables, FAKE_ being put before their names."""
        variables = {f"FAKE_{name.upper()}": str(value) for name, value in fakes.items()}
        return subprocess.Popen([PYTHON, "-P", "-m", "tools.cli", *map(str, words)],
                                env={**self.environment, **variables}, cwd=self.root,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        """Waits for its end; returns exit code, output and errors."""
        try:
            output, errors = process.communicate(timeout=50)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return process.returncode, output, errors

    def slubbed(self, *words, **fakes):
        return self.finish(self.start(*words, **fakes))

    def wait_for(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "waited in vain")
            time.sleep(0.05)

    def calls(self, program):
        """The command lines that a fake was called with."""
        path = self.root / "calls"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [line.split("\t")[1:] for line in lines if line.split("\t")[0] == program]

    def assert_refused(self, words, *parts, **fakes):
        """One line, with these parts, and exit code 2."""
        code, _, errors = self.slubbed(*words, **fakes)
        self.assertEqual(code, 2, errors)
        self.assertEqual(errors.count("\n"), 1, errors)
        for part in parts:
            self.assertIn(part, errors)

    def assert_nothing_runs(self):
        """No process is left that has to do with this checkout."""
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            self.assertNotIn(os.fsencode(str(self.root)), line)


def interrupt(process, number=signal.SIGINT):
    process.send_signal(number)
