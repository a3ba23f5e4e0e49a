"""Keeps the corpora of a long campaign small: between turns, when they have grown a lot."""

import threading

from tools.cli import failure, files, merging
from tools.cli.campaign import layout
from tools.cli.targets import FuzzTarget

# libFuzzer writes a file for each shorter input of the same coverage and deletes none.
GROWTH_INPUTS = 4000
GROWTH_BYTES = 256 << 20


class Upkeep:
    def __init__(self, campaign: layout.Campaign, stop: threading.Event):
        self._campaign = campaign
        self._stop = stop
        self._sizes: dict[FuzzTarget, tuple[int, int]] = {}    # after the last merge

    def tend(self, target: FuzzTarget) -> str | None:
        """Merges the corpus if it has grown enough. Returns what there is to say about it."""
        inputs, size = self._measure(target)
        inputs_before, size_before = self._sizes.get(target, (0, 0))
        if inputs < inputs_before + GROWTH_INPUTS and size < size_before + GROWTH_BYTES:
            return None
        place = self._campaign.place(target.name)
        try:
            merging.replace_corpus(target, place.corpus, place.folder / "merge", self._look_up)
        except failure.Failure as problem:
            return f"{problem}; the corpus stays as it is"
        except InterruptedError:
            return None
        self._sizes[target] = self._measure(target)
        return f"corpus of {target.name}: {inputs} inputs became {self._sizes[target][0]}"

    def _look_up(self, _done: int, _total: int) -> None:
        if self._stop.is_set():
            raise InterruptedError

    def _measure(self, target: FuzzTarget) -> tuple[int, int]:
        sizes = [path.stat().st_size
                 for path in files.inputs(self._campaign.place(target.name).corpus)]
        return len(sizes), sum(sizes)
