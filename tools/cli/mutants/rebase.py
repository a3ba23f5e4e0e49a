"""Makes the patches of planted bugs fit sources that have only moved around them."""

import difflib
import pathlib
import re
import shutil
import subprocess
import tempfile

from tools.cli import failure, files

PATCHES = "mutants/patches"
SOURCE = re.compile(r"^\+\+\+ b/(\S+)", re.MULTILINE)
LOOSEST_FUZZ = 3    # context lines that may differ


def rebase(root: pathlib.Path) -> int:
    """Rewrites what can be mended; names what a person has to look at. Returns the exit code."""
    hopeless = 0
    for patch in sorted((root / PATCHES).glob("*.patch")):
        text = patch.read_text(encoding="utf-8")
        mended = refreshed(root, text)
        if mended is None:
            hopeless += 1
            print(f"{files.shown(patch)}: does not apply, not even loosely: mend it by hand")
        elif mended != text:
            files.write(patch, mended)
            print(f"{files.shown(patch)}: rebased")
    return failure.FINDINGS if hopeless else failure.NOTHING_FOUND


def refreshed(root: pathlib.Path, text: str) -> str | None:
    """The patch with today's lines and context; None if it does not apply."""
    match = SOURCE.search(text)
    name = match.group(1) if match else ""
    source = root / name
    if not source.is_file():
        return None
    changed = applied(source, name, text)
    if changed is None:
        return None
    return "".join(difflib.unified_diff(lines(source), changed, f"a/{name}", f"b/{name}"))


def applied(source: pathlib.Path, name: str, text: str) -> list[str] | None:
    with tempfile.TemporaryDirectory(prefix="slubbed-rebase-") as work:
        copy = pathlib.Path(work) / name
        copy.parent.mkdir(parents=True)
        shutil.copyfile(source, copy)
        result = subprocess.run(
            ["patch", "--quiet", "--batch", "--forward", f"--fuzz={LOOSEST_FUZZ}", "-p1",
             "--no-backup-if-mismatch", "-r", "-", "-d", work],
            input=text, text=True, capture_output=True, check=False)
        return lines(copy) if result.returncode == 0 else None


def lines(path: pathlib.Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)
