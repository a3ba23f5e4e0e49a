"""What a campaign looks like while it runs: a live table, or plain lines where there is no tty."""

import dataclasses
import sys
import time

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tools.cli import duration

EVENTS_SHOWN = 6
PLAIN_PERIOD_SECONDS = 10

COLUMNS = ("target", "engine", "", "exec/s", "steps/s", "execs", "edges", "states", "corpus",
           "findings")


@dataclasses.dataclass
class Row:
    """One engine on one target, as it stands."""

    target: str
    engine: str
    state: str = "waits"    # runs, waits, gave up, done
    execs_per_second: float = 0
    steps_per_second: float = 0
    execs: int = 0
    edges: int = 0
    states: int = 0
    corpus: int = 0
    findings: int = 0


def quantity(number: float) -> str:
    """A few digits: 9876, 12.3k, 4.5M; a dash for nothing."""
    if number < 1:
        return "-"
    if number < 1e4:
        return f"{number:.0f}"
    for limit, scale, unit in ((1e6, 1e3, "k"), (1e9, 1e6, "M")):
        if number < limit:
            return f"{number / scale:.1f}{unit}"
    return f"{number / 1e9:.1f}G"


def cells(row: Row) -> list[str]:
    return [row.target, row.engine, row.state, *map(quantity, (
        row.execs_per_second, row.steps_per_second, row.execs, row.edges, row.states, row.corpus,
        row.findings))]


class LiveDisplay:
    """A table that is drawn over and over, with the last events below it."""

    def __init__(self, console: Console):
        self._live = Live(console=console, auto_refresh=False, transient=False)
        self._events: list[str] = []

    def __enter__(self) -> "LiveDisplay":
        self._live.__enter__()
        return self

    def __exit__(self, *exception) -> None:
        self._live.__exit__(*exception)

    def event(self, text: str) -> None:
        self._events.append(text)

    def show(self, seconds: float, seconds_total: float | None, rows: list[Row]) -> None:
        total = f" of {duration.render(seconds_total)}" if seconds_total is not None else ""
        table = Table(title=f"{duration.render(seconds)}{total}", title_justify="left", box=None,
                      pad_edge=False)
        for column in COLUMNS:
            table.add_column(column, justify="left" if column in COLUMNS[:3] else "right")
        for row in rows:
            style = {"runs": "bold", "gave up": "red"}.get(row.state, "dim")
            table.add_row(*cells(row), style=style)
        lines = [Text(event) for event in self._events[-EVENTS_SHOWN:]]
        self._live.update(Group(table, *lines), refresh=True)


class PlainDisplay:
    """Lines for a file or a pipe: each event at once, each running engine now and then."""

    def __init__(self, stream=sys.stdout, period: float = PLAIN_PERIOD_SECONDS):
        self._stream = stream
        self._period = period
        self._shown = time.monotonic() - period / 2

    def __enter__(self) -> "PlainDisplay":
        return self

    def __exit__(self, *exception) -> None:
        pass

    def event(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def show(self, seconds: float, _seconds_total: float | None, rows: list[Row]) -> None:
        if time.monotonic() - self._shown < self._period:
            return
        self._shown = time.monotonic()
        for row in rows:
            if row.state == "runs":
                print(f"{duration.render(seconds)} {row.target} {row.engine}:"
                      f" {quantity(row.execs_per_second)} exec/s,"
                      f" {quantity(row.steps_per_second)} steps/s, {quantity(row.edges)} edges,"
                      f" {quantity(row.states)} states, corpus {quantity(row.corpus)},"
                      f" {row.findings} findings",
                      file=self._stream, flush=True)


def make():
    console = Console()
    return LiveDisplay(console) if console.is_terminal else PlainDisplay()
