"""Stands in for afl-fuzz. FAKE_AFL says what it does, by default nothing wrong."""

import os
import pathlib
import signal
import sys
import time

MODE = os.environ.get("FAKE_AFL", "run")
words = sys.argv[1:sys.argv.index("--")]
options = dict(zip(words[::2], words[1::2]))
folder = pathlib.Path(options["-o"]) / (options.get("-M") or options["-S"])

with open(os.environ["FAKE_RECORD"], "a", encoding="utf-8") as record:
    print("afl-fuzz", *sys.argv[1:], sep="\t", file=record)

for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: sys.exit(0))
if MODE == "die":
    print("\x1b[1;91m[-] PROGRAM ABORT : \x1b[1;97mno fork server\x1b[0m")
    print("         Location : somewhere()")
    sys.exit(1)

for name in ("queue", "crashes", "hangs"):
    (folder / name).mkdir(parents=True)
for number, seed in enumerate(sorted(pathlib.Path(options["-i"]).iterdir())):
    (folder / "queue" / f"id:{number:06},time:0,orig:{seed.name}").write_bytes(seed.read_bytes())
(folder / "queue" / "id:000099,src:000000,op:x,+cov").write_text("found by afl", encoding="utf-8")
if MODE == "find":
    crash = folder / "crashes" / "id:000000,sig:06"
    crash.write_text("bad:BROKEN_RULE@alloc", encoding="utf-8")
for second in range(1, 10000):
    (folder / "plot_data").write_text(
        f"# relative_time, ...\n{second}, 1, 1, 17, 0, 0, 0.2%, 0, 0, 2, 50.00, {second * 50}, 23\n",
        encoding="utf-8")
    time.sleep(0.1)
