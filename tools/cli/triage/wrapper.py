"""replay, minimize, explain, explore, convert, slabinfo: the C program is built and called.

Its output and exit code go through. Inputs of a target that reads any bytes are no programs, so the
C program knows nothing of them: they go to the target's own binaries.
"""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess

from tools.cli import bazel, failure, files, targets
from tools.cli.triage import tool
from tools.cli.triage.replayers import (MINIMIZE_SECONDS, SANITIZER_OPTIONS, BytesReplayer,
                                        Verdict)

OPTIONS = ("target", "out", "to", "seconds", "preemptions", "strategy", "runs", "seed", "at",
           "show", "lines", "attributes")
FLAGS = ("verbose", "json", "every_point", "raw")
INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


def add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", metavar="T", help="decides which ops are carried out; by"
                        " default the target that a folder of the path is named for, or all ops")
    parser.add_argument("--asan", action="store_true", help="under ASan, for what only it sees")


def run(command: str, args: argparse.Namespace) -> int:
    reader = bytes_target(args)
    if reader is not None:
        return BytesCommands(reader, args).run(command)
    label = tool.LABELS[bool(getattr(args, "asan", False))]
    bazel.build(label)
    program = bazel.BIN / label.lstrip("/").replace(":", "/")
    with subprocess.Popen([str(program), command, *words(args)],
                          env={**os.environ, "ASAN_OPTIONS": SANITIZER_OPTIONS}) as process:
        # A Ctrl-C reaches the program as well, which ends in good order.
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                code = process.wait()
                break
    return exit_code(code)


def exit_code(code: int) -> int:
    """That of a program which may have been ended by a signal before it looked out for any."""
    if code >= 0:
        return code
    return failure.INTERRUPTED if -code in INTERRUPTS else failure.BED_FAILED


def words(args: argparse.Namespace) -> list[str]:
    """The same options for the C program."""
    given = vars(args)
    options = [f"--{name}={given[name]}" for name in OPTIONS if given.get(name) is not None]
    flags = [f"--{name.replace('_', '-')}" for name in FLAGS if given.get(name)]
    return [*options, *flags, "--", *args.files]


def bytes_target(args: argparse.Namespace) -> targets.FuzzTarget | None:
    """The target that reads any bytes and is named, or that a folder of the first path is."""
    folders = pathlib.Path(args.files[0]).absolute().parts[:-1]
    for target in targets.everything() if "target" in args else ():
        if not target.is_program and (args.target == target.name or
                                      args.target is None and target.name in folders):
            return target
    return None


class BytesCommands:
    """replay, minimize and explain for a target that reads any bytes."""

    def __init__(self, target: targets.FuzzTarget, args: argparse.Namespace):
        targets.build({target: list(tool.BYTES_VARIANTS)})
        self._replayer = BytesReplayer(target)
        self._args = args

    def run(self, command: str) -> int:
        paths = [pathlib.Path(name) for name in self._args.files]
        with files.complaints(paths[0]):
            inputs = [each for path in paths for each in (files.inputs(path) or [path])]
            missing = [path for path in inputs if not path.is_file()]
            if missing:
                raise failure.Failure(f"{missing[0]}: no such file")
        signatures = [getattr(self, f"_{command}")(path) for path in inputs]
        return failure.FINDINGS if any(signatures) else failure.NOTHING_FOUND

    def _replay(self, path: pathlib.Path) -> str | None:
        verdict = self._replayer.replay(path)
        signature = verdict.signature
        if self._args.json:
            print(json.dumps({"file": str(path), "verdict": "fail" if signature else "pass",
                              "signature": signature}))
        else:
            print(f"{path}: {'FAIL ' + signature if signature else 'PASS'}")
        if self._args.verbose:
            print(self._replayer.explain(path, verdict))
        return signature

    def _minimize(self, path: pathlib.Path) -> str | None:
        verdict = self._replayer.replay(path)
        if not verdict.signature:
            print(f"{path}: nothing to minimize, it passes")
            return None
        out = pathlib.Path(self._args.out or f"{str(path).removesuffix('.trace')}.min.trace")
        with files.complaints(out):
            self._replayer.minimize(path, verdict, out, self._args.seconds or MINIMIZE_SECONDS)
            self._tell_sizes(path, verdict, out)
        return verdict.signature

    def _tell_sizes(self, path: pathlib.Path, verdict: Verdict, out: pathlib.Path) -> None:
        before, after = path.stat().st_size, out.stat().st_size
        if self._args.json:
            print(json.dumps({"file": str(path), "out": str(out), "signature": verdict.signature,
                              "bytes": before, "bytes_left": after}))
        else:
            print(f"{path}: {verdict.signature}, {before} bytes -> {after} bytes, {out}")

    def _explain(self, path: pathlib.Path) -> str | None:
        verdict = self._replayer.replay(path)
        print(self._replayer.explain(path, verdict))
        return verdict.signature
