"""How fast simulated CPUs are by themselves, on a grown corpus."""

import dataclasses
import pathlib

from tools.cli.bench.numbers import Spread, run_json


@dataclasses.dataclass(frozen=True)
class Switching:
    points_per_second: Spread
    switches_per_second: Spread
    programs: int                # in which a task parks: the others are left out


def measure(program: pathlib.Path, corpus: pathlib.Path, repetitions: int) -> Switching:
    """program is bench/switch_speed.c, which tells the seconds of each repetition."""
    found = run_json(program, corpus, str(repetitions))
    return Switching(*(Spread.of([found[count] / seconds for seconds in found["seconds"]])
                       for count in ("points", "switches")), found["programs"])
