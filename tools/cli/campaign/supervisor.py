"""Runs a campaign: starts engines by turns, restarts those that die, keeps what they find."""

import contextlib
import dataclasses
import threading
import time
import typing

from tools.cli import failure, files
from tools.cli.campaign import display, layout, rates, schedule, upkeep
from tools.cli.campaign.engine import Post
from tools.cli.campaign.worker import Ending, Worker

TICK_SECONDS = 0.25
EXCHANGE_SECONDS = 3
SAVE_SECONDS = 10
RESTARTS_MAX = 3             # in a row, of an engine that dies young
YOUNG_SECONDS = 10
FREE_BYTES_MIN = 32 << 20
GUARD_SECONDS = 60           # after its turn an engine ends by itself, should nobody stop it


@dataclasses.dataclass
class Account:
    """A unit over the whole campaign: what ended processes have done, and those that run."""

    unit: schedule.Unit
    done: layout.Done
    workers: list[Worker] = dataclasses.field(default_factory=list)
    corpus: int = 0          # inputs that the last process had
    deaths: int = 0          # in a row
    gave_up: bool = False
    execs_rate: rates.Rate = dataclasses.field(default_factory=rates.Rate)
    steps_rate: rates.Rate = dataclasses.field(default_factory=rates.Rate)

    def close(self, worker: Worker, seconds: float) -> None:
        """Takes an ended process into the sums."""
        self.workers.remove(worker)
        progress = worker.progress
        self.done.seconds = round(self.done.seconds + seconds, 3)
        self.done.execs += progress.execs
        self.done.steps += progress.steps
        self.done.edges = max(self.done.edges, progress.edges)
        self.done.states = max(self.done.states, progress.states)
        self.corpus = progress.corpus or self.corpus


class Inspector(typing.Protocol):
    """What looks at findings while the campaign runs."""

    def look(self) -> list[str]:
        """Takes in new artifacts; returns a line for each distinct finding that is new."""

    def known(self) -> list[str]:
        """Signatures of which enough inputs are there."""

    def count(self, target_name: str) -> int:
        """Distinct findings of a target so far."""


@dataclasses.dataclass(frozen=True)
class Plan:
    units: list[schedule.Unit]
    jobs: int
    seconds: float | None


class Supervisor:
    def __init__(self, campaign: layout.Campaign, plan: Plan, inspector: Inspector,
                 stop: threading.Event):
        self._campaign = campaign
        self._plan = plan
        self._inspector = inspector
        self._stop = stop
        self._start = time.monotonic()
        self._seconds_before = campaign.record.seconds
        self._accounts = {unit: Account(unit, campaign.record.done.setdefault(unit.key,
                                                                              layout.Done()))
                          for unit in plan.units}
        self._upkeep = upkeep.Upkeep(campaign, stop)
        self._turn_end = self._start
        self._is_over = False
        self._due: dict[str, float] = {}

    def run(self, view) -> None:
        """Runs all turns. Whatever ends it, engines are stopped and their results kept."""
        with view:
            try:
                for turn in schedule.turns(self._plan.units, self._plan.jobs, self._plan.seconds):
                    self._run_turn(turn, view)
                    if self._stop.is_set() or self._all_gave_up():
                        break
            finally:
                self._account_time()
            self._is_over = True
            self._report_findings(view)
            self._show(view)

    def gave_up(self) -> list[schedule.Unit]:
        return [account.unit for account in self._accounts.values() if account.gave_up]

    def _all_gave_up(self) -> bool:
        return all(account.gave_up for account in self._accounts.values())

    def _run_turn(self, turn: schedule.Turn, view) -> None:
        for target in {unit.target for unit in turn.processes}:
            said = self._upkeep.tend(target)
            if said:
                view.event(said)
        end = time.monotonic() + turn.seconds
        self._turn_end = end
        try:
            for unit, count in turn.processes.items():
                for index in range(count):
                    self._start_worker(self._accounts[unit], index)
            while time.monotonic() < end and not self._stop.is_set() and self._is_busy():
                self._tick(view)
                self._stop.wait(min(TICK_SECONDS, max(0, end - time.monotonic())))
        finally:
            self._stop_workers()

    def _is_busy(self) -> bool:
        return any(account.workers for account in self._accounts.values())

    def _start_worker(self, account: Account, index: int) -> None:
        if account.gave_up:
            return
        unit = account.unit
        left = int(self._turn_end - time.monotonic())
        post = Post(unit.target, self._campaign.place(unit.target.name), index,
                    seconds_max=max(1, left) + GUARD_SECONDS)
        account.workers.append(Worker(unit.engine, post, self._inspector.known()))

    def _tick(self, view) -> None:
        for account in self._accounts.values():
            for worker in list(account.workers):
                worker.look()
                end = worker.end()
                if end is not None:
                    self._bury(account, worker, end, view)
        if self._is_due("exchange", EXCHANGE_SECONDS):
            for worker in self._workers():
                worker.collect()
            self.check_space()
        if self._is_due("save", SAVE_SECONDS):
            self._account_time()
        self._report_findings(view)
        self._show(view)

    def _workers(self) -> list[Worker]:
        return [worker for account in self._accounts.values() for worker in account.workers]

    def _bury(self, account: Account, worker: Worker, end, view) -> None:
        """After the end of a process before its time: another one takes its place, if it may."""
        account.close(worker, end.seconds)
        if end.how is Ending.FOUND:
            account.deaths = 0
            forget_in_corpus(worker)
        else:
            account.deaths = account.deaths + 1 if end.seconds < YOUNG_SECONDS else 1
            self._say_death(account, end.cause, view)
        self._start_worker(account, worker.post.index)

    def _say_death(self, account: Account, cause: str, view) -> None:
        unit = account.unit
        account.gave_up = account.deaths > RESTARTS_MAX
        what = "given up" if account.gave_up else f"restart {account.deaths} of {RESTARTS_MAX}"
        view.event(f"{unit.engine.name} on {unit.target.name} died ({cause}): {what}")

    def _stop_workers(self) -> None:
        """All of them, even if the results of one cannot be written."""
        for worker in self._workers():
            worker.ask_to_stop()
        with contextlib.ExitStack() as stack:
            for account in self._accounts.values():
                for worker in account.workers:
                    stack.callback(self._close, account, worker)

    @staticmethod
    def _close(account: Account, worker: Worker) -> None:
        account.close(worker, worker.wait().seconds)

    def check_space(self) -> None:
        free = files.free_bytes(self._campaign.folder)
        if free < FREE_BYTES_MIN:
            raise failure.Failure(f"{self._campaign.folder}: only {free >> 20} MB free; stopped,"
                                  " everything found so far is kept")

    def _account_time(self) -> None:
        seconds = self._seconds_before + time.monotonic() - self._start
        self._campaign.record.seconds = round(seconds, 3)
        self._campaign.save()

    def _report_findings(self, view) -> None:
        known_before = self._inspector.known()
        for line in self._inspector.look():
            view.event(line)
        known = self._inspector.known()
        if known != known_before:
            for worker in self._workers():
                worker.tell_known(known)

    def _is_due(self, name: str, period: float) -> bool:
        now = time.monotonic()
        if now < self._due.get(name, now):
            return False
        self._due[name] = now + period
        return True

    def _show(self, view) -> None:
        now = time.monotonic()
        total = self._plan.seconds
        view.show(now - self._start, total, [self._row(account, now)
                                             for account in self._accounts.values()])

    def _row(self, account: Account, now: float) -> display.Row:
        alive = [worker.progress for worker in account.workers]
        done = account.done
        execs = done.execs + sum(progress.execs for progress in alive)
        steps = done.steps + sum(progress.steps for progress in alive)
        account.execs_rate.add(now, execs)
        account.steps_rate.add(now, steps)
        idle = "done" if self._is_over else "waits"
        state = "gave up" if account.gave_up else "runs" if alive else idle
        name = account.unit.target.name
        return display.Row(
            target=name,
            engine=account.unit.engine.name,
            state=state,
            execs_per_second=account.execs_rate.per_second() if alive else 0,
            steps_per_second=account.steps_rate.per_second() if alive else 0,
            execs=execs,
            edges=max([done.edges, *(progress.edges for progress in alive)]),
            states=max([done.states, *(progress.states for progress in alive)]),
            corpus=max([progress.corpus for progress in alive], default=0) or account.corpus,
            findings=self._inspector.count(name),
        )


def forget_in_corpus(worker: Worker) -> None:
    """An input that finds something ends libFuzzer each time it is read, so it is no seed."""
    content = worker.progress.artifact.rpartition("-")[2]
    (worker.post.place.corpus / content).unlink(missing_ok=True)
