"""The C program behind replay, minimize, explain, explore and convert, plain and under ASan."""

import dataclasses
import pathlib

from tools.cli import bazel, failure, targets
from tools.cli.triage.replayers import BytesReplayer, ProgramReplayer, Replayer, call, last_line

LABELS = ("//fuzz/triage:triage", "//fuzz/triage:triage_asan")

# What is needed of a target that reads any bytes, and none of the C program's.
BYTES_VARIANTS = ("libfuzzer", "replay")


@dataclasses.dataclass(frozen=True)
class Tool:
    plain: pathlib.Path
    asan: pathlib.Path

    def convert(self, source: pathlib.Path, out: pathlib.Path, form: str) -> None:
        """Writes an input as "raw" bytes or as "text"."""
        result = call([self.plain, "convert", "--to", form, source, out])
        if result.returncode != 0:
            raise failure.Failure(last_line(result.stderr))

    def replayer(self, target: targets.FuzzTarget) -> Replayer:
        if target.is_program:
            return ProgramReplayer(target.name, self.plain, self.asan)
        return BytesReplayer(target)


def built() -> Tool:
    """The program as Bazel left it."""
    folder = bazel.BIN / "fuzz/triage"
    return Tool(folder / "triage", folder / "triage_asan")


def keep(folder: pathlib.Path) -> Tool:
    """Copies what is there, so that a later build changes nothing under a long run."""
    tool = built()
    kept = Tool(folder / tool.plain.name, folder / tool.asan.name)
    folder.mkdir(parents=True, exist_ok=True)
    for program, copy in ((tool.plain, kept.plain), (tool.asan, kept.asan)):
        if program.exists():
            targets.replace_file(program, copy)
    return kept
