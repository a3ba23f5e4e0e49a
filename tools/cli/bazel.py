"""Bazel, as the commands use it: queries, builds, and the files that come out."""

import json
import pathlib
import signal
import subprocess

from tools.cli import failure

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "bazel-bin"

# Exit code of bazel test when all was built and some test did not pass.
TESTS_FAILED = 3


class Target:
    """A label, such as //fuzz/targets:slub_sequence, and what is built around it."""

    def __init__(self, label):
        self.label = label
        package, self.name = label.lstrip("/").split(":")
        self.folder = BIN / package

    def file(self, suffix):
        """The file or folder that the target NAME_suffix makes."""
        return self.folder / f"{self.name}_{suffix}"


def run(*arguments):
    """Runs bazel with its output on the terminal; returns its exit code."""
    with subprocess.Popen(["bazel", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise


def build(*labels):
    """Builds the labels, or gives up. Says little: it is not what the command is there for."""
    if run("build", "--ui_event_filters=-info", *labels) != 0:
        raise failure.Failure(f"bazel build {labels[0]} ... failed", failure.BED_FAILED)


def info(key, *options):
    """What `bazel info` says of key, built under options."""
    result = subprocess.run(["bazel", "info", *options, key], cwd=ROOT, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise failure.Failure(f"bazel info {key} failed", failure.BED_FAILED)
    return result.stdout.strip()


def query(expression):
    """Returns the labels that a query finds, sorted."""
    result = subprocess.run(["bazel", "query", "--noshow_progress", "--output=label", expression],
                            cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            check=False)
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.startswith("ERROR")]
        raise failure.Failure(f"bazel query: {(lines or ['failed'])[0]}", failure.BED_FAILED)
    return sorted(result.stdout.split())


def test_statuses(events):
    """Returns the status of each test by label, from a file of build events.

    The status is Bazel's, PASSED when all went well. A test that was asked for and not run, its
    build having failed, is NO_STATUS.
    """
    statuses = {}
    if not events.exists():
        return statuses
    for line in events.read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        identity = event["id"]
        if "targetConfigured" in identity and event.get("configured", {}).get("testSize"):
            statuses.setdefault(identity["targetConfigured"]["label"], "NO_STATUS")
        if "testSummary" in identity:
            status = event["testSummary"]["overallStatus"]
            statuses[identity["testSummary"]["label"]] = status
    return statuses
