"""Merges corpora and campaigns into the smallest corpus of equal coverage."""

import argparse
import contextlib
import json
import pathlib
import shutil

from rich.console import Console
from rich.progress import Progress

from tools.cli import failure, files, merging, targets
from tools.cli.campaign import layout
from tools.cli.triage import tool

HELP = "merge corpora and campaigns into the smallest corpus of equal coverage"

WORK = ".merge"    # in the output folder, until all is done
ASKED = ".asked.json"    # in that: what the merge is of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", metavar="T", help="the target that the inputs are of; without"
                        " it, each DIR is a campaign, or holds a folder for each target")
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="DIR",
                        help="new folder; without --target, a folder for each target is made in it")
    parser.add_argument("--text", action="store_true", help="write traces instead of raw bytes")
    parser.add_argument("sources", type=pathlib.Path, nargs="+", metavar="DIR",
                        help="a corpus of raw inputs and, if they are programs, *.trace files; or a"
                        " campaign")


def run(args: argparse.Namespace) -> int:
    with files.complaints(args.out):
        for source in args.sources:
            if not source.is_dir():
                raise failure.Failure(f"{source}: no such folder")
        work = gather(args)
        take_output(args)
        targets.build({target: [merging.VARIANT_PLAIN] for target in work}, more=(tool.LABELS[0],))
        for target, folders in work.items():
            place = args.out.absolute() if args.target else args.out.absolute() / target.name
            merge(target, folders, place, args)
        shutil.rmtree(args.out / WORK)
    return failure.NOTHING_FOUND


def take_output(args: argparse.Namespace) -> None:
    """The folder is empty, not there, or left behind by an interrupted merge of the same."""
    note = args.out / WORK / ASKED
    asked = json.dumps([args.target, args.text, *(str(each.absolute()) for each in args.sources)])
    if note.exists():
        if note.read_text(encoding="utf-8") != asked:
            raise failure.Failure(f"{args.out} holds an interrupted merge of something else")
    elif args.out.is_dir() and any(path.name != WORK for path in args.out.iterdir()):
        raise failure.Failure(f"{args.out} is not empty")
    files.write(files.make_folder(note.parent) / ASKED, asked)


def gather(args: argparse.Namespace) -> dict[targets.FuzzTarget, list[pathlib.Path]]:
    """The folders of inputs, by target."""
    if args.target:
        target, = targets.choose([args.target])
        return {target: [inputs_of(source, target) or corpus(source, target)
                         for source in args.sources]}
    found: dict[targets.FuzzTarget, list[pathlib.Path]] = {}
    for target in targets.everything():
        folders = [inputs_of(source, target) for source in args.sources]
        if any(folders):
            found[target] = [folder for folder in folders if folder]
    if not found:
        raise failure.Failure("no DIR is a campaign, or holds folders named for targets; "
                              "is --target missing?")
    return found


def inputs_of(source: pathlib.Path, target: targets.FuzzTarget) -> pathlib.Path | None:
    """The folder of this target's inputs in a campaign, or in a folder of corpora."""
    for folder in (layout.Place(source / target.name).corpus, source / target.name):
        if folder.is_dir():
            return folder
    return None


def corpus(source: pathlib.Path, target: targets.FuzzTarget) -> pathlib.Path:
    """The folder itself, unless it is known to be none of inputs alone."""
    if (source / layout.RECORD).exists():
        raise failure.Failure(f"{source} is a campaign without {target.name}")
    return source


def merge(target: targets.FuzzTarget, folders: list[pathlib.Path], place: pathlib.Path,
          args: argparse.Namespace) -> None:
    work = files.make_folder(args.out.absolute() / WORK / target.name)
    sources = [gathered(target, folder, files.make_folder(work / f"source{number}"))
               for number, folder in enumerate(folders)]
    before = sum(len(files.inputs(source)) for source in sources)
    with progress_of(target) as report:
        program = target.file(merging.VARIANT_PLAIN)
        result = merging.smallest(program, sources, work, report)
    files.make_folder(place)
    after = files.inputs(result)
    for path in after:
        put(path, place, args.text and target.is_program)
    print(f"{target.name}: {before} inputs became {len(after)} of equal coverage", flush=True)


def gathered(target: targets.FuzzTarget, folder: pathlib.Path,
             work: pathlib.Path) -> pathlib.Path:
    """A folder of raw inputs by content: traces of programs encoded, all others as they are."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        if target.is_program and path.suffix == ".trace":
            tool.built().convert(path, work / ".raw", "raw")
            path = work / ".raw"
        files.add_input(work, path.read_bytes())
    (work / ".raw").unlink(missing_ok=True)
    return work


def put(path: pathlib.Path, place: pathlib.Path, as_text: bool) -> None:
    if as_text:
        tool.built().convert(path, place / f"{path.name}.trace", "text")
    else:
        files.write(place / path.name, path.read_bytes())


@contextlib.contextmanager
def progress_of(target: targets.FuzzTarget):
    """Gives a function that shows how many of how many files are done; silent without a tty."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(f"merging {target.name}", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
