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
if MODE == "record-seeds":
    given = [path.read_text(encoding="utf-8") for path in pathlib.Path(options["-i"]).iterdir()]
    record_path = pathlib.Path(os.environ["FAKE_RECORD"]).with_name("given")
    record_path.write_text("\n".join(given), encoding="utf-8")
if MODE == "find":
    crash = folder / "crashes" / "id:000000,sig:06"
    content = os.environ.get("FAKE_CONTENT", "bad:BROKEN_RULE@alloc")
    crash.write_text(content, encoding="utf-8")
    if "AFL_BENCH_UNTIL_CRASH" in os.environ:
        sys.exit(0)
for second in range(1, 10000):
    (folder / "plot_data").write_text(
        "# relative_time, ...\n"
        f"{second}, 1, 1, 17, 0, 0, 0.2%, 0, 0, 2, 50.00, {second * 50}, 23\n",
        encoding="utf-8")
    time.sleep(0.1)
