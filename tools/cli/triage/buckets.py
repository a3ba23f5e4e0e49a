"""Crashes of a campaign, told apart by their signatures."""

import concurrent.futures
import dataclasses
import pathlib
import typing

from tools.cli import failure, files
from tools.cli.campaign import layout
from tools.cli.targets import FuzzTarget
from tools.cli.triage.replayers import Replayer, Verdict

INPUTS_KEPT = 8      # for each signature, the smallest
INPUTS_ENOUGH = 4    # after which an engine need not stop for the signature any more

# In the place of a signature, and what there is to say of so many inputs.
NOT_REPRODUCED = "NOT_REPRODUCED"
NOT_REPLAYED = "NOT_REPLAYED"
OTHERS = {
    NOT_REPRODUCED: "find nothing any more",
    NOT_REPLAYED: "cannot be replayed",
}


@dataclasses.dataclass
class Crash:
    """One input that found something."""

    target: FuzzTarget
    path: pathlib.Path
    verdict: Verdict
    problem: str = ""    # why it cannot be replayed, if so

    @property
    def signature(self) -> str:
        return NOT_REPLAYED if self.problem else self.verdict.signature or NOT_REPRODUCED

    @property
    def complaint(self) -> str:
        """A line on what cannot be replayed."""
        return f"{files.shown(self.path)} cannot be replayed: {self.problem}"

    @property
    def engine(self) -> str:
        """That found it: the first part of the file's name."""
        return self.path.name.split("-")[0]


@dataclasses.dataclass
class Bucket:
    """All crashes with one signature; of a finding, the smallest input first."""

    signature: str
    crashes: list[Crash] = dataclasses.field(default_factory=list)
    inputs: int = 0    # that this process added, whether or not they are kept

    @property
    def is_finding(self) -> bool:
        return self.signature not in OTHERS

    def add(self, crash: Crash) -> None:
        """Of many inputs that find the same only the smallest are kept, the others deleted.

        What does not happen again may be many bugs, each with one input: all are kept.
        """
        self.inputs += 1
        self.crashes.append(crash)
        if self.is_finding:
            self._keep_smallest()

    def _keep_smallest(self) -> None:
        self.crashes.sort(key=lambda kept: (kept.path.stat().st_size, kept.path.name))
        for surplus in self.crashes[INPUTS_KEPT:]:
            surplus.path.unlink(missing_ok=True)
        del self.crashes[INPUTS_KEPT:]

    @property
    def best(self) -> Crash:
        return self.crashes[0]

    @property
    def folder_name(self) -> str:
        return files.slug(self.signature)


class Buckets:
    """Sorts the artifacts of a campaign as they come."""

    def __init__(self, replayers: dict[FuzzTarget, Replayer],
                 places: typing.Callable[[str], layout.Place]):
        self._replayers = replayers
        self._places = places
        self._seen: set[pathlib.Path] = set()
        self._buckets: dict[str, Bucket] = {}

    def new_artifacts(self) -> list[tuple[FuzzTarget, pathlib.Path]]:
        found = [(target, path) for target in self._replayers
                 for path in files.inputs(self._places(target.name).artifacts)
                 if path not in self._seen]
        self._seen.update(path for _, path in found)
        return found

    def sort(self) -> None:
        """Takes in all artifacts that are there."""
        for target, path in self.new_artifacts():
            self.add(self.judge(target, path))

    def judge(self, target: FuzzTarget, path: pathlib.Path) -> Crash:
        """A program that fails, or has to be killed, keeps no other input from being judged."""
        try:
            return Crash(target, path, self._replayers[target].replay(path))
        except (failure.Failure, OSError) as problem:
            return Crash(target, path, Verdict(None), str(problem))

    def replayer(self, bucket: Bucket) -> Replayer:
        return self._replayers[bucket.best.target]

    def add(self, crash: Crash) -> bool:
        """True if nothing like it was there."""
        bucket = self._buckets.setdefault(crash.signature, Bucket(crash.signature))
        bucket.add(crash)
        return bucket.inputs == 1

    def real(self) -> list[Bucket]:
        """The distinct findings, the first one first."""
        return [bucket for bucket in self._buckets.values() if bucket.is_finding]

    def others(self) -> list[str]:
        """A line for each kind of inputs that are no findings."""
        return [f"{self._buckets[kind].inputs} inputs {what}" for kind, what in OTHERS.items()
                if kind in self._buckets]

    def exit_code(self) -> int:
        """What a command returns that looked at all of them."""
        if self.real():
            return failure.FINDINGS
        # Nobody knows what is found by an input that cannot be replayed.
        return failure.BED_FAILED if NOT_REPLAYED in self._buckets else failure.NOTHING_FOUND

    def known(self) -> list[str]:
        """The signatures of which there is enough."""
        return [bucket.signature for bucket in self.real() if bucket.inputs >= INPUTS_ENOUGH]


class Inspector:
    """Sorts artifacts beside a running campaign, in one thread, so that its view stays alive."""

    def __init__(self, buckets: Buckets):
        self._buckets = buckets
        self._pool = concurrent.futures.ThreadPoolExecutor(1)
        self._waiting: list[concurrent.futures.Future] = []

    def look(self) -> list[str]:
        """Takes in new artifacts; returns a line for each distinct finding that is new."""
        for target, path in self._buckets.new_artifacts():
            self._waiting.append(self._pool.submit(self._buckets.judge, target, path))
        lines = []
        while self._waiting and self._waiting[0].done():
            lines += self._take(self._waiting.pop(0))
        return lines

    def _take(self, future: concurrent.futures.Future) -> list[str]:
        crash = future.result()
        is_new = self._buckets.add(crash)
        if crash.problem:
            return [crash.complaint]
        if is_new and crash.verdict.signature:
            return [f"found {crash.signature} in {crash.target.name} by {crash.engine}"]
        return []

    def known(self) -> list[str]:
        return self._buckets.known()

    def count(self, target_name: str) -> int:
        """Distinct findings of a target so far."""
        return sum(any(crash.target.name == target_name for crash in bucket.crashes)
                   for bucket in self._buckets.real())

    def finish(self) -> list[str]:
        """Waits for what is under way, then looks once more."""
        lines = self.look()
        concurrent.futures.wait(self._waiting)
        lines += self.look()
        self._pool.shutdown()
        return lines
