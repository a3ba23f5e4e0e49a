#!/usr/bin/env python3
"""Checks dictionaries and joins them: merge_dicts.py OUTPUT INPUT...

The syntax is what libFuzzer and AFL++ both read: a line is empty, a comment that starts with '#',
or an optional name, '=' and a quoted value, in which a quote, a backslash and any byte that is not
printable ASCII are written \\", \\\\ and \\xNN.
"""

import re
import sys

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
VALUE = r'"(?:[ !#-\[\]-~]|\\["\\]|\\x[0-9A-Fa-f]{2})+"'
ENTRY = re.compile(rf"(?:{NAME}[ \t]*=[ \t]*)?({VALUE})")


def entries(path):
    """Yields the quoted value of each entry; raises ValueError naming the line."""
    with open(path, "rb") as stream:
        for number, raw in enumerate(stream, 1):
            line = raw.decode("latin-1").strip()
            if not line or line.startswith("#"):
                continue
            match = ENTRY.fullmatch(line)
            if not match:
                raise ValueError(f"{path}:{number}: not a dictionary entry: {line}")
            yield match.group(1)


def main(output, *inputs):
    try:
        values = dict.fromkeys(value for path in inputs for value in entries(path))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    with open(output, "w", encoding="ascii") as stream:
        stream.writelines(value + "\n" for value in values)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
