"""What each hardening idea costs and notices: bench/hardening.c, and the foreign allocator."""

import collections
import dataclasses
import pathlib

from tools.cli.bench import instructions
from tools.cli.bench.numbers import run_text

PROGRAM = "//bench:hardening"
EXAMPLES = {"before": "//examples:bump_plain_figures", "after": "//examples:bump_hardened_figures"}
SLUB_CALLS = ("kmem_cache_alloc", "kmem_cache_free")
BUMP_CALLS = ("bump_alloc", "bump_free")

# What the programs say, and what it counts as. The foreign allocator's acts end with a check.
COUNTED = {"now": "now", "later": "later", "noticed": "later", "unnoticed": "unnoticed"}


@dataclasses.dataclass(frozen=True)
class Figures:
    """Of one idea, or of one version of the foreign allocator."""

    title: str
    instructions: float    # of an allocation and a free of 64 bytes, inside the two calls
    ratio: float           # of them to those of the first row
    now: int               # acts of misuse that the very call notices
    later: int             # that the next check notices
    unnoticed: int


def of_ideas(program: pathlib.Path) -> list[Figures]:
    """Every row of bench/hardening_ideas.def."""
    titles = run_text(program, "list").splitlines()
    return compared([(title, instructions_of(program, SLUB_CALLS, "pairs", str(index)),
                      run_text(program, "misuse", str(index)))
                     for index, title in enumerate(titles)])


def of_examples(programs: dict[str, pathlib.Path]) -> list[Figures]:
    """The foreign allocator before and after it took in the kit."""
    return compared([(title, instructions_of(program, BUMP_CALLS), run_text(program))
                     for title, program in programs.items()])


def instructions_of(program: pathlib.Path, calls: tuple[str, ...], *arguments: str) -> float:
    return instructions.per_pair(program, *(f"--toggle-collect={call}" for call in calls),
                                 arguments=arguments)


def compared(rows: list[tuple[str, float, str]]) -> list[Figures]:
    found = []
    for title, pair, misuse in rows:
        counts = collections.Counter(COUNTED[line.split()[1]] for line in misuse.splitlines())
        found.append(Figures(title, round(pair, 1), round(pair / rows[0][1], 2),
                             *(counts[when] for when in ("now", "later", "unnoticed"))))
    return found


def as_markdown(rows: list[Figures]) -> str:
    """A table for docs/HARDENING.md."""
    lines = ["| switched on | instructions a pair | to nothing | noticed now | later | not |",
             "|---|---|---|---|---|---|"]
    lines += [f"| {row.title} | {row.instructions:g} | {row.ratio:g} | {row.now} | {row.later} |"
              f" {row.unnoticed} |" for row in rows]
    return "\n".join(lines)
