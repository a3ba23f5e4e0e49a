"""The fuzz targets of the checkout, and the files that are built for each."""

import dataclasses
import pathlib
import shutil

from tools.cli import bazel, failure

PACKAGE = "//fuzz/targets"
PROGRAM_BYTES_MAX = 8192    # programs of several hundred ops
TEXT_BYTES_MAX = 4096


@dataclasses.dataclass(frozen=True)
class FuzzTarget:
    """A fuzz target and the folder that holds its binaries.

    Inputs of most targets are op programs, which the engines edit through the project's mutator;
    the others read any bytes.
    """

    name: str
    folder: pathlib.Path
    is_program: bool = True
    has_dictionary: bool = False

    def file(self, suffix: str) -> pathlib.Path:
        return self.folder / f"{self.name}_{suffix}"

    @property
    def bytes_max(self) -> int:
        return PROGRAM_BYTES_MAX if self.is_program else TEXT_BYTES_MAX

    @property
    def seeds(self) -> pathlib.Path:
        return self.file("corpus")

    @property
    def mutator(self) -> pathlib.Path | None:
        return self.file("afl_mutator.so") if self.is_program else None

    @property
    def dictionary(self) -> pathlib.Path | None:
        return self.folder / f"{self.name}.dict" if self.has_dictionary else None

    def labels(self, *variants: str) -> list[str]:
        """What Bazel must build for these variants and whatever they are run with."""
        names = [self.file(suffix).name for suffix in (*variants, "corpus")]
        names += [f"{self.name}_afl_mutator"] * self.is_program
        names += [f"{self.name}_dict"] * self.has_dictionary
        return [f"{PACKAGE}:{name}" for name in names]


def everything() -> list[FuzzTarget]:
    """Every fuzz target there is, by name."""
    labels = bazel.query(f"filter('_(corpus|afl_mutator|dict)$', {PACKAGE}:all)")
    names = {label.split(":")[1] for label in labels}
    folder = bazel.BIN / PACKAGE.lstrip("/")
    return [FuzzTarget(name, folder, f"{name}_afl_mutator" in names, f"{name}_dict" in names)
            for name in sorted(known.removesuffix("_corpus") for known in names
                               if known.endswith("_corpus"))]


def choose(names: list[str] | None) -> list[FuzzTarget]:
    """The targets with these names; by default those whose inputs are op programs."""
    known = {target.name: target for target in everything()}
    unknown = [name for name in names or [] if name not in known]
    if unknown:
        raise failure.Failure(f"no target '{unknown[0]}'; there are: {' '.join(known)}")
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    return [target for target in known.values() if target.is_program]


def build(wanted: dict[FuzzTarget, list[str]], more: tuple[str, ...] = ()) -> None:
    """Builds these variants of each target, with what they are run with, and more labels."""
    labels = [label for target, variants in wanted.items() for label in target.labels(*variants)]
    bazel.build(*labels, *more)


def keep(target: FuzzTarget, folder: pathlib.Path, *variants: str) -> FuzzTarget:
    """Copies what was built, so that a later build changes nothing under a long run."""
    copied = dataclasses.replace(target, folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in variants:
        replace_file(target.file(suffix), copied.file(suffix))
    for file in (target.mutator, target.dictionary):
        if file is not None:
            replace_file(file, folder / file.name)
    return copied


def replace_file(source: pathlib.Path, copy: pathlib.Path) -> None:
    """By a new file: the old one may be running."""
    copy.unlink(missing_ok=True)
    shutil.copy(source, copy)
