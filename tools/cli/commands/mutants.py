"""Hunts for planted bugs and tells how long each engine took to find them."""

import argparse
import concurrent.futures
import dataclasses
import json
import pathlib
import shutil
import tempfile
import threading
from collections.abc import Iterator

from tools.cli import arguments, bazel, duration, failure, files, merging, targets, terminal
from tools.cli.campaign import signals
from tools.cli.campaign.afl import Afl
from tools.cli.mutants import catalogue, hunt, rebase, score, seeds, threads
from tools.cli.triage import tool

HELP = "hunt for the planted bugs; exit code 0 if every one is found"

SECONDS = 60
CANARY_SECONDS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", choices=["all", *hunt.ENGINES], help="by default all")
    parser.add_argument("--threads", action="store_true",
                        help=f"hunt the planted races, the mutants of {threads.TARGET}, by real"
                        " threads under TSan instead; in the allocator as it is, which comes"
                        " first, they must find nothing")
    parser.add_argument("--seconds", type=duration.parse, metavar="S",
                        help=f"for each hunt; by default {SECONDS}, for canaries {CANARY_SECONDS}")
    parser.add_argument("--repeat", type=arguments.positive, default=1, metavar="R",
                        help="hunts for each mutant and engine; by default 1")
    parser.add_argument("--jobs", type=arguments.positive, default=1, metavar="N",
                        help="hunts at a time; by default 1, so that times mean something")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the scores there")
    parser.add_argument("--seeds", type=pathlib.Path, metavar="DIR",
                        help="start from DIR/TARGET instead of growing seeds")
    parser.add_argument("--canaries", action="store_true",
                        help="only the trivial bugs, found in a second, and the patches that"
                        " change nothing, never found")
    parser.add_argument("--rebase", action="store_true",
                        help="hunt nothing: make patches fit sources that moved around them")
    parser.add_argument("ids", nargs="*", metavar="ID", help="of mutants; by default every bug")


def run(args: argparse.Namespace) -> int:
    if args.rebase:
        return rebase.rebase(bazel.ROOT)
    return hunt_by_threads(args) if args.threads else hunt_by_engines(args)


def hunt_by_engines(args: argparse.Namespace) -> int:
    kinds = (catalogue.CANARY, catalogue.NOOP) if args.canaries else (catalogue.BUG,)
    chosen = catalogue.choose(args.ids, kinds)
    engines = hunt.ENGINES if args.engine in (None, "all") else (args.engine,)
    check(args, engines, {mutant.target for mutant in chosen})
    known = build(chosen, engines)
    grounds = seed_folders(known, args)
    seconds = args.seconds or (CANARY_SECONDS if args.canaries else SECONDS)
    with signals.asked_to_stop() as stop, tempfile.TemporaryDirectory(prefix="slubbed-") as work:
        party = Party(pathlib.Path(work), known, grounds, hunt.Terms(seconds, stop), args.repeat)
        scores: list[score.Score] = []
        try:
            for made in party.hunt_all(chosen, engines, args.jobs):
                scores.append(made)
        finally:
            report(scores, args.json)
    return exit_code(scores, stop)


def hunt_by_threads(args: argparse.Namespace) -> int:
    for option in ("engine", "seeds", "canaries"):
        if getattr(args, option):
            raise failure.Failure(f"--threads goes without --{option}")
    if args.jobs > 1:
        raise failure.Failure("--threads: one hunt at a time keeps the machine busy")
    check_place(args)
    chosen = [threads.UNMUTATED, *threads.choose(args.ids)]
    bazel.build(*map(threads.label, chosen))
    scores: list[score.Score] = []
    with signals.asked_to_stop() as stop:
        terms = hunt.Terms(args.seconds or SECONDS, stop)
        try:
            for made in scores_by_threads(chosen, terms, args.repeat):
                scores.append(made)
        finally:
            report(scores, args.json)
    return exit_code(scores, stop)


def scores_by_threads(chosen: list[catalogue.Mutant], terms: hunt.Terms,
                      repeat: int) -> Iterator[score.Score]:
    """Less the one that was cut short."""
    for mutant in chosen:
        catches = [threads.hunt(mutant, number, terms) for number in range(repeat)]
        if terms.stop.is_set():
            break
        made = score.score(mutant, threads.ENGINE, catches)
        tell(made)
        yield made


def exit_code(scores: list[score.Score], stop: threading.Event) -> int:
    if stop.is_set():
        return failure.INTERRUPTED
    return failure.NOTHING_FOUND if all(each.is_as_wanted for each in scores) else failure.FINDINGS


def check(args: argparse.Namespace, engines: tuple[str, ...], target_names: set[str]) -> None:
    """What can be known to be wrong before anything is built."""
    complaint = Afl().complaint() if "afl" in engines else None
    if complaint:
        raise failure.Failure(complaint)
    check_place(args)
    if args.seeds:
        check_folders([args.seeds / name for name in sorted(target_names)])


def check_folders(folders: list[pathlib.Path]) -> None:
    for folder in folders:
        with files.complaints(folder):
            if not folder.is_dir():
                raise failure.Failure(f"{folder}: no such folder")


def check_place(args: argparse.Namespace) -> None:
    if args.json:
        files.make_folder(args.json.absolute().parent)


def build(chosen: list[catalogue.Mutant], engines: tuple[str, ...]) \
        -> dict[str, targets.FuzzTarget]:
    """Builds the mutants and the targets they are of; returns these by name."""
    known = {target.name: target
             for target in targets.choose(sorted({mutant.target for mutant in chosen}))}
    labels = [mutant.label(variant) for mutant in chosen
              for variant in (*engines, "triage", "triage_asan")]
    targets.build({target: [merging.VARIANT_ASAN] for target in known.values()},
                  more=(*tool.LABELS, *labels))
    return known


def seed_folders(known: dict[str, targets.FuzzTarget],
                 args: argparse.Namespace) -> dict[str, pathlib.Path]:
    if args.seeds:
        return {name: args.seeds / name for name in known}
    return {name: seeds.grown(target, tool.built()) for name, target in known.items()}


@dataclasses.dataclass(frozen=True)
class Party:
    """All hunts of one call."""

    work: pathlib.Path
    known: dict[str, targets.FuzzTarget]
    grounds: dict[str, pathlib.Path]
    terms: hunt.Terms
    repeat: int

    def hunt_all(self, chosen: list[catalogue.Mutant], engines: tuple[str, ...],
                 jobs: int) -> Iterator[score.Score]:
        """Less those that were cut short."""
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            scores = pool.map(lambda pair: self.hunt_one(*pair),
                              [(mutant, engine) for mutant in chosen for engine in engines])
            yield from (each for each in scores if each is not None)

    def hunt_one(self, mutant: catalogue.Mutant, engine: str) -> score.Score | None:
        if self.terms.stop.is_set():
            return None
        folder = self.work / f"{mutant.id}-{engine}"
        quarry = hunt.prepare(mutant, self.known[mutant.target], tool.built(),
                              self.grounds[mutant.target], folder / "bin")
        catches = [hunt.hunt(quarry, hunt.make_engine(engine, number), self.terms,
                             folder / f"hunt{number}") for number in range(self.repeat)]
        if self.terms.stop.is_set():
            return None
        made = score.score(mutant, engine, catches, quarry.seeds_alone)
        tell(made)
        shutil.rmtree(folder)
        return made


def tell(made: score.Score) -> None:
    found = f"{made.seconds} s, {made.signature}" if made.finds else "not found"
    ops = f", {made.ops} ops" if made.ops is not None else ""
    print(f"{made.id} by {made.engine}: {found}{ops}", flush=True)


def report(scores: list[score.Score], path: pathlib.Path | None) -> None:
    if path:
        with files.complaints(path):
            rows = [dataclasses.asdict(each) for each in scores]
            files.write(path.absolute(), json.dumps(rows, indent=1) + "\n")
    if scores:
        terminal.console().print(score.table(scores))
    for line in score.medians(scores):
        print(line)
