"""Makes a program as short as it can be for what is wrong with it."""

import argparse

from tools.cli import arguments
from tools.cli.triage import wrapper

HELP = "find the shortest program with the same signature"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    wrapper.add_target(parser)
    parser.add_argument("--out", metavar="FILE", help="the trace, or whatever the target reads; by"
                        " default FILE.min.trace")
    parser.add_argument("--seconds", type=arguments.positive, metavar="S",
                        help="at most; by default 10")
    parser.add_argument("--json", action="store_true", help="tell the result as JSON")
    parser.add_argument("files", nargs=1, metavar="FILE", help="trace or raw input")


def run(args: argparse.Namespace) -> int:
    return wrapper.run("minimize", args)
