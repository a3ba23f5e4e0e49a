#!/usr/bin/python3
"""Joins lcov records into one for each source: the part of Bazel's coverage tools that is needed.

Bazel calls it twice: after each test with --coverage_dir and --source_file_manifest, to collect
that test's records, and at the end with --reports_file, to join the records of all tests. Both give
--output_file.
"""

import argparse
import collections
import pathlib
import sys


class Source:
    """How often the lines, functions and branches of one file ran."""

    def __init__(self):
        self.function_lines = {}
        self.functions = collections.Counter()
        self.lines = collections.Counter()
        self.branches = collections.Counter()

    def add(self, kind, value):
        """Takes one line of a record, split at its first colon."""
        if kind == "FN":
            line, name = value.split(",", 1)
            self.function_lines[name] = int(line)
        elif kind == "FNDA":
            count, name = value.split(",", 1)
            self.functions[name] += int(count)
        elif kind == "DA":
            line, count = value.split(",")[:2]
            self.lines[int(line)] += int(count)
        elif kind == "BRDA":
            line, block, branch, count = value.split(",")
            # A dash is a branch whose line never ran.
            self.branches[int(line), int(block), int(branch)] += int(count.replace("-", "0"))

    def record(self, name):
        yield f"SF:{name}"
        for function, line in sorted(self.function_lines.items()):
            yield f"FN:{line},{function}"
        for function, count in sorted(self.functions.items()):
            yield f"FNDA:{count},{function}"
        yield from totals("FN", self.functions)
        for (line, block, branch), count in sorted(self.branches.items()):
            yield f"BRDA:{line},{block},{branch},{count}"
        yield from totals("BR", self.branches)
        for line, count in sorted(self.lines.items()):
            yield f"DA:{line},{count}"
        yield from totals("L", self.lines)
        yield "end_of_record"


def totals(prefix, counts):
    yield f"{prefix}F:{len(counts)}"
    yield f"{prefix}H:{sum(count > 0 for count in counts.values())}"


def read(path, sources, instrumented):
    """Adds the records of one lcov file to sources, a dictionary by file name."""
    source = None
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, value = line.partition(":")
        if kind == "SF":
            name = source_name(value, instrumented)
            source = sources[name] if name else None
        elif source is not None:
            source.add(kind, value)


def source_name(name, instrumented):
    """The name in the checkout, or None for a file that was not to be measured.

    instrumented are the files to be measured, None for all. A header with a stripped include path
    is compiled through a link below bazel-out.
    """
    if instrumented is None or name in instrumented:
        return name
    same = [other for other in instrumented
            if "_virtual_includes" in name and other.rpartition("/")[2] == name.rpartition("/")[2]]
    return same[0] if len(same) == 1 else None


def inputs(arguments):
    if arguments.reports_file:
        return pathlib.Path(arguments.reports_file).read_text(encoding="utf-8").splitlines()
    return sorted(pathlib.Path(arguments.coverage_dir).rglob("*.dat"))


def main(argv):
    parser = argparse.ArgumentParser()
    for option in ("coverage_dir", "reports_file", "source_file_manifest", "output_file"):
        parser.add_argument(f"--{option}")
    arguments, _ = parser.parse_known_args(argv)

    instrumented = None
    if arguments.source_file_manifest:
        manifest = pathlib.Path(arguments.source_file_manifest)
        instrumented = set(manifest.read_text(encoding="utf-8").splitlines())
    sources = collections.defaultdict(Source)
    output = pathlib.Path(arguments.output_file)
    for path in inputs(arguments):
        if pathlib.Path(path) != output:
            read(pathlib.Path(path), sources, instrumented)
    lines = [line for name in sorted(sources) for line in sources[name].record(name)]
    output.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
