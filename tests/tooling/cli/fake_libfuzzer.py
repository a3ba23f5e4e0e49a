"""Stands in for a libFuzzer binary. FAKE_LIBFUZZER says what it does, by default nothing wrong."""

import os
import pathlib
import signal
import sys
import time

MODE = os.environ.get("FAKE_LIBFUZZER", "run")
options = dict(word[1:].split("=", 1) for word in sys.argv[1:] if word.startswith("-"))
paths = [pathlib.Path(word) for word in sys.argv[1:] if not word.startswith("-")]

with open(os.environ["FAKE_RECORD"], "a", encoding="utf-8") as record:
    print(pathlib.Path(sys.argv[0]).name, *sys.argv[1:], sep="\t", file=record)


def say(text):
    print(text, file=sys.stderr, flush=True)


def stop(_signal, _frame):
    say("stat::number_of_executed_units: 5000")
    sys.exit(0)


def merge():
    """Keeps the first file of each beginning letter."""
    result, *sources = paths
    inputs = sorted(path for source in sources for path in source.iterdir())
    say(f"MERGE-OUTER: {len(inputs)} files, 0 in the initial corpus, 0 processed earlier")
    kept = {path.read_bytes()[:1]: path for path in reversed(inputs)}
    for path in kept.values():
        (result / path.name).write_bytes(path.read_bytes())
    say(f"#{len(inputs)}\tDONE   cov: 4 exec/s: 0 rss: 27Mb")


def minimize():
    """Keeps the first word, or writes something else altogether."""
    word = "else" if MODE == "drift" else paths[0].read_text(encoding="utf-8").split()[0]
    pathlib.Path(options["exact_artifact_path"]).write_text(word, encoding="utf-8")


def find(number):
    content = f"{os.environ.get('FAKE_CONTENT', 'bad:BROKEN_RULE@free')} {number}"
    name = f"{options['artifact_prefix']}crash-{number:040x}"
    pathlib.Path(name).write_text(content, encoding="utf-8")
    say(f"artifact_prefix='{options['artifact_prefix']}'; Test unit written to {name}")
    sys.exit(77)


def run():
    signal.signal(signal.SIGINT, stop)
    if MODE == "die":
        say("something terrible happened")
        sys.exit(7)
    if MODE == "find":
        time.sleep(0.2)
        find(os.getpid())
    (paths[0] / "b1").write_text("new", encoding="utf-8")
    for number in range(1, 10000):
        say(f"#{number * 100}\tNEW    cov: {number} ft: 6 corp: 3/20b lim: 8192 exec/s: 50"
            " rss: 31Mb")
        time.sleep(0.1)


if MODE == "merge-dies":
    say("cannot merge")
    sys.exit(9)
elif "set_cover_merge" in options:
    merge()
elif "minimize_crash" in options:
    minimize()
else:
    run()
