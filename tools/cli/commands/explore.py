"""Tries the schedules of one program: all with few preemptions, or some by a strategy."""

import argparse

from tools.cli.triage import wrapper

HELP = "try all schedules of a program with at most K preemptions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preemptions", type=int, metavar="K", help="at most; by default 2")
    parser.add_argument("--strategy", metavar="S", help="exhaustive, which is the default, random,"
                        " pct or round_robin")
    parser.add_argument("--runs", type=int, metavar="N", help="schedules by a strategy that is not"
                        " exhaustive; by default 1000")
    parser.add_argument("--seed", type=int, metavar="X", help="of the first such schedule")
    parser.add_argument("--out", metavar="FILE", help="where the trace of a failing schedule goes;"
                        " by default it is printed")
    parser.add_argument("--asan", action="store_true", help="under ASan, for what only it sees")
    parser.add_argument("files", nargs=1, metavar="FILE", help="trace or raw input; what comes"
                        " before its first cpu line is done first, as it stands")


def run(args: argparse.Namespace) -> int:
    return wrapper.run("explore", args)
