"""Stands in for NAME_replay of a target that reads any bytes."""

import pathlib
import sys

content = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
if content.startswith("bad:"):
    print(f"{sys.argv[1]}: found {content.split()[0][4:]}")
    sys.exit(1)
