"""The benchmark programs of //bench: each prints one JSON object."""

import json
import pathlib
import subprocess

from tools.cli import bazel, failure, targets

NAMES = ("corpus_speed", "judge_scale", "corpus_hash_clang", "corpus_hash_gcc",
         "corpus_hash_asan", "corpus_hash_msan")
LABELS = tuple(f"//bench:{name}" for name in NAMES)


def keep(folder: pathlib.Path) -> None:
    """Copies them, so that a later build changes nothing under a long measurement."""
    for name in NAMES:
        targets.replace_file(bazel.BIN / "bench" / name, folder / name)


def output(folder: pathlib.Path, name: str, *arguments: pathlib.Path | str) -> dict:
    """What a program that was kept in folder prints."""
    command = [str(folder / name), *map(str, arguments)]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            check=False)
    if result.returncode != 0:
        cause = (result.stderr.strip().splitlines() or ["said nothing"])[-1]
        raise failure.Failure(f"{name}: exit code {result.returncode}: {cause}",
                              failure.BED_FAILED)
    return json.loads(result.stdout)
