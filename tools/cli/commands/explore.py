"""Runs a program under many schedules: who runs between any two accesses to shared memory."""

import argparse

from tools.cli.triage import wrapper

HELP = "run every schedule of a trace with few preemptions; --strategy picks some instead"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preemptions", metavar="K", help="at most, or with random on average; by"
                        " default 2")
    parser.add_argument("--strategy", metavar="S", help="exhaustive, which is the default, random,"
                        " pct or round_robin")
    parser.add_argument("--runs", metavar="N", help="schedules that are run; by default 10000, or"
                        " all if exhaustive")
    parser.add_argument("--seed", metavar="X", help="of random and pct; by default 0")
    parser.add_argument("--every-point", action="store_true", help="preempt also where it can make"
                        " no difference, should there be no data race")
    parser.add_argument("--out", metavar="FILE", help="the trace of the first schedule that fails;"
                        " by default the standard output")
    parser.add_argument("--asan", action="store_true", help="under ASan, for what only it sees")
    parser.add_argument("files", nargs=1, metavar="FILE", help="trace or raw input: what comes"
                        " before its first cpu line is the set-up, and those lines say whose the"
                        " other ops are")


def run(args: argparse.Namespace) -> int:
    return wrapper.run("explore", args)
