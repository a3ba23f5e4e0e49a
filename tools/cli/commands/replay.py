"""Runs inputs again and judges every step."""

import argparse

from tools.cli.triage import wrapper

HELP = "run traces or raw inputs again; --verbose tells each step and what it changed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    wrapper.add_target(parser)
    parser.add_argument("--verbose", action="store_true", help="tell each step")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("files", nargs="+", metavar="FILE", help="file or folder of inputs")


def run(args: argparse.Namespace) -> int:
    return wrapper.run("replay", args)
