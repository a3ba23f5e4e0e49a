"""Stands in for NAME_random. FAKE_RANDOM says what it does, by default nothing wrong."""

import os
import pathlib
import sys
import time

options = dict(zip(sys.argv[1:-1:2], sys.argv[2:-1:2]))
with open(os.environ["FAKE_RECORD"], "a", encoding="utf-8") as record:
    print("random", *sys.argv[1:], sep="\t", file=record)
if os.environ.get("FAKE_RANDOM") == "find":
    path = pathlib.Path(options["--out"]) / "random-123"
    path.write_text(os.environ["FAKE_CONTENT"], encoding="utf-8")
    print(f"input written to {path}", file=sys.stderr)
    print('{"execs": 77, "seconds": 0.1, "found": "X"}')
    sys.exit(1)
time.sleep(float(options["--seconds"]))
