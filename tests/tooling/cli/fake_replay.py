"""Stands in for NAME_replay: an input "bad:SIGNATURE ..." is found with that signature."""

import pathlib
import sys

path = pathlib.Path(sys.argv[1])
content = "" if path.is_dir() else path.read_text(encoding="utf-8")
if content.startswith("bad:"):
    print(f"{sys.argv[1]}: found {content.split()[0][4:]}")
    sys.exit(1)
