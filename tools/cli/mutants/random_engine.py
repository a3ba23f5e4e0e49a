"""The engine without feedback, as a yardstick: NAME_random (fuzz/engines/random.c)."""

import json
import re

from tools.cli.campaign.engine import Post, Progress

WRITTEN = re.compile(rb"input written to .*?([^/]*)$")


class Random:
    name = "random"

    def __init__(self, seed: int):
        self._seed = seed

    def complaint(self) -> str | None:
        return None

    def prepare(self, post: Post) -> None:
        pass

    def command(self, post: Post) -> list[str]:
        return [str(post.target.file("random")), "--seconds", str(post.seconds_max),
                "--seed", str(self._seed), "--max-size", str(post.target.bytes_max),
                "--out", str(post.place.artifacts), str(post.place.corpus)]

    def environment(self, _post: Post) -> dict[str, str]:
        return {}

    def read_line(self, line: bytes, progress: Progress) -> None:
        match = WRITTEN.match(line.rstrip())
        if match:
            progress.artifact = match.group(1).decode()
        if line.startswith(b"{"):
            progress.execs = json.loads(line)["execs"]

    def read_files(self, post: Post, progress: Progress) -> None:
        pass

    def collect(self, post: Post) -> None:
        pass

    def cause_of_death(self, lines: list[str]) -> str:
        return lines[-1] if lines else "said nothing"
