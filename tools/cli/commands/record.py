"""Runs a program and turns its malloc traffic into a trace."""

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from tools.cli import arguments, bazel, failure, files

HELP = "run a program and record its malloc traffic as a trace to be replayed"

OUT = bazel.ROOT / "out" / "record"
RECORDER = bazel.BIN / "record" / "libslubbed_record.so"
CONVERTER = bazel.BIN / "record" / "convert"
OPS_MAX = 1_000_000    # what replaying reads

# What makes programs use malloc that would otherwise have allocators of their own.
MALLOC_SETTINGS = {"PYTHONMALLOC": "malloc", "G_SLICE": "always-malloc"}

# Some events make no op, so more are recorded than ops are wanted.
EVENTS_PER_OP = 2
EVENTS_SPARE = 65_536

NAME = re.compile(r"[^/]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = (f"{parser.prog} [--out FILE] [--max-ops N] [--program NAME] [--raw] --"
                    " COMMAND [ARGUMENT...]")
    parser.epilog = ("Threads become CPUs. Python and GLib are told to use malloc for everything,"
                     " unless the environment says otherwise.")
    parser.add_argument("--out", type=pathlib.Path, metavar="FILE",
                        help="where to write, by default out/record/COMMAND.trace")
    parser.add_argument("--program", metavar="NAME",
                        help="record the first program of this name that the command starts,"
                        " such as cc1 of gcc, not the command itself")
    parser.add_argument("--max-ops", type=arguments.positive, default=OPS_MAX, metavar="N",
                        help=f"end the trace after N ops, by default {OPS_MAX}")
    parser.add_argument("--raw", action="store_true",
                        help="write bytes as the engines read them, not text")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND",
                        help="the program to run, and its arguments")


def run(args: argparse.Namespace) -> int:
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    program = find_program(command)
    name = args.program or pathlib.Path(program).name
    if not NAME.fullmatch(name):
        raise failure.Failure(f"'{name}' names no program")
    out = args.out or OUT / f"{name}.{'raw' if args.raw else 'trace'}"
    with files.complaints(out):
        if out.is_dir():
            raise failure.Failure(f"{out}: is a folder")
    files.make_folder(out.parent)
    bazel.build("//record:recorder", "//record:convert")
    with tempfile.TemporaryDirectory(prefix="slubbed-record-") as folder:
        recording = pathlib.Path(folder) / "recording"
        code = record(program, command, settings(args, recording))
        print(f"slubbed: {command[0]} ended with {ending(code)}", file=sys.stderr)
        if not recording.exists():
            absent = " was not started, or" if args.program else ""
            raise failure.Failure(
                f"{args.program or command[0]}{absent} called no malloc that can be recorded: it is"
                " statically linked, runs as another user, has an allocator of its own, or needs"
                " none")
        summary = convert(recording, out, args)
    print(f"{summary}slubbed: written to {out}\nslubbed: replay it with: ./slubbed replay {out}",
          file=sys.stderr)
    return failure.NOTHING_FOUND


def find_program(command: list[str]) -> str:
    """The path of the program that a shell would run, or one line on why there is none."""
    if not command:
        raise failure.Failure("no command to record (see ./slubbed record --help)")
    name = command[0]
    program = shutil.which(name)
    if program:
        return program
    if "/" in name and os.path.exists(name):
        what = "a folder" if os.path.isdir(name) else "not executable"
        raise failure.Failure(f"{name}: is {what}")
    raise failure.Failure(f"{name}: no such command")


def settings(args: argparse.Namespace, recording: pathlib.Path) -> dict[str, str]:
    """What the environment of the command says, besides its process number."""
    others = os.environ.get("LD_PRELOAD")
    return {
        **{name: os.environ.get(name, value) for name, value in MALLOC_SETTINGS.items()},
        "LD_PRELOAD": f"{RECORDER.resolve()}{':' + others if others else ''}",
        "SLUBBED_RECORD_FILE": str(recording),
        "SLUBBED_RECORD_PROGRAM": args.program or "",
        "SLUBBED_RECORD_EVENT_MAX": str(EVENTS_PER_OP * args.max_ops + EVENTS_SPARE),
    }


def record(program: str, command: list[str], environment: dict[str, str]) -> int:
    """Runs the command to its end and returns how it ended, as Popen tells it."""
    def prepare() -> None:
        for name, value in environment.items():
            os.putenv(name, value)
        os.putenv("SLUBBED_RECORD_PID", str(os.getpid()))

    with signals_left_to_child() as child:
        try:
            # Only the child knows its process number; there is one thread here.
            # pylint: disable-next=subprocess-popen-preexec-fn
            child.process = subprocess.Popen(command, executable=program, preexec_fn=prepare)
        except OSError as problem:
            raise failure.Failure(f"{command[0]}: {problem.strerror}") from problem
        return child.wait()


class Child:
    """A process that is told to end when this one is, even before it is there."""

    process: subprocess.Popen | None = None
    is_to_end = False

    def end(self, *_) -> None:
        self.is_to_end = True
        if self.process is not None:
            self.process.terminate()

    def wait(self) -> int:
        assert self.process is not None
        if self.is_to_end:
            self.process.terminate()
        return self.process.wait()


@contextlib.contextmanager
def signals_left_to_child() -> Iterator[Child]:
    """While this lasts, SIGINT and SIGTERM are for the child to act upon, and end nothing here.

    The terminal sends Ctrl-C to the child, too; SIGTERM comes to this process alone.
    """
    child = Child()
    handlers = {signal.SIGINT: lambda *_: None, signal.SIGTERM: child.end}
    before = {number: signal.signal(number, handlers[number]) for number in handlers}
    try:
        yield child
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def convert(recording: pathlib.Path, out: pathlib.Path, args: argparse.Namespace) -> str:
    """Writes the trace and returns the summary."""
    command = [str(CONVERTER), f"--max-ops={args.max_ops}", *(["--raw"] if args.raw else []),
               "--", str(recording), str(out)]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            check=False)
    if result.returncode != 0:
        lines = result.stderr.splitlines() or [f"the converter ended with {result.returncode}"]
        bad_input = result.returncode == failure.BAD_INPUT
        raise failure.Failure(lines[0], failure.BAD_INPUT if bad_input else failure.BED_FAILED)
    return result.stdout
