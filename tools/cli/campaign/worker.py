"""One process of an engine: started, listened to, stopped."""

import collections
import contextlib
import dataclasses
import enum
import os
import signal
import subprocess
import threading
import time

from tools.cli.campaign import engine as engines
from tools.cli.campaign import stats
from tools.cli.campaign.bounded_log import BoundedLog

STOP_WITH_PARENT = ("/usr/bin/setpriv", "--pdeathsig", "TERM", "--")
LINES_KEPT = 50
SECONDS_TO_STOP = 10


class Ending(enum.Enum):
    STOPPED = "stopped"      # by us
    FOUND = "found"          # it keeps no running after a finding
    DIED = "died"


@dataclasses.dataclass(frozen=True)
class End:
    how: Ending
    cause: str               # of a death, one line
    seconds: float           # that it lived


class Worker:
    """Starts an engine at a post. What it prints is read by a thread, so that it never blocks.

    The process has a session of its own: a Ctrl-C at the terminal reaches this program only, which
    then stops its workers in good order. Should this program be killed, the kernel stops them.
    """

    def __init__(self, engine: engines.Engine, post: engines.Post, known: list[str]):
        self.engine = engine
        self.post = post
        self.progress = engines.Progress()
        self._lines: collections.deque[str] = collections.deque(maxlen=LINES_KEPT)
        self._is_asked_to_stop = False
        self._start = time.monotonic()

        engine.prepare(post)
        self._log = BoundedLog(post.place.logs / f"{engine.name}-{post.index}.log")
        self._stats = stats.Stats(post.place.logs / f"{post.artifact_prefix(engine.name)}stats")
        self._stats.tell_known(known)
        self._process = subprocess.Popen(
            [*STOP_WITH_PARENT, *engine.command(post)],
            env=engines.full_environment(engine, post, self._stats.path),
            cwd=post.place.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.append(line.decode("utf-8", "replace").strip())
            self.engine.read_line(line, self.progress)
            # A full disk must not stop the engine's mouth: the campaign sees to it.
            with contextlib.suppress(OSError):
                self._log.write(line)
        with contextlib.suppress(OSError):
            self._log.close()

    def look(self) -> engines.Progress:
        """Brings progress up to date."""
        self.engine.read_files(self.post, self.progress)
        self._stats.read(self.progress)
        return self.progress

    def tell_known(self, signatures: list[str]) -> None:
        """The engine goes on after an input that finds one of these."""
        self._stats.tell_known(signatures)

    def collect(self) -> None:
        self.engine.collect(self.post)

    def ask_to_stop(self) -> None:
        if self._process.poll() is None:
            self._is_asked_to_stop = True
            self._process.send_signal(signal.SIGINT)

    def wait(self) -> End:
        """After ask_to_stop(): waits for the end, which comes in good order or by force."""
        try:
            self._process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        return self.end()

    def end(self) -> End | None:
        """How it ended, once it has."""
        code = self._process.poll()
        if code is None:
            return None
        self._reader.join(SECONDS_TO_STOP)
        seconds = time.monotonic() - self._start
        self.look()
        self.collect()
        if self.progress.artifact:
            return End(Ending.FOUND, "", seconds)
        if self._is_asked_to_stop:
            return End(Ending.STOPPED, "", seconds)
        cause = self.engine.cause_of_death(list(self._lines))
        return End(Ending.DIED, f"exit code {code}: {cause}", seconds)
