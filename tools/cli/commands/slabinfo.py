"""Shows the caches of a heap as a program leaves them, in the manner of Linux's slabinfo."""

import argparse

from tools.cli import failure
from tools.cli.triage import wrapper

HELP = "run a trace and show its caches as a table; --raw as /proc/slabinfo has them"

# Linux's letters: what each shows.
LETTERS = {
    "A": ("activity", "what was allocated and freed, most first; the heap counts that"),
    "B": ("bytes", "sizes in bytes, not in K, M, G"),
    "D": ("display-active", "the same, by name"),
    "L": ("loss", "what is lost instead of space, most first"),
    "P": ("partial", "most partial slabs first"),
    "S": ("size", "most space first"),
    "T": ("totals", "least, average, largest and sum over all caches"),
    "X": ("extended", "totals, and the caches that take and lose most"),
    "e": ("empty", "only caches without slabs"),
    "i": ("inverted", "the other way round"),
    "l": ("slabs", "the table, beside what else is asked for; alone it is the default"),
    "n": ("numa", "numbers by node"),
    "r": ("report", "every attribute of each cache"),
    "s": ("shrink", "shrink each cache first"),
    "t": ("tracking", "who allocated and freed, for caches that store users"),
    "v": ("validate", "validate each cache first"),
    "z": ("zero", "caches without slabs, too"),
}

MISSING = (
    "Of Linux's options there are not: -a, -f, -1, for a heap names each cache once; -U, for"
    " nothing is reclaimed behind a program's back; -d, for debug flags are those of the trace;"
    " -o, for a constructor is all that a cache may have (--report)."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    wrapper.add_target(parser)
    parser.epilog = MISSING
    parser.add_argument("--at", metavar="OP", help="as it is behind this op, from 1; by default the"
                        " last one")
    parser.add_argument("--raw", action="store_true", help="the text of /proc/slabinfo, 2.1")
    parser.add_argument("--attributes", metavar="CACHE", help="all that can be read of this cache")
    parser.add_argument("-N", "--lines", metavar="K", help="at most K lines of the table")
    for letter, (name, text) in LETTERS.items():
        parser.add_argument(f"-{letter}", f"--{name}", dest="letters", action="append_const",
                            const=letter, help=text)
    parser.add_argument("files", nargs=1, metavar="FILE", help="trace or raw input")


def run(args: argparse.Namespace) -> int:
    target = wrapper.bytes_target(args)
    if target is not None:
        raise failure.Failure(f"{args.files[0]}: inputs of {target.name} have no caches")
    args.show = "".join(args.letters) if args.letters else None
    return wrapper.run("slabinfo", args)
