"""Measures the bed. The numbers are for people, with machine and spread; no test looks at them."""

import argparse
import dataclasses
import json
import pathlib
import shutil
import tempfile

from rich.table import Table

from tools.cli import bazel, duration, failure, growing, merging, targets, terminal
from tools.cli.bench import (coverage, hardening, hashes, instructions, numbers, pairs, speed,
                             switching)
from tools.cli.triage import tool

HELP = "measure speed, the cost of judging, coverage, and that builds agree"

SPEED_TARGETS = ("slub_sequence", "slub_smp")
COVERED_TARGETS = ("slub_sequence", "slub_smp", "slub_misuse", "buddy_sequence")


@dataclasses.dataclass(frozen=True)
class Effort:
    grow_seconds: float     # for each corpus that speed is measured on
    cover_seconds: float    # for each target
    repetitions: int


FULL = Effort(grow_seconds=60, cover_seconds=20, repetitions=9)
QUICK = Effort(grow_seconds=10, cover_seconds=5, repetitions=3)

# Name in the JSON, what it is, goal.
GOALS = (
    ("steps_per_second", "judged steps a second, one core, libFuzzer and ASan", "200,000"),
    ("smp_steps_per_second", "the same while ops are cut by others: slub_smp", "100,000"),
    ("scheduling_points_per_second", "scheduling points a second, plain, nobody judging",
     "5,000,000"),
    ("task_switches_per_second", "ops that are left in the middle a second, likewise", ""),
    ("judge_microseconds", "microseconds that judging adds to a step", "at most 3"),
    ("judge_items_ratio", "items judged a step at 100,000 live objects, to 100", "at most 1.5"),
    ("native_pair_instructions", "instructions of an allocation and a free, 64 bytes, native",
     "at most 40"),
    ("line_coverage", "per cent of the allocator's lines", "95"),
    ("branch_coverage", "per cent of the allocator's branches", "90"),
    ("replay_hashes_equal", "every build has the same hash of all steps and results", "yes"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object and no table")
    parser.add_argument("--quick", action="store_true", help="shorter, and less exact")
    parser.add_argument("--hardening", action="store_true",
                        help="only what each hardening idea costs and notices: the tables of"
                        " docs/HARDENING.md")
    parser.add_argument("--seconds-grow", type=duration.parse, metavar="S",
                        help="to grow each corpus that speed is measured on; by default"
                        f" {FULL.grow_seconds}, with --quick {QUICK.grow_seconds}")


def run(args: argparse.Namespace) -> int:
    if args.hardening:
        return run_hardening(args.json)
    effort = QUICK if args.quick else FULL
    if args.seconds_grow:
        effort = dataclasses.replace(effort, grow_seconds=args.seconds_grow)
    with tempfile.TemporaryDirectory(prefix="slubbed-bench-") as folder:
        results = Bench(effort, pathlib.Path(folder)).measure()
    if args.json:
        print(json.dumps(results, indent=1))
    else:
        say(results)
    return failure.NOTHING_FOUND


def run_hardening(as_json: bool) -> int:
    bazel.build(hardening.PROGRAM, *hardening.EXAMPLES.values())
    ideas = hardening.of_ideas(built(hardening.PROGRAM))
    examples = hardening.of_examples({title: built(label)
                                      for title, label in hardening.EXAMPLES.items()})
    if as_json:
        print(json.dumps({
            "ideas": [dataclasses.asdict(row) for row in ideas],
            "foreign_allocator": [dataclasses.asdict(row) for row in examples],
            "machine": numbers.machine(),
            "commit": numbers.commit(),
        }, indent=1))
    else:
        print(hardening.as_markdown(ideas))
        print(f"\n{hardening.as_markdown(examples)}\n")
        print(f"{numbers.machine()}, commit {numbers.commit()}")
    return failure.NOTHING_FOUND


def built(label: str) -> pathlib.Path:
    """The program of a label."""
    return bazel.BIN / label.removeprefix("//").replace(":", "/")


class Bench:
    """One round of all measurements."""

    def __init__(self, effort: Effort, work: pathlib.Path):
        self._effort = effort
        self._work = work
        self._targets = {target.name: target for target in targets.choose(list(COVERED_TARGETS))}

    def measure(self) -> dict:
        programs = self._build()
        # Coverage comes last: it builds under other flags, and Bazel's folder changes with them.
        grown = {name: self._grow(name, self._effort.grow_seconds) for name in SPEED_TARGETS}
        speeds, measured_on = self._measure_speeds(programs, grown)
        scale = numbers.run_json(programs["judge_scale"])
        pair_times = pairs.measure(programs["pair_bench"], self._effort.repetitions)
        pair_instructions = instructions.measure(programs["pair_count"])
        corpora = {name: self._grow(name, self._effort.cover_seconds) for name in COVERED_TARGETS}
        by_build = hashes.measure({build: programs[f"corpus_hash_{build}"]
                                   for build in hashes.BUILDS},
                                  [*self._replayed(), *grown.values(), *corpora.values()])
        covered = coverage.measure(self._build_covered(corpora), self._work)
        return {
            **{name: rounded(spread.median) for name, spread in speeds.items()},
            "judge_items_ratio": scale["ratio"],
            "native_pair_instructions": pair_instructions.inside,
            "line_coverage": round(covered.lines, 2),
            "branch_coverage": round(covered.branches, 2),
            "replay_hashes_equal": len(set(by_build.values())) == 1,
            "machine": numbers.machine(),
            "commit": numbers.commit(),
            "spread": {name: dataclasses.asdict(spread) for name, spread in speeds.items()},
            "corpora": measured_on,
            "lines_missed": covered.gaps,
            "replay_hashes": by_build,
            "judge_items": scale,
            "native_pair_instructions_with_caller": pair_instructions.with_caller,
            "pair_nanoseconds": {name: dataclasses.asdict(spread)
                                 for name, spread in pair_times.items()},
        }

    def _measure_speeds(self, programs: dict[str, pathlib.Path], grown: dict[str, pathlib.Path]
                        ) -> tuple[dict[str, numbers.Spread], dict[str, dict]]:
        """Speeds by name, and by target what they were measured on."""
        fast, smp = (speed.measure(programs["corpus_speed"], name, grown[name],
                                   self._effort.repetitions) for name in SPEED_TARGETS)
        switches = switching.measure(programs["switch_speed"], grown["slub_smp"],
                                     self._effort.repetitions)
        speeds = {
            "steps_per_second": fast.steps_per_second,
            "smp_steps_per_second": smp.steps_per_second,
            "scheduling_points_per_second": switches.points_per_second,
            "task_switches_per_second": switches.switches_per_second,
            "judge_microseconds": fast.judge_microseconds,
        }
        return speeds, {"slub_sequence": fast.corpus(),
                        "slub_smp": {**smp.corpus(), "programs_that_switch": switches.programs}}

    def _build(self) -> dict[str, pathlib.Path]:
        """The benchmarks by name, copied."""
        names = ["corpus_speed", "switch_speed", "judge_scale", "pair_bench", "pair_count",
                 *(f"corpus_hash_{name}" for name in hashes.BUILDS)]
        targets.build({target: [merging.VARIANT_ASAN] for target in self._targets.values()},
                      more=(tool.LABELS[0], *(f"//bench:{name}" for name in names)))
        folder = self._work / "bin"
        self._tool = tool.keep(folder)
        for target in self._targets.values():
            shutil.copytree(target.seeds, folder / target.seeds.name)
        self._targets = {name: targets.keep(target, folder, merging.VARIANT_ASAN)
                         for name, target in self._targets.items()}
        for name in names:
            targets.replace_file(bazel.BIN / "bench" / name, folder / name)
        return {name: folder / name for name in names}

    def _grow(self, name: str, seconds: float) -> pathlib.Path:
        target = self._targets[name]
        work = pathlib.Path(tempfile.mkdtemp(dir=self._work))
        return growing.grow(target, growing.hand_written(target, self._tool), work, seconds)

    def _replayed(self) -> list[pathlib.Path]:
        """Seeds and regressions of every target."""
        return [target.seeds for target in self._targets.values()]

    def _build_covered(self, corpora: dict[str, pathlib.Path]) -> dict[pathlib.Path, pathlib.Path]:
        """For each corpus the program that replays it and counts."""
        labels = {name: f"{targets.PACKAGE}:{name}_replay" for name in corpora}
        # Under ASan, as the campaign was: some of the allocator is there for the sanitizer.
        bazel.build("--config=coverage", "--//tools/settings:sanitizer=asan", *labels.values())
        folder = self._work / "covered"
        folder.mkdir()
        for name in corpora:
            targets.replace_file(bazel.BIN / "fuzz/targets" / f"{name}_replay", folder / name)
        return {folder / name: corpus for name, corpus in corpora.items()}


def say(results: dict) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("", "goal", "measured", "least", "most"):
        table.add_column(column)
    for name, what, goal in GOALS:
        spread = results["spread"].get(name)
        ends = [shown(spread[end]) for end in ("least", "most")] if spread else ["", ""]
        table.add_row(what, goal, shown(results[name]), *ends)
    for name, spread in results["pair_nanoseconds"].items():
        table.add_row(f"ns to allocate and free an object, native: {name.removeprefix('BM_')}", "",
                      *(shown(spread[number]) for number in ("median", "least", "most")))
    terminal.console().print(table)
    for name, corpus in results["corpora"].items():
        print(f"speed of {name} was measured on {corpus['programs']} programs of"
              f" {corpus['ops_per_program']} ops, {corpus['skipped_percent']} % of them no step")
    missed = ", ".join(f"{name} {count}" for name, count in results["lines_missed"].items())
    print(f"most lines missed: {missed or 'none'}")
    print(f"{results['machine']}, commit {results['commit']}")


def rounded(value: float) -> float:
    return round(value) if value >= 1000 else round(value, 3)


def shown(value: bool | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"
