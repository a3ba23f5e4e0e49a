"""Programs that run one input again and say what is wrong with it."""

import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import typing

from tools.cli import failure, files
from tools.cli.targets import FuzzTarget

REPLAY_SECONDS_MAX = 60
FOLDER_SECONDS_MAX = 600
MINIMIZE_SECONDS = 10

# The sanitizer's report is of use here, with line numbers.
SANITIZER_OPTIONS = "symbolize=1:detect_leaks=0:allocator_may_return_null=1"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What one input came to. No signature: nothing is wrong with it."""

    signature: str | None
    ops: int | None = None       # of a program
    is_sanitizer_only: bool = False    # nothing but ASan sees it
    change_points: int = 0       # of a program with a schedule


class Replayer(typing.Protocol):
    def replay(self, path: pathlib.Path) -> Verdict:
        """Runs an input again."""

    def minimize(self, path: pathlib.Path, verdict: Verdict, out: pathlib.Path) -> None:
        """Writes a smaller input with the same signature; path's own, if there is none."""

    def explain(self, path: pathlib.Path, verdict: Verdict) -> str:
        """Tells what happens, for a person."""

    def command(self, path: pathlib.Path, verdict: Verdict) -> str:
        """What a person types to see it again."""


def call(command: list[str | pathlib.Path], seconds: float = REPLAY_SECONDS_MAX) \
        -> subprocess.CompletedProcess:
    """Runs a program to its end; one that takes longer is killed, its return code -SIGKILL."""
    words = [str(word) for word in command]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True,
                          env={**os.environ, "ASAN_OPTIONS": SANITIZER_OPTIONS}) as process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except BaseException as problem:
            os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            if not isinstance(problem, subprocess.TimeoutExpired):
                raise
    return subprocess.CompletedProcess(words, process.returncode, output.decode("utf-8", "replace"),
                                       errors.decode("utf-8", "replace"))


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "said nothing"


def replay_command(target_name: str, path: pathlib.Path, verdict: Verdict) -> str:
    asan = "--asan " if verdict.is_sanitizer_only else ""
    return f"./slubbed replay {asan}--target {target_name} {files.shown(path)}"


class ProgramReplayer:
    """For op programs: the C tool //fuzz/triage, and the same under ASan."""

    def __init__(self, target_name: str, tool: pathlib.Path, tool_asan: pathlib.Path):
        self._target = target_name
        self._tools = {False: tool, True: tool_asan}

    def _run(self, under_asan: bool, *arguments: str | pathlib.Path,
             seconds: float = REPLAY_SECONDS_MAX) -> str:
        """The output of one call. An exit code that means neither yes nor no is a failure."""
        result = call([self._tools[under_asan], arguments[0], "--target", self._target,
                       *arguments[1:]], seconds)
        if result.returncode not in (failure.NOTHING_FOUND, failure.FINDINGS):
            raise failure.Failure(f"triage {arguments[0]}: {last_line(result.stderr)}",
                                  failure.BED_FAILED)
        return result.stdout

    def _rows(self, under_asan: bool, path: pathlib.Path, seconds: float) -> list[dict]:
        """What is said of a file, or of each in a folder."""
        lines = self._run(under_asan, "replay", "--json", path, seconds=seconds).splitlines()
        # A sanitizer that ends the program has the exit code of a finding.
        if not lines and path.is_file():
            raise failure.Failure("triage replay: said nothing", failure.BED_FAILED)
        return [json.loads(line) for line in lines]

    def replay(self, path: pathlib.Path) -> Verdict:
        for under_asan in (False, True):
            row, = self._rows(under_asan, path, REPLAY_SECONDS_MAX)
            if row["signature"]:
                return Verdict(row["signature"], row["ops"], under_asan, row["change_points"])
        return Verdict(None, row["ops"], change_points=row["change_points"])

    def replay_all(self, folder: pathlib.Path) -> dict[pathlib.Path, Verdict]:
        """Every file of a folder, without a sanitizer."""
        rows = self._rows(False, folder, FOLDER_SECONDS_MAX)
        return {pathlib.Path(row["file"]): Verdict(row["signature"], row["ops"],
                                                   change_points=row["change_points"])
                for row in rows}

    def minimize(self, path: pathlib.Path, verdict: Verdict, out: pathlib.Path) -> None:
        self._run(verdict.is_sanitizer_only, "minimize", "--seconds", str(MINIMIZE_SECONDS),
                  "--out", out, path)

    def explain(self, path: pathlib.Path, verdict: Verdict) -> str:
        return self._run(verdict.is_sanitizer_only, "explain", path)

    def command(self, path: pathlib.Path, verdict: Verdict) -> str:
        return replay_command(self._target, path, verdict)


class BytesReplayer:
    """For targets that read any bytes: their own replay program, and libFuzzer's with ASan."""

    FOUND = re.compile(r": found (\S+)$", re.MULTILINE)
    SUMMARY = re.compile(r"^SUMMARY: \w+: ([\w-]+)(?: \S+ in (\w+))?", re.MULTILINE)

    def __init__(self, target: FuzzTarget):
        self._target = target

    def replay(self, path: pathlib.Path) -> Verdict:
        plain = call([self._target.file("replay"), path])
        match = self.FOUND.search(plain.stdout)
        if match:
            return Verdict(match.group(1))
        match = self.SUMMARY.search(self._under_asan(path).stderr)
        if match:
            return Verdict("@".join(part for part in match.groups() if part),
                           is_sanitizer_only=True)
        return Verdict(signal.Signals(-plain.returncode).name if plain.returncode < 0 else None)

    def _under_asan(self, path: pathlib.Path) -> subprocess.CompletedProcess:
        return call([self._target.file("libfuzzer"), "-timeout=10", path])

    def minimize(self, path: pathlib.Path, verdict: Verdict, out: pathlib.Path,
                 seconds: int = MINIMIZE_SECONDS) -> None:
        """libFuzzer's own minimiser does not look at signatures: its result is looked at here.

        Its limit is that of each step; when all the time is spent it is killed, and what it has
        written by then is the best so far.
        """
        with tempfile.TemporaryDirectory(prefix="slubbed-minimize-") as work:
            smaller = pathlib.Path(work) / "smaller"
            call([self._target.file("libfuzzer"), "-minimize_crash=1", "-timeout=10",
                  f"-max_total_time={seconds}", f"-exact_artifact_path={smaller}", path], seconds)
            shows_the_same = smaller.exists() and \
                self.replay(smaller).signature == verdict.signature
            files.write(out, (smaller if shows_the_same else path).read_bytes())

    def explain(self, path: pathlib.Path, verdict: Verdict) -> str:
        data = path.read_bytes()
        said = call([self._target.file("replay"), path])
        if verdict.is_sanitizer_only:
            said = self._under_asan(path)
        return f"{verdict.signature} by {len(data)} bytes: {data!r}\n{said.stderr}"

    def command(self, path: pathlib.Path, verdict: Verdict) -> str:
        return replay_command(self._target.name, path, verdict)
