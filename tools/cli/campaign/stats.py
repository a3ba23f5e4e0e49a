"""The block that a running harness shares with its watcher: fuzz/engines/stats.h from outside."""

import pathlib
import struct

from tools.cli.campaign.engine import Progress

COUNTERS = struct.Struct("=QQQQ")    # runs, steps, ops, states
STATES_BYTES = 16384                 # and a byte for each state

# Then the signatures that the engine need not stop for any more.
KNOWN_MAX = 32
SIGNATURE_BYTES = 128

FILE_BYTES = COUNTERS.size + STATES_BYTES + KNOWN_MAX * SIGNATURE_BYTES


class Stats:
    """One file for one process of an engine, zero at its start."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        path.unlink(missing_ok=True)
        path.write_bytes(bytes(FILE_BYTES))

    def tell_known(self, signatures: list[str]) -> None:
        """From now on an input that finds one of these is like any other."""
        block = b"".join(signature.encode()[:SIGNATURE_BYTES - 1].ljust(SIGNATURE_BYTES, b"\0")
                         for signature in signatures[:KNOWN_MAX])
        with self.path.open("r+b") as stream:
            stream.seek(COUNTERS.size + STATES_BYTES)
            stream.write(block)

    def read(self, progress: Progress) -> None:
        with self.path.open("rb") as stream:
            runs, steps, _ops, states = COUNTERS.unpack(stream.read(COUNTERS.size))
        if runs > 0:
            progress.execs = runs
        progress.steps = steps
        progress.states = states
