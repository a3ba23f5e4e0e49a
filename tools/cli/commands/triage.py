"""Replays every crash of a campaign, and keeps one explained trace for each distinct finding."""

import argparse
import pathlib

from rich.console import Console
from rich.progress import track

from tools.cli import files, targets, terminal
from tools.cli.campaign import afl, layout
from tools.cli.triage import buckets, dossier, page, tool

HELP = "replay, sort, minimise and explain every crash of a campaign"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--promote", action="store_true",
                        help="copy each minimised trace to corpus/regressions")
    parser.add_argument("folder", type=pathlib.Path, metavar="DIR", help="of a campaign")


def run(args: argparse.Namespace) -> int:
    campaign = layout.resume(args.folder.absolute())
    console = terminal.console()
    with files.complaints(campaign.folder):
        found = sort(campaign, console)
        folder = campaign.folder / "triage"
        real = sorted(found.real(), key=lambda bucket: bucket.signature)
        opened = [dossier.open_dossier(bucket, found.replayer(bucket), folder)
                  for bucket in steps(real, "minimising", console)]
        dossiers = [each for each in opened if each]
        if dossiers:
            page.write(folder / "index.html", dossiers)
            dossier.print_table(console, dossiers)
    if not real:
        print("nothing found")
    for line in found.others():
        print(line)
    for each in dossiers:
        print(f"{each.bucket.signature}: {files.shown(each.trace.parent)}")
        if args.promote:
            print(f"promoted to {files.shown(dossier.promote(each))}")
    return found.exit_code()


def sort(campaign: layout.Campaign, console: Console) -> buckets.Buckets:
    """Replays all crashes with the binaries of the present checkout."""
    chosen = targets.choose(campaign.target_names())
    targets.build({target: [] if target.is_program else list(tool.BYTES_VARIANTS)
                   for target in chosen}, more=tool.LABELS)
    for target in chosen:
        campaign.place(target.name).make()
        afl.collect_all(target, campaign.place(target.name))
    judge = tool.built()
    found = buckets.Buckets({target: judge.replayer(target) for target in chosen}, campaign.place)
    for target, path in steps(found.new_artifacts(), "replaying", console):
        crash = found.judge(target, path)
        found.add(crash)
        if crash.problem:
            print(crash.complaint)
    return found


def steps(items: list, what: str, console: Console):
    """The items, with a bar that shows how many are done where there is a tty."""
    if not console.is_terminal:
        return items
    return track(items, what, console=console, transient=True)
