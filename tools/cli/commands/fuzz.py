"""Runs both engines on the targets, and ends with what they found."""

import argparse
import os
import pathlib
import time

from tools.cli import arguments, bazel, duration, failure, files, merging, targets
from tools.cli.campaign import afl, display, layout, libfuzzer, schedule, signals, supervisor
from tools.cli.triage import buckets, summary, tool

HELP = "throw programs at the allocator with libFuzzer and AFL++ until time is over or Ctrl-C"

ENGINES = (libfuzzer.LibFuzzer, afl.Afl)
SECONDS = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", action="append", metavar="T",
                        help="a target; may be given again; by default all that run op programs")
    parser.add_argument("--engine", choices=layout.ENGINES, help="by default all")
    parser.add_argument("--for", dest="seconds", type=duration.parse_campaign, default=SECONDS,
                        metavar="TIME", help="such as 90s, 5m, 8h or forever; by default 60s")
    parser.add_argument("--jobs", type=arguments.positive, metavar="N",
                        help="processes at a time; by default one for each processor")
    folder = parser.add_mutually_exclusive_group()
    folder.add_argument("--resume", type=pathlib.Path, metavar="DIR", help="go on with a campaign")
    folder.add_argument("--out", type=pathlib.Path, metavar="DIR",
                        help="folder of a new campaign; by default one below out/fuzz")


def run(args: argparse.Namespace) -> int:
    campaign = open_campaign(args)
    engines = make_engines(campaign.record.engine)
    jobs = args.jobs or len(os.sched_getaffinity(0))
    chosen = prepare(campaign, args.target or campaign.record.targets, engines, jobs)

    judge = tool.keep(campaign.binaries)
    found = buckets.Buckets({target: judge.replayer(target) for target in chosen}, campaign.place)
    plan = supervisor.Plan(schedule.all_units(engines, chosen), jobs, args.seconds)
    return Hunt(campaign, plan, found).run()


def open_campaign(args: argparse.Namespace) -> layout.Campaign:
    """The campaign to go on with, or a new one. Says what is wrong before anything is built."""
    if args.resume:
        campaign = layout.resume(args.resume.absolute())
        campaign.record.engine = args.engine or campaign.record.engine
        campaign.record.add_targets(args.target or [])
        return campaign
    folder = args.out or bazel.ROOT / "out" / "fuzz" / time.strftime("%Y-%m-%d-%H%M%S")
    names = [target.name for target in targets.choose(args.target)]
    return layout.create(folder.absolute(), layout.Record(names, args.engine or "all"))


def make_engines(name: str) -> list:
    engines = [engine() for engine in ENGINES if name in ("all", engine.name)]
    for engine in engines:
        complaint = engine.complaint()
        if complaint:
            raise failure.Failure(complaint)
    return engines


def prepare(campaign: layout.Campaign, names: list[str], engines: list,
            jobs: int) -> list[targets.FuzzTarget]:
    """Builds what will run, copies it into the campaign and fills the corpora with the seeds."""
    built = targets.choose(names)
    wanted = variants(schedule.all_units(engines, built), jobs)
    targets.build(wanted, more=tool.LABELS)
    with files.complaints(campaign.folder):
        return [furnish(campaign, target, wanted[target]) for target in built]


def variants(units: list[schedule.Unit], jobs: int) -> dict[targets.FuzzTarget, list[str]]:
    """The binaries that each target needs, also to merge its corpus and replay its findings."""
    wanted: dict[targets.FuzzTarget, set[str]] = {}
    for unit, count in schedule.processes_at_most(units, jobs).items():
        wanted.setdefault(unit.target, set()).update(unit.engine.variants(unit.target, count))
    for target, names in wanted.items():
        names.add(merging.VARIANT_ASAN)
        names.update(() if target.is_program else tool.BYTES_VARIANTS)
    return {target: sorted(names) for target, names in wanted.items()}


def furnish(campaign: layout.Campaign, target: targets.FuzzTarget,
            wanted: list[str]) -> targets.FuzzTarget:
    place = campaign.place(target.name)
    place.make()
    for seed in files.inputs(target.seeds):
        files.add_input(place.corpus, seed.read_bytes())
    return targets.keep(target, campaign.binaries, *wanted)


class Hunt:
    """A campaign from its first turn to its summary."""

    def __init__(self, campaign: layout.Campaign, plan: supervisor.Plan, found: buckets.Buckets):
        self._campaign = campaign
        self._plan = plan
        self._found = found

    def run(self) -> int:
        problem = None
        inspector = buckets.Inspector(self._found)
        with files.complaints(self._campaign.folder):
            self._found.sort()
        with signals.asked_to_stop() as asked:
            boss = supervisor.Supervisor(self._campaign, self._plan, inspector, asked)
            try:
                with files.complaints(self._campaign.folder):
                    boss.run(display.make())
            except failure.Failure as error:
                problem = error
            inspector.finish()
        summary.say(self._campaign, self._found)
        if problem is not None:
            raise problem
        return self._exit_code(boss)

    def _exit_code(self, boss: supervisor.Supervisor) -> int:
        code = self._found.exit_code()
        return failure.BED_FAILED if code == failure.NOTHING_FOUND and boss.gave_up() else code
