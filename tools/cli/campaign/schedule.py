"""Who runs when: engines and targets share the processes and the time."""

import dataclasses
import itertools
import math

from tools.cli.campaign.engine import Engine
from tools.cli.targets import FuzzTarget

TURN_SECONDS_MIN = 30     # of the first round, if there is time
TURN_SECONDS_MAX = 600    # long enough that starting engines costs nothing


@dataclasses.dataclass(frozen=True)
class Unit:
    """One engine on one target."""

    engine: Engine
    target: FuzzTarget

    @property
    def key(self) -> str:
        return f"{self.target.name} {self.engine.name}"


@dataclasses.dataclass(frozen=True)
class Turn:
    """What runs at the same time: for each unit, how many processes."""

    processes: dict[Unit, int]
    seconds: float


def all_units(engines: list[Engine], targets: list[FuzzTarget]) -> list[Unit]:
    """Both engines of a target stand beside each other: that is how they exchange inputs."""
    return [Unit(engine, target) for target in targets for engine in engines]


def shifts(units: list[Unit], jobs: int) -> list[dict[Unit, int]]:
    """Splits the units into groups that run one after the other, jobs processes each."""
    width = min(jobs, len(units))
    groups = [units[first:first + width] for first in range(0, len(units), width)]
    return [share(group, jobs) for group in groups]


def share(group: list[Unit], jobs: int) -> dict[Unit, int]:
    shares = dict.fromkeys(group, 0)
    for unit in itertools.islice(itertools.cycle(group), jobs):
        shares[unit] += 1
    return shares


def turns(units: list[Unit], jobs: int, seconds: float | None):
    """Yields turn after turn until the seconds are spent; None: for ever.

    Each round gives every unit the same time, and the next one twice as much, so that all are seen
    at work soon. A short campaign is one round.
    """
    groups = shifts(units, jobs)
    left = math.inf if seconds is None else seconds
    turn = TURN_SECONDS_MIN
    # What a division leaves over is no turn.
    while left >= 0.5:
        turn = min(turn, left / len(groups))
        for group in groups:
            yield Turn(group, turn)
        left -= turn * len(groups)
        turn = min(2 * turn, TURN_SECONDS_MAX)


def processes_at_most(units: list[Unit], jobs: int) -> dict[Unit, int]:
    """The most processes that each unit ever has."""
    return {unit: count for group in shifts(units, jobs) for unit, count in group.items()}
