"""Repeated measurements: their median, and how far they lie apart."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Spread:
    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:,.2f} ({self.least:,.2f} to {self.most:,.2f})"

    def as_json(self) -> dict[str, float]:
        return {"median": self.median, "min": self.least, "max": self.most}


def of(values: list[float]) -> Spread:
    return Spread(statistics.median(values), min(values), max(values))
