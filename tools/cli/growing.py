"""Corpora grown by libFuzzer from hand-written seeds alone: neither regressions nor reproducers."""

import pathlib
import shutil
import sys
import tempfile
import time

from tools.cli import bazel, failure, files
from tools.cli.campaign import layout, libfuzzer
from tools.cli.campaign.engine import Post
from tools.cli.campaign.worker import Ending, Worker
from tools.cli.targets import FuzzTarget
from tools.cli.triage.tool import Tool

SOURCES = bazel.ROOT / "corpus" / "seeds"
POLL_SECONDS = 0.1


def hand_written(target: FuzzTarget, tool: Tool) -> list[bytes]:
    """The seeds of the checkout as the engines read them."""
    inputs = []
    with tempfile.TemporaryDirectory() as work:
        raw = pathlib.Path(work) / "raw"
        for path in sorted((SOURCES / target.name).glob("*.trace")):
            tool.convert(path, raw, "raw")
            inputs.append(raw.read_bytes())
    return inputs


def grow(target: FuzzTarget, written: list[bytes], work: pathlib.Path,
         seconds: float) -> pathlib.Path:
    """Fuzzes for a while, one process; returns the folder of the corpus, which is below work.

    A finding is a failure: nothing can be measured on an allocator that is broken.
    """
    print(f"growing inputs of {target.name} for {seconds:g} s", file=sys.stderr, flush=True)
    place = layout.Place(work / target.name)
    place.make()
    for data in written:
        files.add_input(place.corpus, data)
    worker = Worker(libfuzzer.LibFuzzer(), Post(target, place), [])
    time_is_up = time.monotonic() + seconds
    while worker.end() is None and time.monotonic() < time_is_up:
        time.sleep(POLL_SECONDS)
    worker.ask_to_stop()
    end = worker.wait()
    if end.how is Ending.FOUND:
        kept = shutil.copy(place.artifacts / worker.progress.artifact, tempfile.gettempdir())
        raise failure.Failure(f"the allocator as it is fails in {target.name}: see"
                              f" ./slubbed explain --target {target.name} {kept}",
                              failure.FINDINGS)
    if end.how is Ending.DIED:
        raise failure.Failure(f"libfuzzer on {target.name} died: {end.cause}", failure.BED_FAILED)
    return place.corpus
