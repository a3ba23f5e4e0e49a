"""Stands in for NAME_threads. FAKE_THREADS says what it does, by default nothing wrong.

Under the name of the allocator as it is, FAKE_UNMUTATED says it.
"""

import os
import signal
import sys
import time

RACE = "SUMMARY: ThreadSanitizer: data race allocator/base/list.h:68:22 in list_remove"
MODULE = "SUMMARY: ThreadSanitizer: data race (a program+0x12) (BuildId: 12) in memset"
BLIND = "SUMMARY: ThreadSanitizer: data race (a program+0x12)"
SAYINGS = {"race": (RACE, 66), "module": (MODULE, 66), "blind": (BLIND, 66), "dumb": ("", 66),
           "content": ("churn: content@slot", 1), "refuse": ("usage: something else", 2)}
SIGNALS = {"crash": signal.SIGSEGV, "trap": signal.SIGILL}

variable = "FAKE_UNMUTATED" if sys.argv[0].endswith("native_churn_tsan") else "FAKE_THREADS"
mode = os.environ.get(variable)
with open(os.environ["FAKE_RECORD"], "a", encoding="utf-8") as record:
    print("threads", os.environ["TSAN_OPTIONS"], *sys.argv[1:], sep="\t", file=record)
if mode in SAYINGS:
    text, code = SAYINGS[mode]
    print(text, file=sys.stderr)
    sys.exit(code)
if mode in SIGNALS:
    os.kill(os.getpid(), SIGNALS[mode])
if mode == "race-hang":
    print(RACE, flush=True)
time.sleep(1000 if mode in ("hang", "race-hang") else float(sys.argv[1]))
print('{"ops": 77}')
