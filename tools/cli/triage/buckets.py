"""Crashes of a campaign, told apart by their signatures."""

import concurrent.futures
import dataclasses
import pathlib
import typing

from tools.cli import failure, files
from tools.cli.campaign import layout
from tools.cli.targets import FuzzTarget
from tools.cli.triage.replayers import NOT_REPRODUCED, Replayer, Verdict

INPUTS_KEPT = 8      # for each signature, the smallest
INPUTS_ENOUGH = 4    # after which an engine need not stop for the signature any more


@dataclasses.dataclass
class Crash:
    """One input that found something."""

    target: FuzzTarget
    path: pathlib.Path
    verdict: Verdict

    @property
    def signature(self) -> str:
        return self.verdict.signature or NOT_REPRODUCED

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
        return self.signature != NOT_REPRODUCED

    def add(self, crash: Crash) -> None:
        """Of many inputs that find the same only the smallest are kept, the others deleted.

        What did not happen again may be many bugs, each with one input: all are kept.
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
        return Crash(target, path, self._replayers[target].replay(path))

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

    def unreproduced(self) -> list[Bucket]:
        """The bucket of what did not happen again, if there is one."""
        return [bucket for bucket in self._buckets.values() if not bucket.is_finding]

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
        try:
            crash = future.result()
        except (failure.Failure, OSError) as problem:
            return [f"cannot replay a finding: {problem}"]
        if self._buckets.add(crash) and crash.verdict.signature:
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
