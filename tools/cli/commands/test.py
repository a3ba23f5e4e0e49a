"""Runs all tests: plain, under each sanitizer, and a few seconds of every fuzz target."""

import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from tools.cli import bazel, failure

HELP = "build and run every test; the last line is 'N passed, N failed'"

SANITIZERS = ("asan", "ubsan", "msan", "tsan")
ENGINES = ("libfuzzer", "afl")
ENGINE_SECONDS = 5
OUT = bazel.ROOT / "out" / "test"

# TSan and MSan of clang 14 need the addresses that fewer random bits leave free.
MMAP_RANDOM_BITS = pathlib.Path("/proc/sys/vm/mmap_rnd_bits")
MMAP_RANDOM_BITS_MAX = 28

Check = collections.namedtuple("Check", "name passed")


def tag(name):
    """For a query's attr(tags, ...), which sees the list as text."""
    return f"'[\\[ ]{name}[,\\]]'"


def plain():
    return run_tests("//...")


def under(sanitizer):
    """The smoke tests, the replay of the seeds among them, under one sanitizer."""
    if not bazel.query(f"attr(tags, {tag('smoke')}, tests(//...))"):
        return []
    flags = [f"--config={sanitizer}", "--build_tests_only", "--test_tag_filters=smoke"]
    if sanitizer in ("msan", "tsan") and int(MMAP_RANDOM_BITS.read_text()) > MMAP_RANDOM_BITS_MAX:
        flags.append("--run_under=setarch -R")
    return run_tests("//...", *flags)


def run_tests(*arguments):
    """bazel test, counted by its own record of what happened."""
    with tempfile.TemporaryDirectory() as folder:
        events = pathlib.Path(folder) / "events.json"
        code = bazel.run("test", "--keep_going", f"--build_event_json_file={events}", *arguments)
        statuses = bazel.test_statuses(events)
    checks = [Check(label, status == "PASSED") for label, status in sorted(statuses.items())]
    # Something else than a test went wrong, unless each failure is accounted for.
    if code not in (0, bazel.TESTS_FAILED) and "NO_STATUS" not in statuses.values():
        checks.append(Check(f"bazel test {' '.join(arguments)}: exit code {code}", False))
    return checks


def engines():
    """A few seconds of each fuzz target under each engine, from the seeds: nothing is found."""
    every = "kind('_regression_test rule', //...)"
    labels = bazel.query(f"{every} except attr(tags, {tag('manual')}, {every})")
    targets = [bazel.Target(label) for label in labels]
    if not targets:
        return []
    if bazel.run("build", "--keep_going", *[f"{t.label}_all_engines" for t in targets]) != 0:
        return [Check("build of the engines", False)]
    return in_parallel([Launch(f"{target.label} {engine}", target, engine, target.file(engine))
                        for target in targets for engine in ENGINES])


class Launch:
    """One engine on one binary of a fuzz target, through the same script as NAME_run."""

    def __init__(self, name, target, engine, binary):
        self.name = name
        self.folder = OUT / re.sub(r"\W+", "_", name).strip("_")
        self.command = [str(bazel.ROOT / "fuzz/engines/launch.sh"), "--clean",
                        f"--fuzzing_output_root={self.folder}", f"--timeout_secs={ENGINE_SECONDS}"]
        self.environment = dict(
            os.environ,
            FUZZER_ENGINE=engine,
            FUZZER_NAME=target.name,
            FUZZER_BINARY=str(binary),
            FUZZER_SEED_CORPUS_DIR=str(target.file("corpus")),
            AFL_NO_UI="1",
        )
        dictionary = target.folder / f"{target.name}.dict"
        mutator = target.folder / f"{target.name}_afl_mutator.so"
        if dictionary.exists():
            self.environment["FUZZER_DICTIONARY_PATH"] = str(dictionary)
        if engine == "afl" and mutator.exists():
            self.environment["AFL_CUSTOM_MUTATOR_LIBRARY"] = str(mutator)

    def run(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        log = self.folder / "log"
        with log.open("wb") as stream:
            code = subprocess.run(self.command, env=self.environment, stdin=subprocess.DEVNULL,
                                  stdout=stream, stderr=stream, check=False).returncode
        verdict = "nothing found" if code == 0 else f"exit code {code}, see {log}"
        print(f"{self.name}: {verdict}", flush=True)
        return Check(self.name, code == 0)


def in_parallel(launches):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        try:
            return list(pool.map(Launch.run, launches))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise


STAGES = {
    "plain": plain,
    **{sanitizer: lambda sanitizer=sanitizer: under(sanitizer) for sanitizer in SANITIZERS},
    "engines": engines,
}


def add_arguments(parser):
    parser.add_argument("stages", nargs="*", metavar="STAGE",
                        help=f"what to run, by default all of: {' '.join(STAGES)}")


def run(args):
    unknown = [name for name in args.stages if name not in STAGES]
    if unknown:
        raise failure.Failure(f"no stage '{unknown[0]}'; there are: {' '.join(STAGES)}")
    checks = []
    try:
        for name in args.stages or STAGES:
            checks += run_stage(name)
    finally:
        failed = [check for check in checks if not check.passed]
        for check in failed:
            print(f"failed: {check.name}")
        print(f"{len(checks) - len(failed)} passed, {len(failed)} failed", flush=True)
    return failure.FINDINGS if failed else failure.NOTHING_FOUND


def run_stage(name):
    start = time.monotonic()
    print(f"== {name}", flush=True)
    checks = STAGES[name]()
    passed = sum(check.passed for check in checks)
    summary = f"{passed} of {len(checks)} passed" if checks else "nothing to run"
    print(f"== {name}: {summary}, {time.monotonic() - start:.0f} s", flush=True)
    sys.stdout.flush()
    return [Check(f"{name}: {check.name}", check.passed) for check in checks]
