"""What the tests of triage share: the programs, a folder for each test, traces that go wrong."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

TRIAGE = pathlib.Path("fuzz/triage/triage")
CONVERT = pathlib.Path("fuzz/triage/convert")
PLANTED = pathlib.Path("tests/tooling/triage/planted")
PLANTED_ASAN = pathlib.Path("tests/tooling/triage/planted_asan")

# The bugs of planted.c by the size of the cache that is shrunk.
CRASH = 1000
HANG = 1001
HIDDEN_READ = 1002
SLABS_MISCOUNTED = 1003
POISON_DAMAGED = 1004
LINK_LOST = 1005
PAGES_MISCOUNTED = 1006
UPDATE_LOST = 1007
LOCKED_WITH_INTERRUPTS_ON = 1008
LOCKED_CROSSWISE = 1009

# What comes between the accesses of the shrink; for each of the three above, and for any.
RIVALS = {
    UPDATE_LOST: ["cpu cpu=1", "free o4001", "alloc c20 o5000", "cpu cpu=0"],
    LOCKED_WITH_INTERRUPTS_ON: ["irq", "alloc c20 o5000", "cpu cpu=0"],
    LOCKED_CROSSWISE: ["cpu cpu=1", "shrink c20", "cpu cpu=0"],
}
AFTER_MAX = 80    # accesses of that shrink to shared memory, at most

GOOD = """slubbed trace 1
create c0 size=64
alloc c0 o0
fill o0 pattern=1
free o9
free o0
"""


def planted_trace(size, flags="0"):
    """A program in which shrinking a cache of this size goes wrong, among much else."""
    lines = ["slubbed trace 1", "heap page_count=300 cpu_count=4 seed=77"]
    for slot in range(12):
        lines.append(f"create c{slot} size={200 + slot}")
        lines += [f"alloc c{slot} o{100 * slot + number}" for number in range(4)]
    lines.append(f"create c20 size={size} flags={flags}")
    for number in range(4):
        lines += [f"cpu cpu={number}", f"alloc c20 o{4000 + number}", f"kmalloc o{number} size=99"]
    lines += ["cpu cpu=0", "free o4001", "fill o4002 pattern=9", "kfree o1", "shrink c20"]
    lines += [f"kfree o{number}" for number in range(4)]
    return "\n".join(lines) + "\n"


def traced_trace(size):
    """Two objects of a traced cache; one is freed, but not put back before the cache is shrunk."""
    return (f"slubbed trace 1\ncreate_args c0 size={size} flags=TRACE|CONSISTENCY_CHECKS\n"
            "alloc c0 o0\nalloc c0 o1\nfree_nolock o0\nshrink c0\n")


def raced_trace(size, after):
    """A program in which another CPU or an interrupt comes between two accesses of the shrink."""
    lines = ["slubbed trace 1", "heap page_count=300 cpu_count=4 seed=77"]
    for slot in range(4):
        lines += [f"create c{slot} size={200 + slot}", "cpu cpu=3", f"park after={slot + 1}"]
        lines += [f"alloc c{slot} o{100 * slot + number}" for number in range(3)]
        lines += ["cpu cpu=2", f"alloc c{slot} o{100 * slot + 9}", "cpu cpu=0"]
    lines.append(f"create c20 size={size}")
    lines += [f"alloc c20 o{4000 + number}" for number in range(4)]
    lines += ["cpu cpu=2", "kmalloc o60 size=99", "park after=2", "kfree o60", "cpu cpu=0",
              f"park after={after}", "shrink c20"]
    return "\n".join(lines + RIVALS.get(size, RIVALS[UPDATE_LOST])) + "\n"


class TriageTest(unittest.TestCase):
    """A test that runs programs on files of a folder of its own."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        """Writes bytes or text to a file of the folder; returns its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run_program(self, *command, **options):
        """Runs a program to its end; output and errors are bytes as text."""
        return subprocess.run([str(word) for word in command], capture_output=True,
                              encoding="latin-1", timeout=120, check=False, **options)

    def check(self, code, *command, **options):
        """Runs a program that returns this code and says nothing on stderr; returns its output.

        How far it came does not count: that is said by the clock.
        """
        result = self.run_program(*command, **options)
        errors = re.sub(r"^explore: \d+ schedules so far, .*\n", "", result.stderr, flags=re.M)
        self.assertEqual((result.returncode, errors), (code, ""), result.stdout)
        return result.stdout

    def check_complaint(self, pattern, *command, **options):
        """Runs a program that returns 2 with one line on stderr, which matches the pattern."""
        result = self.run_program(*command, **options)
        self.assertRegex(result.stderr, f"\\A{pattern}\n\\Z")
        self.assertEqual(result.returncode, 2)
        return result.stdout

    def write_race(self, size, signature, program=PLANTED):
        """A raced trace with this signature; returns its path."""
        paths = [self.write(f"raced/{after}.trace", raced_trace(size, after))
                 for after in range(1, AFTER_MAX + 1)]
        for row, path in zip(self.replay(*paths, program=program), paths):
            if row["signature"] and re.fullmatch(signature, row["signature"]):
                return path
        self.fail(f"{size}: nowhere {signature}")
        return None

    def replay(self, *files, program=TRIAGE):
        """What replay says of each file."""
        result = self.run_program(program, "replay", "--json", *files)
        return [json.loads(line) for line in result.stdout.splitlines()]
