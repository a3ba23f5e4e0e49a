"""What a campaign came to, for the terminal."""

from tools.cli import duration, files
from tools.cli.campaign import display, layout
from tools.cli.triage.buckets import Buckets
from tools.cli.triage.dossier import Dossier, open_dossier

EXPLANATIONS_SHOWN = 3    # in full; of further findings one line each
TRACE_LINES_SHOWN = 30


def say(campaign: layout.Campaign, found: Buckets) -> None:
    """Prints the sums, and each distinct finding with its explanation."""
    record = campaign.record
    print(f"\n{duration.render(record.seconds)} in all, in {files.shown(campaign.folder)}")
    for key, done in record.done.items():
        print(f"  {key}: {display.quantity(done.execs)} execs, {display.quantity(done.steps)}"
              f" steps in {done.seconds:.0f} s; {done.edges} edges, {done.states} states")
    real = found.real()
    if not real:
        print("nothing found")
    for number, bucket in enumerate(real):
        dossier = open_dossier(bucket, found.replayer(bucket), campaign.folder / "triage")
        if dossier:
            say_finding(dossier, number < EXPLANATIONS_SHOWN)
    for line in found.others():
        print(line)
    print(f"go on with: ./slubbed fuzz --resume {files.shown(campaign.folder)}")


def say_finding(dossier: Dossier, in_full: bool) -> None:
    best = dossier.bucket.best
    print(f"\n{dossier.bucket.signature} in {best.target.name}, {dossier.size}:"
          f" {dossier.command}")
    if in_full:
        trace = dossier.trace.read_text(encoding="utf-8", errors="backslashreplace").splitlines()
        for line in trace[:TRACE_LINES_SHOWN]:
            print(f"    {line}")
        if len(trace) > TRACE_LINES_SHOWN:
            print(f"    ... and {len(trace) - TRACE_LINES_SHOWN} lines")
        print(f"\n{dossier.explanation}")
