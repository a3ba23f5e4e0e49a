"""Stands in for the C program: an input "bad:SIGNATURE ..." is found with that signature.

So is an input "planted:SIGNATURE ...", by the program of a planted bug only. Inputs "stuck"
and "mute" cannot be replayed, one "bad:SIGNATURE stubborn" not minimised.
"""

import json
import pathlib
import subprocess
import sys

command, *words = sys.argv[1:]
words = [part for word in words for part in word.split("=", 1) if part != "--"]
path = pathlib.Path(words[-2 if command == "convert" else -1])
if not path.exists():
    print(f"{path}: No such file or directory", file=sys.stderr)
    sys.exit(2)
if path.is_dir():
    for each in sorted(path.iterdir()):
        subprocess.run([sys.argv[0], *sys.argv[1:-1], str(each)], check=False)
    sys.exit(0)
content = path.read_text(encoding="utf-8")
if content == "mute":
    sys.exit(1)
if content == "stuck" or command == "minimize" and content.endswith(" stubborn"):
    print("out of luck", file=sys.stderr)
    sys.exit(3)
signature = content.split()[0][4:] if content.startswith("bad:") else None
if content.startswith("planted:") and "_triage" in sys.argv[0]:
    signature = content.split()[0].removeprefix("planted:")
if signature and signature.endswith("?") and not sys.argv[0].endswith("_asan"):
    signature = None    # only ASan sees it

if command == "replay":
    print(json.dumps({"file": str(path), "signature": signature, "ops": len(content.split()),
                      "change_points": 0}))
elif command == "minimize":
    pathlib.Path(words[words.index("--out") + 1]).write_text(content.split()[0], encoding="utf-8")
elif command == "explain":
    print(f"why {signature} is bad")
elif command == "convert":
    form = words[words.index("--to") + 1]
    bare = content.removeprefix("text ")
    pathlib.Path(words[-1]).write_text(bare if form == "raw" else f"text {bare}", encoding="utf-8")
sys.exit(1 if signature and command != "convert" else 0)
