"""Turns raw inputs into traces and back."""

import argparse

from tools.cli.triage import wrapper

HELP = "write a program in its canonical spelling, as bytes or as a trace"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", required=True, choices=["raw", "text"], help="the form to write")
    parser.add_argument("files", nargs=2, metavar="FILE", help="input and output; - is a pipe")


def run(args: argparse.Namespace) -> int:
    return wrapper.run("convert", args)
