"""Repeated measurements, and running what makes them."""

import dataclasses
import json
import os
import pathlib
import platform
import statistics
import subprocess
import typing

from tools.cli import bazel, failure
from tools.cli.triage.replayers import last_line


@dataclasses.dataclass(frozen=True)
class Spread:
    """Several measurements of one thing."""

    median: float
    least: float
    most: float
    count: int

    @classmethod
    def of(cls, values: typing.Sequence[float]) -> typing.Self:
        ends = (statistics.median(values), min(values), max(values))
        return cls(*(round(value, 3) for value in ends), len(values))


def run_json(program: pathlib.Path, *arguments: str | pathlib.Path,
             prefix: tuple[str, ...] = ()) -> dict:
    """Runs a benchmark whose last line is one JSON object."""
    return json.loads(run_text(program, *arguments, prefix=prefix).splitlines()[-1])


def run_text(program: pathlib.Path, *arguments: str | pathlib.Path,
             prefix: tuple[str, ...] = ()) -> str:
    """Runs a benchmark; returns what it says."""
    # A benchmark gives nothing back at its end.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    result = subprocess.run([*prefix, str(program), *map(str, arguments)], env=environment,
                            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise failure.Failure(f"{program.name}: exit code {result.returncode}:"
                              f" {last_line(result.stderr)}", failure.BED_FAILED)
    return result.stdout


def machine() -> str:
    """Processor, its count, kernel."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as stream:
        for line in stream:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    count = len(os.sched_getaffinity(0))
    return f"{count} x {model}, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}"


def commit() -> str:
    """The commit, marked where the checkout differs from it."""
    try:
        result = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"],
                                cwd=bazel.ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return result.stdout.strip() or "unknown"
