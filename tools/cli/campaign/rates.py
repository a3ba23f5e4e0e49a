"""Rates of counters that only grow, over the last few seconds."""

import collections

WINDOW_SECONDS = 6


class Rate:
    def __init__(self) -> None:
        self._points: collections.deque[tuple[float, int]] = collections.deque()

    def add(self, seconds: float, count: int) -> None:
        """Notes the counter at a time; a counter that fell has begun anew."""
        if self._points and count < self._points[-1][1]:
            self._points.clear()
        self._points.append((seconds, count))
        while len(self._points) > 2 and self._points[1][0] <= seconds - WINDOW_SECONDS:
            self._points.popleft()

    def per_second(self) -> float:
        if len(self._points) < 2:
            return 0
        (first, before), (last, after) = self._points[0], self._points[-1]
        return (after - before) / (last - first) if last > first else 0
