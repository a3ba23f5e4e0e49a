"""Lengths of time on the command line: 90, 90s, 5m, 8h, 2d."""

import argparse
import re

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def parse(text: str) -> float:
    """For argparse: the seconds that text means, more than 0."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    seconds = float(match.group(1)) * SECONDS[match.group(2)] if match else 0
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no length of time such as 90s, 5m or 8h")
    return seconds


def render(seconds: float) -> str:
    """1:02:03, without the hours if there are none."""
    hours, rest = divmod(int(seconds), 3600)
    clock = f"{rest // 60:02}:{rest % 60:02}"
    return f"{hours}:{clock}" if hours else clock


def parse_or_forever(text: str) -> float | None:
    return None if text == "forever" else parse(text)
