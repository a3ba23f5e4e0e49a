"""Tells what is wrong with a program, in words and a picture."""

import argparse

from tools.cli.triage import wrapper

HELP = "tell what is wrong: the rule, the object's story, the slab drawn"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    wrapper.add_target(parser)
    parser.add_argument("files", nargs=1, metavar="FILE", help="trace or raw input")


def run(args: argparse.Namespace) -> int:
    return wrapper.run("explain", args)
