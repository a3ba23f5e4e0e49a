"""AFL++ in a campaign: it starts from the shared corpus and gives back what it finds.

Its own folder is scratch: what is worth keeping is copied out of it, so a turn can begin anew.
"""

import pathlib
import re
import shutil

from tools.cli import files
from tools.cli.campaign import layout
from tools.cli.campaign.engine import Post, Progress
from tools.cli.targets import FuzzTarget

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x1f]")

# An entry of AFL++'s queue that was given to it, and did not come from it.
GIVEN = (",orig:", ",sync:")

# What AFL++ prints before it gives up.
ABORT = re.compile(r"(?:PROGRAM ABORT|SYSTEM ERROR)\s*:\s*(.*)")

SYNC_MINUTES = 1

# Its names of a campaign's processes: the first, and the others with their numbers.
MAIN = "main"
SECONDARY = "secondary"


class Afl:
    name = "afl"

    def __init__(self) -> None:
        # Files of queue, crashes and hangs that were looked at, by the folder of the process.
        self._seen: dict[pathlib.Path, set[pathlib.Path]] = {}

    def complaint(self) -> str | None:
        if shutil.which("afl-fuzz") is None:
            return "afl-fuzz is not installed: ./slubbed setup installs it, " \
                   "--engine libfuzzer does without"
        return None

    def variants(self, target: FuzzTarget, count: int) -> list[str]:
        return sorted({self.variant(target, index) for index in range(count)})

    @staticmethod
    def variant(target: FuzzTarget, index: int) -> str:
        """The plain binary, the fastest; the second process sees more, at a third of the speed."""
        if index != 1:
            return "afl"
        return "afl_asan" if target.is_program else "afl_cmplog"

    @staticmethod
    def _instance(post: Post) -> str:
        return MAIN if post.index == 0 else f"{SECONDARY}{post.index}"

    def _folder(self, post: Post) -> pathlib.Path:
        return post.place.afl / self._instance(post)

    @staticmethod
    def _seeds(post: Post) -> pathlib.Path:
        return post.place.afl / f"seeds{post.index}"

    def prepare(self, post: Post) -> None:
        """Empties the folder, and makes one of links to the corpus: AFL++ takes no empty file."""
        self.collect(post)
        self._seen.pop(self._folder(post), None)
        shutil.rmtree(self._folder(post), ignore_errors=True)
        seeds = self._seeds(post)
        shutil.rmtree(seeds, ignore_errors=True)
        seeds.mkdir(parents=True)
        files.add_input(seeds, b"\0")
        for path in files.inputs(post.place.corpus):
            if 0 < path.stat().st_size <= post.target.bytes_max:
                files.link(path, seeds / path.name)

    def command(self, post: Post) -> list[str]:
        target = post.target
        variant = self.variant(target, post.index)
        command = ["afl-fuzz", "-i", str(self._seeds(post)), "-o", str(post.place.afl),
                   "-t", "5000", "-G", str(target.bytes_max)]
        if post.seconds_max > 0:
            command += ["-V", str(post.seconds_max)]
        # Only a main instance reads the corpus that libFuzzer writes; the others read the main's.
        if post.index == 0:
            command += ["-M", self._instance(post), "-F", str(post.place.corpus)]
        else:
            command += ["-S", self._instance(post)]
        if variant == "afl_cmplog":
            command += ["-c", "0"]
        if target.dictionary is not None:
            command += ["-x", str(target.dictionary)]
        return command + ["--", str(target.file(variant))]

    def environment(self, post: Post) -> dict[str, str]:
        environment = {
            "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
            "AFL_NO_AFFINITY": "1",
            "AFL_NO_UI": "1",
            "AFL_SKIP_CPUFREQ": "1",
            "AFL_SYNC_TIME": str(SYNC_MINUTES),
            "ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_leaks=0",
        }
        if post.target.mutator is not None:
            environment["AFL_CUSTOM_MUTATOR_LIBRARY"] = str(post.target.mutator)
            environment["AFL_CUSTOM_MUTATOR_ONLY"] = "1"
        return environment

    def read_line(self, line: bytes, progress: Progress) -> None:
        pass

    def read_files(self, post: Post, progress: Progress) -> None:
        """The last line of plot_data, which AFL++ writes every few seconds."""
        try:
            last = (self._folder(post) / "plot_data").read_text().strip().splitlines()[-1]
            columns = [float(column.strip(" %")) for column in last.split(",")]
            progress.corpus = int(columns[3])
            progress.execs = int(columns[11])
            # Its map holds the abstract states as well as the edges.
            progress.edges = max(int(columns[12]) - progress.states, 0)
        except (OSError, ValueError, IndexError):
            # Not there yet, or half written: the next time will do.
            return

    def collect(self, post: Post) -> None:
        folder = self._folder(post)
        seen = self._seen.setdefault(folder, set())
        prefix = post.artifact_prefix(self.name)
        for path in files.inputs(folder / "queue"):
            if path not in seen:
                seen.add(path)
                if not any(mark in path.name for mark in GIVEN):
                    files.add_input(post.place.corpus, path.read_bytes())
        for kind, subfolder in (("crash", "crashes"), ("hang", "hangs")):
            for path in files.inputs(folder / subfolder):
                if path.name.startswith("id") and path not in seen:
                    seen.add(path)
                    data = path.read_bytes()
                    name = f"{prefix}{kind}-{files.content_name(data)}"
                    files.write(post.place.artifacts / name, data)

    def cause_of_death(self, lines: list[str]) -> str:
        plain = [ANSI.sub("", line).strip() for line in lines]
        for line in reversed(plain):
            match = ABORT.search(line)
            if match:
                return match.group(1)
        return next((line for line in reversed(plain) if line), "said nothing")


def collect_all(target: FuzzTarget, place: layout.Place) -> None:
    """What the processes of a campaign that was cut off left behind."""
    indexes = [0 if path.name == MAIN else int(path.name.removeprefix(SECONDARY))
               for path in place.afl.glob("*") if path.name.startswith((MAIN, SECONDARY))]
    for index in indexes:
        Afl().collect(Post(target, place, index))
