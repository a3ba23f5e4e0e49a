"""The console that tables are printed on."""

from rich.console import Console

WIDTH_ELSEWHERE = 160    # of a file or a pipe, which has none


def console() -> Console:
    made = Console()
    return made if made.is_terminal else Console(width=WIDTH_ELSEWHERE)
