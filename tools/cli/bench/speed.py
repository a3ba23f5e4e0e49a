"""Judged steps a second, and what judging adds to a step, on a grown corpus."""

import dataclasses
import pathlib

from tools.cli.bench.numbers import Spread, run_json


@dataclasses.dataclass(frozen=True)
class Speed:
    steps_per_second: Spread
    judge_microseconds: Spread
    programs: int
    ops_per_program: float
    skipped_percent: float       # of all ops

    def corpus(self) -> dict[str, float]:
        """What it was measured on."""
        return {"programs": self.programs, "ops_per_program": round(self.ops_per_program, 1),
                "skipped_percent": round(self.skipped_percent, 1)}


def measure(program: pathlib.Path, target_name: str, corpus: pathlib.Path,
            repetitions: int) -> Speed:
    """program is bench/corpus_speed.c, which tells of each repetition the seconds and steps with
    judges and without them."""
    found = run_json(program, target_name, corpus, str(repetitions))
    judged, added = [], []
    for with_seconds, with_steps, without_seconds, without_steps in found["seconds"]:
        judged.append(with_steps / with_seconds)
        added.append((with_seconds / with_steps - without_seconds / without_steps) * 1e6)
    ops = found["steps"] + found["acts"] + found["skipped"]
    return Speed(Spread.of(judged), Spread.of(added), found["programs"],
                 ops / found["programs"], 100 * found["skipped"] / ops)
