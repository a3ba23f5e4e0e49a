"""Lines and branches of the allocator that a corpus reaches, by LLVM's own counters."""

import dataclasses
import json
import os
import pathlib
import subprocess
import typing

from tools.cli import failure
from tools.cli.triage.replayers import last_line

COVERED = "allocator/"
LEFT_OUT = ("allocator/base/world_native/", "allocator/api/linux_api")


@dataclasses.dataclass(frozen=True)
class Coverage:
    """In per cent."""

    lines: float
    branches: float


def measure(programs: dict[pathlib.Path, pathlib.Path], work: pathlib.Path) -> Coverage:
    """Runs each program, a NAME_replay with counters, on its corpus, and sums up."""
    profiles = []
    for number, (program, corpus) in enumerate(programs.items()):
        profile = work / f"{number}.profraw"
        run([str(program), str(corpus)], LLVM_PROFILE_FILE=str(profile))
        profiles.append(str(profile))
    merged = work / "merged.profdata"
    run(["llvm-profdata", "merge", "-sparse", "-o", str(merged), *profiles])
    first, *others = map(str, programs)
    exported = run(["llvm-cov", "export", "-summary-only", f"-instr-profile={merged}", first,
                    *(word for other in others for word in ("-object", other))])
    return summed(json.loads(exported)["data"][0]["files"])


def summed(files: typing.Iterable[dict]) -> Coverage:
    """Over the files of the allocator."""
    chosen = [file["summary"] for file in files if counts(file["filename"])]
    if not chosen:
        raise failure.Failure("llvm-cov knows no file of the allocator", failure.BED_FAILED)
    return Coverage(percent(chosen, "lines"), percent(chosen, "branches"))


def counts(name: str) -> bool:
    """name is absolute: a compiler in a sandbox calls the checkout /proc/self/cwd."""
    inner = name[name.rfind(f"/{COVERED}") + 1:]
    return inner.startswith(COVERED) and not inner.startswith(LEFT_OUT)


def percent(summaries: list[dict], kind: str) -> float:
    total = sum(summary[kind]["count"] for summary in summaries)
    return 100 * sum(summary[kind]["covered"] for summary in summaries) / max(total, 1)


def run(command: list[str], **environment: str) -> str:
    result = subprocess.run(command, env={**os.environ, **environment}, capture_output=True,
                            text=True, stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise failure.Failure(f"{pathlib.Path(command[0]).name}: exit code {result.returncode}:"
                              f" {last_line(result.stderr or result.stdout)}",
                              failure.BED_FAILED)
    return result.stdout
