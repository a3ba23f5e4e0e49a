"""The smallest corpus of equal coverage, by libFuzzer's set cover."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import typing

from tools.cli import failure, files
from tools.cli.targets import FuzzTarget

# The binary without a sanitizer has the same states and nearly the same edges, and is faster.
VARIANT_PLAIN = "libfuzzer_plain"
VARIANT_ASAN = "libfuzzer"

Report = typing.Callable[[int, int], None]    # files done, files in all

TOTAL = re.compile(rb"MERGE-OUTER: (\d+) files")
PULSE = re.compile(rb"#(\d+)\s")
EARLIER = re.compile(rb"MERGE-INNER: \d+ total files; (\d+) processed earlier")


def smallest(program: pathlib.Path, sources: list[pathlib.Path], work: pathlib.Path,
             report: Report) -> pathlib.Path:
    """Merges folders of raw inputs; returns the folder of the result, which is below work.

    program is a target's libFuzzer binary. work keeps what is needed to go on after an
    interruption, if it is called with the same inputs. Inputs that crash are left out. report is
    called now and then.
    """
    result = files.make_folder(work / "result")
    # Files of an earlier result would count as covered already.
    for path in files.inputs(result):
        path.unlink()
    command = [program, "-set_cover_merge=1", "-timeout=10", "-rss_limit_mb=2048",
               f"-merge_control_file={work / 'control'}", f"-artifact_prefix={work}/",
               result, *sources]
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          start_new_session=True,
                          env={**os.environ, "ASAN_OPTIONS": "symbolize=0"}) as process:
        try:
            last = follow(process.stderr, report)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode != 0:
        raise failure.Failure(f"merge by {program.name}: exit code {process.returncode}: {last}",
                              failure.BED_FAILED)
    return result


def follow(stream: typing.BinaryIO, report: Report) -> str:
    """Reads what libFuzzer says to the end; returns its last line."""
    total = earlier = 0
    last = "said nothing"
    for line in stream:
        last = line.decode("utf-8", "replace").strip() or last
        match = TOTAL.match(line)
        if match:
            total = int(match.group(1))
        match = EARLIER.match(line)
        if match:
            earlier = int(match.group(1))
        match = PULSE.match(line)
        if match:
            report(min(earlier + int(match.group(1)), total), total)
    return last


def replace_corpus(target: FuzzTarget, corpus: pathlib.Path, work: pathlib.Path,
                   report: Report) -> None:
    """Makes a corpus the smallest of equal coverage. Until that is known, nothing is deleted."""
    shutil.rmtree(work, ignore_errors=True)
    before = files.inputs(corpus)
    result = smallest(target.file(VARIANT_ASAN), [corpus], work, report)
    kept = {path.name for path in files.inputs(result)}
    for path in before:
        if path.name not in kept:
            path.unlink(missing_ok=True)
    shutil.rmtree(work, ignore_errors=True)
