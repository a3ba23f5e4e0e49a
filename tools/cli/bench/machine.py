"""Where a measurement was made."""

import os
import pathlib
import platform
import subprocess

from tools.cli import bazel


def description() -> str:
    return f"{processor()}, {len(os.sched_getaffinity(0))} processors, {platform.release()}"


def processor() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def commit() -> str:
    """The commit, marked if the working tree differs from it."""
    result = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"],
                            cwd=bazel.ROOT, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"
