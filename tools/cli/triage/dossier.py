"""What is kept of each distinct finding: DIR/triage/SIGNATURE/{trace,explanation.txt}."""

import dataclasses
import pathlib
import typing

from rich.console import Console
from rich.table import Table

from tools.cli import bazel, failure, files
from tools.cli.triage.buckets import Bucket
from tools.cli.triage.replayers import Replayer, Verdict

TRACE = "trace"
EXPLANATION = "explanation.txt"


@dataclasses.dataclass(frozen=True)
class Dossier:
    """A bucket's smallest input, minimised and explained."""

    bucket: Bucket
    verdict: Verdict         # of the minimised input
    trace: pathlib.Path
    explanation: str
    command: str             # that replays the trace

    @property
    def size(self) -> str:
        points = self.verdict.change_points
        if points:
            return f"{self.verdict.ops} ops, {points} change point{'s' * (points > 1)}"
        if self.verdict.ops is not None:
            return f"{self.verdict.ops} ops"
        return f"{self.trace.stat().st_size} bytes"


def open_dossier(bucket: Bucket, replayer: Replayer, folder: pathlib.Path) -> Dossier | None:
    """Makes the dossier, or says why it cannot be made: other findings have theirs all the same."""
    try:
        return make_dossier(bucket, replayer, folder)
    except (failure.Failure, OSError) as problem:
        print(f"{bucket.signature}: cannot be minimised: {problem}")
        return None


def make_dossier(bucket: Bucket, replayer: Replayer, folder: pathlib.Path) -> Dossier:
    """Makes what is not there yet, so an interrupted call is made up for by the next."""
    place = files.make_folder(folder / bucket.folder_name)
    trace = place / TRACE
    verdict = minimized(bucket, replayer, trace)
    explanation = replayer.explain(trace, verdict)
    files.write(place / EXPLANATION, explanation)
    return Dossier(bucket, verdict, trace, explanation, replayer.command(trace, verdict))


def minimized(bucket: Bucket, replayer: Replayer, trace: pathlib.Path) -> Verdict:
    """Uses the trace that is there if it still shows the same, else makes it."""
    if trace.exists():
        verdict = replayer.replay(trace)
        if verdict.signature == bucket.signature:
            return verdict
    replayer.minimize(bucket.best.path, bucket.best.verdict, trace)
    return replayer.replay(trace)


def print_table(console: Console, dossiers: typing.Sequence[Dossier]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("signature", "target", "found by", "inputs", "minimised"):
        table.add_column(column, overflow="fold")
    for dossier in dossiers:
        bucket = dossier.bucket
        engines = sorted({crash.engine for crash in bucket.crashes})
        table.add_row(bucket.signature, bucket.best.target.name, ", ".join(engines),
                      str(bucket.inputs), dossier.size)
    console.print(table)


def promote(dossier: Dossier) -> pathlib.Path:
    """Copies a minimised trace to the regressions, unless it is there; returns its path."""
    folder = bazel.ROOT / "corpus" / "regressions" / dossier.bucket.best.target.name
    data = dossier.trace.read_bytes()
    number = 1
    while True:
        serial = f"-{number}" if number > 1 else ""
        path = files.make_folder(folder) / f"{dossier.bucket.folder_name}{serial}.trace"
        if not path.exists():
            files.write(path, data)
            return path
        if path.read_bytes() == data:
            return path
        number += 1
