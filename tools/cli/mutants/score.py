"""What came of all hunts of one mutant by one engine, as JSON and as a table."""

import dataclasses
import statistics
import typing

from rich.table import Table

from tools.cli.mutants import catalogue
from tools.cli.mutants.catalogue import Mutant
from tools.cli.mutants.hunt import Catch

CANARY_SECONDS = 1


@dataclasses.dataclass(frozen=True)
class Score:
    """Numbers are medians over the repetitions that found the mutant; null if none did.

    Threads find no inputs: they have no execs, ops and minimize_seconds.
    """

    id: str
    kind: str
    engine: str
    found: bool                  # in every repetition
    found_by: str | None
    judge: str | None            # the rule that was seen broken
    signature: str | None
    seconds: float | None        # until the first finding
    execs: int | None
    ops: int | None              # of the minimised input, the most of all repetitions
    minimize_seconds: float | None
    seeds_alone: bool            # whether a grown seed shows the bug; such are not given to hunts
    finds: int
    hunts: int

    @property
    def is_as_wanted(self) -> bool:
        if self.kind == catalogue.NOOP:
            return self.finds == 0
        return self.found and (self.kind != catalogue.CANARY or self.seconds <= CANARY_SECONDS)


def judge_of(signature: str) -> str:
    """RULE of RULE@op."""
    return signature.partition("@")[0]


def known(values: typing.Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def median(values: typing.Iterable[float | None], digits: int | None = None) -> float | None:
    numbers = known(values)
    return round(statistics.median(numbers), digits) if numbers else None


def score(mutant: Mutant, engine: str, catches: typing.Sequence[Catch],
          seeds_alone: bool = False) -> Score:
    finds = [catch for catch in catches if catch.verdict.signature]
    first = finds[0].verdict.signature if finds else None
    return Score(
        id=mutant.id,
        kind=mutant.kind,
        engine=engine,
        found=len(finds) == len(catches),
        found_by=engine if finds else None,
        judge=judge_of(first) if first else None,
        signature=first,
        seconds=median((catch.seconds for catch in finds), 3),
        execs=median(catch.execs for catch in finds),
        ops=max(known(catch.ops for catch in finds), default=None),
        minimize_seconds=max(known(catch.minimize_seconds for catch in finds), default=None),
        seeds_alone=seeds_alone,
        finds=len(finds),
        hunts=len(catches),
    )


def table(scores: typing.Sequence[Score]) -> Table:
    made = Table(box=None, pad_edge=False)
    for column in ("mutant", "engine", "found", "seconds", "execs", "ops", "by", "seeds alone"):
        made.add_column(column, overflow="fold",
                        justify="right" if column in ("seconds", "execs", "ops") else "left")
    for row in scores:
        style = "" if row.is_as_wanted else "bold red"
        cells = (row.id, row.engine, f"{row.finds} of {row.hunts}",
                 *("-" if cell is None else str(cell)
                   for cell in (row.seconds, row.execs, row.ops, row.signature)),
                 "yes" if row.seeds_alone else "no")
        made.add_row(*cells, style=style)
    return made


def medians(scores: typing.Sequence[Score]) -> list[str]:
    """A line for each engine: how many bugs it found, and how fast."""
    lines = []
    for engine in dict.fromkeys(row.engine for row in scores):
        bugs = [row for row in scores if row.engine == engine and row.kind == catalogue.BUG]
        times = [row.seconds for row in bugs if row.found]
        if bugs:
            median = f", median {statistics.median(times):.2f} s" if times else ""
            lines.append(f"{engine}: {len(times)} of {len(bugs)} bugs found{median}")
    return lines
