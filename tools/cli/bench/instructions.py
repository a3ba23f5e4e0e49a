"""Instructions of an allocation and a free in the native world, counted by valgrind."""

import dataclasses
import pathlib
import re
import shutil

from tools.cli import failure
from tools.cli.bench.numbers import run_text

CALLS = ("kmem_cache_alloc", "kmem_cache_free")
PAIRS = 10_000


@dataclasses.dataclass(frozen=True)
class PairInstructions:
    """Of one object of 64 bytes allocated and freed; exact, for all pairs but a few are alike."""

    inside: float        # both calls, from their first instruction to their return
    with_caller: float   # and the loop around them: arguments, calls, counter


def measure(program: pathlib.Path) -> PairInstructions:
    """program is bench/pair_count.c, which makes as many pairs as it is told."""
    return PairInstructions(
        inside=per_pair(program, *(f"--toggle-collect={call}" for call in CALLS)),
        with_caller=per_pair(program))


def per_pair(program: pathlib.Path, *options: str, arguments: tuple[str, ...] = ()) -> float:
    """What as many pairs again add: nothing that is done once counts."""
    least, most = (count(program, (*arguments, str(pairs)), options)
                   for pairs in (PAIRS, 2 * PAIRS))
    return (most - least) / PAIRS


def count(program: pathlib.Path, arguments: tuple[str, ...], options: tuple[str, ...]) -> int:
    if shutil.which("valgrind") is None:
        raise failure.Failure("valgrind is missing, which counts instructions: ./slubbed setup",
                              failure.BED_FAILED)
    log = run_text(program, *arguments,
                   prefix=("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                           "--log-fd=1", *options))
    found = re.search(r"Collected : (\d+)", log)
    if found is None:
        raise failure.Failure(f"valgrind counted nothing in {program.name}", failure.BED_FAILED)
    return int(found.group(1))
