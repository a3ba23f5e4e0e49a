"""Whether every build carries out the same steps with the same results."""

import pathlib

from tools.cli.bench.numbers import run_json

BUILDS = ("clang", "gcc", "asan", "msan")

# MSan of clang 14 needs the addresses that fewer random bits leave free.
FIXED_ADDRESSES = {"msan": ("setarch", "-R")}


def measure(programs: dict[str, pathlib.Path], corpora: list[pathlib.Path]) -> dict[str, str]:
    """The hash of all corpora, by build."""
    return {build: run_json(program, *corpora, prefix=FIXED_ADDRESSES.get(build, ()))["hash"]
            for build, program in programs.items()}
