"""What a campaign asks of an engine, whichever it is."""

import dataclasses
import os
import pathlib
import typing

from tools.cli.campaign import layout
from tools.cli.targets import FuzzTarget


@dataclasses.dataclass
class Progress:
    """What one process of an engine has done since it started; 0 where it does not say."""

    execs: int = 0
    steps: int = 0      # ops that called the allocator
    edges: int = 0      # of the code
    states: int = 0     # abstract states of the allocator
    corpus: int = 0     # inputs
    artifact: str = ""  # name of the input that it ended with, if it says so


@dataclasses.dataclass(frozen=True)
class Post:
    """Where one process of an engine works, and for how long at most."""

    target: FuzzTarget
    place: layout.Place
    index: int = 0              # among the processes of the same engine and target
    seconds_max: int = 0        # 0: until it is stopped
    memory_megabytes: int = 2048

    def artifact_prefix(self, engine: str) -> str:
        return f"{engine}-{self.index}-"


class Engine(typing.Protocol):
    """An engine: how it is started, and how it can be read."""

    name: str

    def complaint(self) -> str | None:
        """Why this engine cannot run on this machine, if so."""

    def variants(self, target: FuzzTarget, count: int) -> list[str]:
        """The binaries that count processes on this target need."""

    def prepare(self, post: Post) -> None:
        """Makes what must be there before a start."""

    def command(self, post: Post) -> list[str]:
        """The command line."""

    def environment(self, post: Post) -> dict[str, str]:
        """Variables that come on top of the present ones."""

    def read_line(self, line: bytes, progress: Progress) -> None:
        """Learns from one line that the process printed."""

    def read_files(self, post: Post, progress: Progress) -> None:
        """Learns from the files that the process writes."""

    def collect(self, post: Post) -> None:
        """Takes findings, and inputs that the other engine may want, to where they belong."""

    def cause_of_death(self, lines: list[str]) -> str:
        """One line of the last ones printed that tells most."""


def full_environment(engine: Engine, post: Post, stats: pathlib.Path) -> dict[str, str]:
    return {**os.environ, **engine.environment(post), "SLUBBED_STATS": str(stats)}
