"""The seeds that hunts start from: grown on the allocator as it is, and kept until that changes."""

import hashlib
import os
import pathlib
import shutil
import tempfile

from tools.cli import files, growing, merging
from tools.cli.targets import FuzzTarget
from tools.cli.triage.tool import Tool

GROW_SECONDS = 30


def cache_folder() -> pathlib.Path:
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "slubbed" / "seeds"


def grown(target: FuzzTarget, tool: Tool) -> pathlib.Path:
    """A folder of raw seeds, made anew whenever the target or its hand-written seeds change."""
    written = growing.hand_written(target, tool)
    name = f"{target.name}-{GROW_SECONDS}s-{fingerprint(target, written)}"
    folder = files.make_folder(cache_folder()) / name
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".grow-") as work:
            fresh = make(target, written, pathlib.Path(work))
            for outdated in folder.parent.glob(f"{target.name}-*"):
                shutil.rmtree(outdated, ignore_errors=True)
            fresh.replace(folder)
    return folder


def make(target: FuzzTarget, written: list[bytes], work: pathlib.Path) -> pathlib.Path:
    corpus = growing.grow(target, written, work, GROW_SECONDS)
    return merging.smallest(target.file(merging.VARIANT_ASAN), [corpus],
                            files.make_folder(work / "merge"), lambda *_: None)


def fingerprint(target: FuzzTarget, written: list[bytes]) -> str:
    digest = hashlib.sha256(target.file(merging.VARIANT_ASAN).read_bytes())
    for data in written:
        digest.update(data)
    return digest.hexdigest()[:16]
