"""The seeds that hunts start from: grown on the allocator as it is, from hand-written ones alone.

Neither regressions nor reproducers are among them: they would give the answer away.
"""

import hashlib
import os
import pathlib
import shutil
import tempfile
import time

from tools.cli import bazel, failure, files, merging
from tools.cli.campaign import layout, libfuzzer
from tools.cli.campaign.engine import Post
from tools.cli.campaign.worker import Ending, Worker
from tools.cli.targets import FuzzTarget
from tools.cli.triage.tool import Tool

GROW_SECONDS = 30
SOURCES = bazel.ROOT / "corpus" / "seeds"


def cache_folder() -> pathlib.Path:
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "slubbed" / "seeds"


def grown(target: FuzzTarget, tool: Tool, seconds: float = GROW_SECONDS) -> pathlib.Path:
    """A folder of raw seeds, grown anew whenever the target or its hand-written seeds change."""
    written = encode(target, tool)
    name = f"{target.name}-{seconds:g}s-{fingerprint(target, written)}"
    folder = files.make_folder(cache_folder()) / name
    if not folder.exists():
        print(f"growing seeds of {target.name} for {seconds:g} s", flush=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".grow-") as work:
            grow(target, written, pathlib.Path(work), seconds).replace(folder)
    return folder


def encode(target: FuzzTarget, tool: Tool) -> list[bytes]:
    """The hand-written seeds as the engines read them."""
    inputs = []
    with tempfile.TemporaryDirectory() as work:
        raw = pathlib.Path(work) / "raw"
        for path in sorted((SOURCES / target.name).glob("*.trace")):
            tool.convert(path, raw, "raw")
            inputs.append(raw.read_bytes())
    return inputs


def fingerprint(target: FuzzTarget, written: list[bytes]) -> str:
    digest = hashlib.sha256(target.file(merging.VARIANT_ASAN).read_bytes())
    for data in written:
        digest.update(data)
    return digest.hexdigest()[:16]


def grow(target: FuzzTarget, written: list[bytes], work: pathlib.Path,
         seconds: float) -> pathlib.Path:
    """Fuzzes from the hand-written seeds; returns the folder of the smallest equal corpus."""
    place = layout.Place(work / target.name)
    place.make()
    for data in written:
        files.add_input(place.corpus, data)
    worker = Worker(libfuzzer.LibFuzzer(), Post(target, place), [])
    time_is_up = time.monotonic() + seconds
    while worker.end() is None and time.monotonic() < time_is_up:
        time.sleep(0.1)
    worker.ask_to_stop()
    end = worker.wait()
    if end.how is Ending.FOUND:
        kept = shutil.copy(place.artifacts / worker.progress.artifact, tempfile.gettempdir())
        raise failure.Failure(f"the allocator without any mutant fails in {target.name}: see"
                              f" ./slubbed explain --target {target.name} {kept}",
                              failure.FINDINGS)
    if end.how is Ending.DIED:
        raise failure.Failure(f"libfuzzer on {target.name} died: {end.cause}", failure.BED_FAILED)
    return merging.smallest(target.file(merging.VARIANT_ASAN), [place.corpus],
                            files.make_folder(work / "merge"), lambda *_: None)
