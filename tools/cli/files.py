"""Files, as the commands write them: never half of one, never twice the same."""

import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import tempfile

from tools.cli import failure


def content_name(data: bytes) -> str:
    """The name libFuzzer gives an input: the same content has the same name everywhere."""
    return hashlib.sha1(data).hexdigest()


def slug(text: str) -> str:
    """text as part of a file name."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.") or "unnamed"


def shown(path: pathlib.Path) -> str:
    """A path as short as it can be for somebody who stands here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def write(path: pathlib.Path, data: bytes | str) -> None:
    """Writes under a temporary name and renames; what was there stays until all is written."""
    content = data.encode() if isinstance(data, str) else data
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def add_input(folder: pathlib.Path, data: bytes) -> bool:
    """Adds an input to a corpus; false if it was there."""
    path = folder / content_name(data)
    if path.exists():
        return False
    write(path, data)
    return True


def link(source: pathlib.Path, copy: pathlib.Path) -> None:
    """A second name for a file that is never written again, or a copy where there are no links."""
    try:
        os.link(source, copy)
    except OSError:
        shutil.copyfile(source, copy)


def inputs(folder: pathlib.Path) -> list[pathlib.Path]:
    """The files of a folder, sorted, less hidden ones; none where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir()
                  if path.is_file() and not path.name.startswith("."))


def make_folder(path: pathlib.Path) -> pathlib.Path:
    """Makes the folder and proves that it can be written to, or gives up with one line."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path, prefix=".probe-") as probe:
            probe.write(bytes(4096))
    except OSError as error:
        raise failure.Failure(f"cannot write to {path}: {error.strerror}") from error
    return path


def free_bytes(path: pathlib.Path) -> int:
    return shutil.disk_usage(path).free


@contextlib.contextmanager
def complaints(what: pathlib.Path | str):
    """Turns whatever the file system says inside into one line and exit code 2."""
    try:
        yield
    except OSError as error:
        raise failure.Failure(f"{error.filename or what}: {error.strerror}") from error
