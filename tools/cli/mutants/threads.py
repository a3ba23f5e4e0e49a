"""Hunts by real threads under TSan, for what they see of the races: NAME_threads and tests/stress.

There is no input that could be replayed or minimised, so a find is believed as it is; that the
allocator as it is runs clean, which each call of the command looks at too, is what vouches for it.
"""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import typing

from tools.cli import bazel, failure
from tools.cli.mutants import catalogue
from tools.cli.mutants.catalogue import Mutant
from tools.cli.mutants.hunt import POLL_SECONDS, Catch, Terms
from tools.cli.triage.replayers import Verdict

ENGINE = "threads"
TARGET = "slub_smp"    # the fuzz target that races are planted for

PACKAGE = "//tests/stress"
PROGRAM = "native_churn_tsan"
LABEL = f"{PACKAGE}:{PROGRAM}"
UNMUTATED = Mutant("unmutated", catalogue.NOOP, "control", TARGET, "nothing is found in it")

# The program ends by itself when its time is up or a thread is stuck.
GRACE_SECONDS = 20

# A crash ends the program at once: TSan's own handler may wait for what the crash interrupted.
ENVIRONMENT = {"TSAN_OPTIONS": "halt_on_error=1:handle_segv=0:handle_sigbus=0:handle_sigfpe=0"}

CHURN = re.compile(r"^churn: (\S+@\S+)$", re.MULTILINE)
RACE = re.compile(r"^SUMMARY: ThreadSanitizer: data race.*?(?: in (\S+))?$", re.MULTILINE)


def choose(ids: list[str]) -> list[Mutant]:
    """The races with these ids, or all; one that is of another target is refused."""
    chosen = catalogue.choose(ids, (catalogue.BUG,))
    strangers = [mutant.id for mutant in chosen if ids and mutant.target != TARGET]
    if strangers:
        raise failure.Failure(f"--threads: '{strangers[0]}' is no mutant of {TARGET}")
    return [mutant for mutant in chosen if mutant.target == TARGET]


def label(mutant: Mutant) -> str:
    return LABEL if mutant == UNMUTATED else mutant.label(ENGINE)


def program(mutant: Mutant) -> pathlib.Path:
    if mutant == UNMUTATED:
        return bazel.BIN / PACKAGE.lstrip("/") / PROGRAM
    return mutant.file(ENGINE)


def hunt(mutant: Mutant, number: int, terms: Terms) -> Catch:
    """Lets threads run until something is wrong or time is up; number tells hunts apart."""
    command = [str(program(mutant)), f"{terms.seconds:g}", str(number)]
    with tempfile.TemporaryFile() as log:
        start = time.monotonic()
        code = run(command, log, terms)
        spent = time.monotonic() - start
        log.seek(0)
        text = log.read().decode(errors="replace")
    found = None if terms.stop.is_set() else signature(mutant, code, text)
    return Catch(spent, None, verdict=Verdict(found))


def run(command: list[str], log: typing.IO[bytes], terms: Terms) -> int | None:
    """Returns the exit code; None if the program had to be killed.

    A session of its own: a Ctrl-C at the terminal is no crash of the program.
    """
    end = time.monotonic() + terms.seconds + GRACE_SECONDS
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                          env={**os.environ, **ENVIRONMENT}, start_new_session=True) as process:
        while process.poll() is None:
            if terms.stop.wait(POLL_SECONDS) or time.monotonic() > end:
                process.kill()
                process.wait()
                return None
        return process.returncode


def signature(mutant: Mutant, code: int | None, text: str) -> str | None:
    """JUDGE@PLACE of what was found, as far as that is known."""
    if code == 0:
        return None
    match = CHURN.search(text)
    if match:
        return match.group(1)
    match = RACE.search(text)
    if match:
        return f"data race@{match.group(1) or 'unknown'}"
    if code is None:
        return "hang@program"
    if code == failure.BAD_INPUT:
        lines = text.splitlines() or ["said nothing"]
        raise failure.Failure(f"{mutant.id} by {ENGINE}: {lines[-1]}", failure.BED_FAILED)
    # An INVARIANT ends in an instruction that cannot be executed.
    judge = "INVARIANT" if code == -signal.SIGILL else "crash"
    return f"{judge}@{signal.Signals(-code).name if code < 0 else 'unknown'}"
