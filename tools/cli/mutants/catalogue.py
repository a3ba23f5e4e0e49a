"""The planted bugs (mutants/catalogue.bzl), and what is built of each."""

import dataclasses
import json
import pathlib

from tools.cli import bazel, failure

PACKAGE = "//mutants"
LABEL = f"{PACKAGE}:catalogue.json"

BUG = "bug"          # of the past; each must be found
CANARY = "canary"    # trivial; must be found at once
NOOP = "noop"        # changes nothing; must never be found


@dataclasses.dataclass(frozen=True)
class Mutant:
    id: str
    kind: str
    area: str
    target: str    # name of the fuzz target that can find it
    rule: str      # what it breaks, in a sentence

    def label(self, variant: str) -> str:
        return f"{PACKAGE}:{self.id}_{variant}"

    def file(self, variant: str) -> pathlib.Path:
        return bazel.BIN / PACKAGE.lstrip("/") / f"{self.id}_{variant}"


def read() -> list[Mutant]:
    bazel.build(LABEL)
    path = bazel.BIN / "mutants" / "catalogue.json"
    names = [field.name for field in dataclasses.fields(Mutant)]
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Mutant(**{name: row[name] for name in names}) for row in rows]


def choose(ids: list[str], kinds: tuple[str, ...]) -> list[Mutant]:
    """The mutants with these ids, or without ids all of these kinds."""
    known = {mutant.id: mutant for mutant in read()}
    unknown = [name for name in ids if name not in known]
    if unknown:
        raise failure.Failure(f"no mutant '{unknown[0]}'; there are: {' '.join(known)}")
    if ids:
        return [known[name] for name in dict.fromkeys(ids)]
    return [mutant for mutant in known.values() if mutant.kind in kinds]
