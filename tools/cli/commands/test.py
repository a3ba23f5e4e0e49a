"""Runs all tests: plain, under each sanitizer and memcheck, short fuzzing runs, the canaries."""

import collections
import concurrent.futures
import json
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
MEMCHECK_TEST = "//tests/sanitizers:memcheck_access_test"
CATALOGUE = "//mutants:catalogue.json"
CANARY_SECONDS = 20
NOOP_SECONDS = 3
OUT = bazel.ROOT / "out" / "test"

# TSan and MSan of clang 14 need the addresses that fewer random bits leave free.
MMAP_RANDOM_BITS = pathlib.Path("/proc/sys/vm/mmap_rnd_bits")
MMAP_RANDOM_BITS_MAX = 28

VERDICTS = {failure.NOTHING_FOUND: "nothing found", failure.FINDINGS: "found"}

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
    flags = [f"--config={sanitizer}", "--config=smoke"]
    if sanitizer in ("msan", "tsan") and addresses_are_too_random():
        flags.append("--run_under=setarch -R")
    return run_tests("//...", *flags)


def addresses_are_too_random():
    """Also if only root may know."""
    try:
        return int(MMAP_RANDOM_BITS.read_text(encoding="ascii")) > MMAP_RANDOM_BITS_MAX
    except OSError:
        return True


def memcheck():
    """What Valgrind makes of the table of accesses; everything else it would only slow down."""
    return run_tests("--config=memcheck", MEMCHECK_TEST) if shutil.which("valgrind") else []


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
    bazel.build(*[f"{target.label}_all_engines" for target in targets])
    return in_parallel([Launch(f"{target.label} {engine}", target, engine, target.file(engine),
                               ENGINE_SECONDS)
                        for target in targets for engine in ENGINES])


def canaries():
    """Bugs planted to be found at once are found, changes that change nothing never are."""
    if not bazel.query(f"filter('^{CATALOGUE}$', //...)"):
        return []
    bazel.build(CATALOGUE)
    rows = json.loads((bazel.BIN / "mutants/catalogue.json").read_text(encoding="utf-8"))
    rows = [row for row in rows if row["kind"] in ("canary", "noop")]
    bazel.build(*[f"//mutants:{row['id']}_libfuzzer" for row in rows],
                *{f"//fuzz/targets:{row['target']}_all_engines" for row in rows})
    return in_parallel([
        Launch(row["id"], bazel.Target(f"//fuzz/targets:{row['target']}"), "libfuzzer",
               bazel.Target(f"//mutants:{row['id']}").file("libfuzzer"),
               CANARY_SECONDS if row["kind"] == "canary" else NOOP_SECONDS,
               expected_code=failure.FINDINGS if row["kind"] == "canary" else failure.NOTHING_FOUND)
        for row in rows])


class Launch:
    """One engine on one binary of a fuzz target, through the same script as NAME_run."""

    def __init__(self, name, target, engine, binary, seconds,
                 expected_code=failure.NOTHING_FOUND):
        self.name = name
        self.expected_code = expected_code
        self.folder = OUT / re.sub(r"\W+", "_", name).strip("_")
        self.command = [str(bazel.ROOT / "fuzz/engines/launch.sh"), "--clean",
                        f"--fuzzing_output_root={self.folder}", f"--timeout_secs={seconds}"]
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
        verdict = VERDICTS.get(code, f"exit code {code}")
        is_right = code == self.expected_code
        print(f"{self.name}: {verdict}{'' if is_right else f', see {log}'}", flush=True)
        return Check(self.name, is_right)


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
    "memcheck": memcheck,
    "engines": engines,
    "canaries": canaries,
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
    try:
        checks = STAGES[name]()
    except failure.Failure as problem:
        # The other stages still have something to say.
        checks = [Check(str(problem), False)]
    passed = sum(check.passed for check in checks)
    summary = f"{passed} of {len(checks)} passed" if checks else "nothing to run"
    print(f"== {name}: {summary}, {time.monotonic() - start:.0f} s", flush=True)
    sys.stdout.flush()
    return [Check(f"{name}: {check.name}", check.passed) for check in checks]
