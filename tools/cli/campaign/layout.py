"""The folder of a campaign, and the record in it."""

import dataclasses
import fcntl
import json
import os
import pathlib

from tools.cli import failure, files

FORMAT = 1
RECORD = "campaign.json"
ENGINES = ("all", "libfuzzer", "afl")


@dataclasses.dataclass(frozen=True)
class Place:
    """The part of a campaign's folder that belongs to one target."""

    folder: pathlib.Path

    @property
    def corpus(self) -> pathlib.Path:
        return self.folder / "corpus"

    @property
    def artifacts(self) -> pathlib.Path:
        return self.folder / "artifacts"

    @property
    def afl(self) -> pathlib.Path:
        return self.folder / "afl"

    @property
    def logs(self) -> pathlib.Path:
        return self.folder / "logs"

    def make(self) -> None:
        for folder in (self.corpus, self.artifacts, self.afl, self.logs):
            files.make_folder(folder)


@dataclasses.dataclass
class Done:
    """What one engine has done on one target, over all the time of a campaign."""

    seconds: float = 0
    execs: int = 0
    steps: int = 0
    edges: int = 0
    states: int = 0


@dataclasses.dataclass
class Record:
    """What campaign.json holds."""

    targets: list[str]    # that were ever fuzzed in it
    engine: str
    seconds: float = 0
    done: dict[str, Done] = dataclasses.field(default_factory=dict)    # by "TARGET ENGINE"

    def add_targets(self, names: list[str]) -> None:
        self.targets = list(dict.fromkeys([*self.targets, *names]))

    def to_json(self) -> str:
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Record":
        """Raises ValueError if text is no such record."""
        try:
            fields = json.loads(text)
            if fields.pop("format") != FORMAT:
                raise ValueError("made by another version")
            done = {key: Done(**row) for key, row in fields.pop("done", {}).items()}
            record = cls(**fields, done=done)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("not the record of a campaign") from error
        record.check()
        return record

    def check(self) -> None:
        names = isinstance(self.targets, list) and all(isinstance(name, str)
                                                       for name in self.targets)
        numbers = [self.seconds, *(number for done in self.done.values()
                                   for number in dataclasses.astuple(done))]
        if not (names and all(isinstance(number, (int, float)) for number in numbers)):
            raise ValueError("not the record of a campaign")
        if self.engine not in ENGINES:
            raise ValueError(f"no engine '{self.engine}'")


class Campaign:
    """A campaign's folder, locked as long as the process lives."""

    def __init__(self, folder: pathlib.Path, record: Record):
        self.folder = folder
        self.record = record
        self._lock = lock(folder)

    def place(self, target_name: str) -> Place:
        return Place(self.folder / target_name)

    def target_names(self) -> list[str]:
        """The targets of the record, and those that have a folder of their own all the same."""
        folders = sorted(path.name for path in self.folder.iterdir()
                         if Place(path).artifacts.is_dir())
        return list(dict.fromkeys([*self.record.targets, *folders]))

    @property
    def binaries(self) -> pathlib.Path:
        return self.folder / "bin"

    def save(self) -> None:
        files.write(self.folder / RECORD, self.record.to_json())


def lock(folder: pathlib.Path) -> int:
    """Keeps a second campaign out of the folder until this process ends."""
    descriptor = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise failure.Failure(f"{folder}: another campaign runs there") from error
    return descriptor


def create(folder: pathlib.Path, record: Record) -> Campaign:
    """A new campaign, in a folder that is empty or not there."""
    with files.complaints(folder):
        if (folder / RECORD).exists():
            raise failure.Failure(f"{folder} holds a campaign: go on with --resume {folder}")
        if folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir()):
            raise failure.Failure(f"{folder} is neither empty nor a campaign")
        files.make_folder(folder)
        campaign = Campaign(folder, record)
        campaign.save()
    return campaign


def read_record(folder: pathlib.Path) -> Record:
    path = folder / RECORD
    try:
        return Record.from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise failure.Failure(f"{folder} is no campaign: {RECORD}: {error.strerror}") from error
    except ValueError as error:
        raise failure.Failure(f"{path}: {error}") from error


def resume(folder: pathlib.Path) -> Campaign:
    record = read_record(folder)
    files.make_folder(folder)
    with files.complaints(folder):
        return Campaign(folder, record)
