"""Lengths of time on the command line: 90, 90s, 5m, 8h, 2d."""

import argparse
import re

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
SECONDS_MAX = 1_000_000_000      # engines read a number of 32 bits
SECONDS_MIN_CAMPAIGN = 1         # below that no engine has begun


def parse(text: str) -> float:
    """For argparse: the seconds that text means, above 0 and no more than engines take."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    seconds = float(match.group(1)) * SECONDS[match.group(2)] if match else 0
    if not 0 < seconds <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"'{text}' is no length of time such as 90s, 5m or 8h")
    return seconds


def parse_campaign(text: str) -> float | None:
    """The same for a campaign, which may go on forever: None."""
    if text == "forever":
        return None
    seconds = parse(text)
    if seconds < SECONDS_MIN_CAMPAIGN:
        raise argparse.ArgumentTypeError(f"'{text}' is too short: an engine takes 1s to begin")
    return seconds


def render(seconds: float) -> str:
    """1:02:03, without the hours if there are none."""
    hours, rest = divmod(int(seconds), 3600)
    clock = f"{rest // 60:02}:{rest % 60:02}"
    return f"{hours}:{clock}" if hours else clock
