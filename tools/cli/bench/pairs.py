"""Allocation and free in the native world, by Google Benchmark: bench/pair_bench.cc."""

import json
import pathlib

from tools.cli.bench.numbers import Spread, run_text


def measure(program: pathlib.Path, repetitions: int) -> dict[str, Spread]:
    """Nanoseconds of processor time for an object allocated and freed, by benchmark."""
    text = run_text(program, "--benchmark_format=json", "--benchmark_min_time=0.1",
                    f"--benchmark_repetitions={repetitions}")
    times: dict[str, list[float]] = {}
    for row in json.loads(text)["benchmarks"]:
        if row["run_type"] == "iteration":
            times.setdefault(row["name"], []).append(nanoseconds(row))
    return {name: Spread.of(found) for name, found in times.items()}


def nanoseconds(row: dict) -> float:
    """Of one object, where a benchmark handles several at a time."""
    if "items_per_second" in row:
        return 1e9 / row["items_per_second"]
    return row["cpu_time"] * {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[row["time_unit"]]
