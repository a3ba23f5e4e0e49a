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

# The binary without a sanitizer has the same edges and states, and is faster.
VARIANT = "libfuzzer_plain"

TOTAL = re.compile(rb"MERGE-OUTER: (\d+) files")
PULSE = re.compile(rb"#(\d+)\s")
EARLIER = re.compile(rb"MERGE-INNER: \d+ total files; (\d+) processed earlier")


def smallest(target: FuzzTarget, sources: list[pathlib.Path], work: pathlib.Path,
             report: typing.Callable[[int, int], None]) -> pathlib.Path:
    """Merges folders of raw inputs; returns the folder of the result, which is below work.

    work keeps what is needed to go on after an interruption, if it is called with the same inputs.
    Inputs that crash are left out. report(done, total) is called now and then, in files.
    """
    result = files.make_folder(work / "result")
    # Files of an earlier result would count as covered already.
    for path in files.inputs(result):
        path.unlink()
    command = [target.file(VARIANT), "-set_cover_merge=1", "-timeout=10", "-rss_limit_mb=2048",
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
        raise failure.Failure(f"merge of {target.name}: exit code {process.returncode}: {last}",
                              failure.BED_FAILED)
    return result


def follow(stream: typing.BinaryIO, report: typing.Callable[[int, int], None]) -> str:
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


def replace_corpus(target: FuzzTarget, corpus: pathlib.Path, work: pathlib.Path) -> None:
    """Makes a corpus the smallest of equal coverage. Until that is there, nothing is lost."""
    shutil.rmtree(work, ignore_errors=True)
    before = files.inputs(corpus)
    kept = {path.name for path in files.inputs(smallest(target, [corpus], work, lambda *_: None))}
    for path in before:
        if path.name not in kept:
            path.unlink(missing_ok=True)
    shutil.rmtree(work, ignore_errors=True)
