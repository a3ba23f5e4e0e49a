"""Ctrl-C and SIGTERM, turned into a wish that is looked at when it suits."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def asked_to_stop():
    """Gives an event that the first signal sets; the second raises KeyboardInterrupt."""
    asked = threading.Event()

    def handle(_signal, _frame):
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
