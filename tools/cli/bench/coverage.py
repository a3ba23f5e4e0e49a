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


GAPS_TOLD = 8


@dataclasses.dataclass(frozen=True)
class Coverage:
    lines: float            # per cent
    branches: float         # per cent
    gaps: dict[str, int]    # lines missed, of the files that miss most


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
    chosen = {inner(file["filename"]): file["summary"] for file in files
              if counts(inner(file["filename"]))}
    if not chosen:
        raise failure.Failure("llvm-cov knows no file of the allocator", failure.BED_FAILED)
    missed = {name: summary["lines"]["count"] - summary["lines"]["covered"]
              for name, summary in chosen.items()}
    worst = sorted((name for name in missed if missed[name] > 0), key=missed.get, reverse=True)
    return Coverage(percent(chosen.values(), "lines"), percent(chosen.values(), "branches"),
                    {name: missed[name] for name in worst[:GAPS_TOLD]})


def inner(name: str) -> str:
    """From the root of the checkout: a compiler in a sandbox calls that /proc/self/cwd."""
    return name[name.rfind(f"/{COVERED}") + 1:]


def counts(name: str) -> bool:
    return name.startswith(COVERED) and not name.startswith(LEFT_OUT)


def percent(summaries: typing.Iterable[dict], kind: str) -> float:
    pairs = [(summary[kind]["count"], summary[kind]["covered"]) for summary in summaries]
    total = sum(count for count, _ in pairs)
    return 100 * sum(covered for _, covered in pairs) / max(total, 1)


def run(command: list[str], **environment: str) -> str:
    result = subprocess.run(command, env={**os.environ, **environment}, capture_output=True,
                            text=True, stdin=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise failure.Failure(f"{pathlib.Path(command[0]).name}: exit code {result.returncode}:"
                              f" {last_line(result.stderr or result.stdout)}",
                              failure.BED_FAILED)
    return result.stdout
