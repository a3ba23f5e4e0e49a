"""Finds the subcommand and runs it; turns whatever goes wrong into an exit code."""

import argparse
import importlib
import os
import pkgutil
import signal
import sys
import traceback

from tools.cli import commands, failure

NAMES = ["setup"] + sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
SETUP_HELP = "install what is missing from Debian packages"


class Parser(argparse.ArgumentParser):
    """Says what is wrong on one line."""

    def error(self, message):
        raise failure.Failure(f"{message} (see {self.prog} --help)")


def load(name):
    return importlib.import_module(f"tools.cli.commands.{name}")


def help_text():
    lines = ["usage: ./slubbed COMMAND [OPTIONS]", ""]
    for name in NAMES:
        # tools/setup.sh is the setup command: it runs before there is a Python.
        lines.append(f"  {name:10} {SETUP_HELP if name == 'setup' else load(name).HELP}")
    lines += ["", "./slubbed COMMAND --help tells more. Exit codes: 0 nothing found, 1 findings,",
              "2 usage or bad input, 3 the bed itself failed, 130 interrupted."]
    return "\n".join(lines)


def main(argv):
    if not argv or argv[0] in ("-h", "--help"):
        print(help_text())
        return failure.NOTHING_FOUND if argv else failure.BAD_INPUT
    if argv[0] not in NAMES:
        raise failure.Failure(f"no command '{argv[0]}'; there are: {' '.join(NAMES)}")
    command = load(argv[0])
    parser = Parser(prog=f"./slubbed {argv[0]}", description=command.HELP)
    command.add_arguments(parser)
    return command.run(parser.parse_args(argv[1:]))


def stop(_signal, _frame):
    raise KeyboardInterrupt


def guarded_main(argv):
    signal.signal(signal.SIGTERM, stop)
    try:
        return main(argv)
    except failure.Failure as problem:
        print(f"slubbed: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        print("slubbed: interrupted", file=sys.stderr)
        return failure.INTERRUPTED
    except BrokenPipeError:
        # The reader has gone: nothing more is to be said, not even by the interpreter's exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return failure.NOTHING_FOUND
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
        return failure.BED_FAILED


if __name__ == "__main__":
    sys.exit(guarded_main(sys.argv[1:]))
