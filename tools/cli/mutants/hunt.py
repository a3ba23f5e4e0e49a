"""One hunt: one engine, one planted bug, a time limit."""

import dataclasses
import math
import pathlib
import threading
import time

from tools.cli import failure, files
from tools.cli.campaign import afl, layout, libfuzzer
from tools.cli.campaign.engine import Engine, Post
from tools.cli.campaign.worker import Ending, Worker
from tools.cli.mutants.catalogue import Mutant
from tools.cli.mutants.random_engine import Random
from tools.cli.targets import FuzzTarget
from tools.cli.triage.replayers import ProgramReplayer, Verdict
from tools.cli.triage.tool import Tool

POLL_SECONDS = 0.01
GUARD_SECONDS = 60    # after which an engine ends by itself, should nobody stop it
ENGINES = ("libfuzzer", "afl", "random")


class AflUntilCrash(afl.Afl):
    """AFL++ that begins at once and ends at its first finding."""

    def environment(self, post: Post) -> dict[str, str]:
        return {**super().environment(post), "AFL_BENCH_UNTIL_CRASH": "1",
                "AFL_NO_STARTUP_CALIBRATION": "1"}


@dataclasses.dataclass(frozen=True)
class Catch:
    """What came of one hunt. Without a signature, nothing was found."""

    seconds: float                       # until the first finding, or in all
    execs: int | None
    input: pathlib.Path | None = None
    verdict: Verdict = Verdict(None)     # of the mutant on the input
    ops: int | None = None               # of the input when minimised
    minimize_seconds: float | None = None


@dataclasses.dataclass(frozen=True)
class Quarry:
    """A mutant, what runs it, and the inputs that hunts for it start from."""

    mutant: Mutant
    target: FuzzTarget           # whose binaries are the mutant's
    replayer: ProgramReplayer    # on the mutant
    original: ProgramReplayer    # on the allocator as it is
    seeds: list[pathlib.Path]    # on which the mutant does nothing wrong
    seeds_alone: bool            # whether others were among the grown seeds


def make_engine(name: str, seed: int) -> Engine:
    if name == "libfuzzer":
        return libfuzzer.LibFuzzer()
    return AflUntilCrash() if name == "afl" else Random(seed)


def prepare(mutant: Mutant, target: FuzzTarget, tool: Tool, seeds: pathlib.Path,
            folder: pathlib.Path) -> Quarry:
    """Gathers the binaries in a folder under the names that engines ask for, and sorts the seeds.

    Seeds that show the bug by themselves are left out, so that it is found by fuzzing or not at
    all.
    """
    folder.mkdir(parents=True)
    hunted = dataclasses.replace(target, name=mutant.id, folder=folder)
    for variant in (*ENGINES, "triage", "triage_asan"):
        if mutant.file(variant).exists():
            hunted.file(variant).symlink_to(mutant.file(variant).resolve())
    hunted.mutator.symlink_to(target.mutator.resolve())
    replayer = ProgramReplayer(target.name, hunted.file("triage"), hunted.file("triage_asan"))
    verdicts = replayer.replay_all(seeds)
    harmless = [path for path, verdict in verdicts.items() if not verdict.signature]
    return Quarry(mutant, hunted, replayer, tool.replayer(target), harmless,
                  len(harmless) < len(verdicts))


@dataclasses.dataclass(frozen=True)
class Terms:
    """How long a hunt may last; stop ends it before its time."""

    seconds: float
    stop: threading.Event


def hunt(quarry: Quarry, engine: Engine, terms: Terms, folder: pathlib.Path) -> Catch:
    """Runs the engine from the seeds until it finds something or time is up, then looks closer.

    An engine that dies is a failure: it has not looked, so nothing can be said of the mutant.
    """
    place = layout.Place(folder)
    place.make()
    for path in quarry.seeds:
        files.link(path, place.corpus / path.name)
    post = Post(quarry.target, place, seconds_max=math.ceil(terms.seconds) + GUARD_SECONDS)
    start = time.monotonic()
    worker = Worker(engine, post, [])
    while worker.end() is None and time.monotonic() - start < terms.seconds:
        if terms.stop.wait(POLL_SECONDS):
            break
    spent = time.monotonic() - start
    worker.ask_to_stop()
    end = worker.wait()
    if end.how is Ending.DIED and not files.inputs(place.artifacts):
        raise failure.Failure(f"{engine.name} on {quarry.mutant.id} died: {end.cause}",
                              failure.BED_FAILED)
    return confirm(quarry, Catch(spent, worker.progress.execs), place)


def confirm(quarry: Quarry, catch: Catch, place: layout.Place) -> Catch:
    """A finding counts if it happens again on the mutant and not on the allocator as it is."""
    for path in files.inputs(place.artifacts):
        verdict = quarry.replayer.replay(path)
        if verdict.signature and not quarry.original.replay(path).signature:
            return minimized(quarry, dataclasses.replace(catch, input=path, verdict=verdict))
    return catch


def minimized(quarry: Quarry, catch: Catch) -> Catch:
    out = catch.input.with_name("minimized.trace")
    start = time.monotonic()
    quarry.replayer.minimize(catch.input, catch.verdict, out)
    seconds = time.monotonic() - start
    return dataclasses.replace(catch, ops=quarry.replayer.replay(out).ops,
                               minimize_seconds=round(seconds, 3))
