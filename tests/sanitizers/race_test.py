"""TSan in the sim world: a missing lock is a race on every schedule, and sound code on none."""

import pathlib
import subprocess
import tempfile
import unittest

CONVERT = pathlib.Path("fuzz/triage/convert")
SOUND = pathlib.Path("tests/sanitizers/smp_replay_tsan")
UNLOCKED = pathlib.Path("mutants/tsan-counter-without-lock_replay_tsan")

RACE_EXIT_CODE = 66    # TSan's own
PARKED_AFTER = range(1, 41)    # scheduling points of an allocation that makes a slab, and some more

# Two CPUs make a slab each: one after the other, or the second in the middle of the first.
IN_TURN = """slubbed trace 1
create c0 size=2048
alloc c0 o0
cpu cpu=1
alloc c0 o1
"""
CUT = """slubbed trace 1
create c0 size=2048
park after={after}
alloc c0 o0
cpu cpu=1
alloc c0 o1
cpu cpu=0
"""


class RaceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def encode(self, name, text):
        trace = self.folder / f"{name}.trace"
        raw = self.folder / name
        trace.write_text(text)
        subprocess.run([CONVERT, "convert", "--to", "raw", trace, raw], check=True)
        return raw

    def schedules(self):
        yield self.encode("in_turn", IN_TURN)
        for after in PARKED_AFTER:
            yield self.encode(f"cut_{after}", CUT.format(after=after))

    def test_missing_lock_is_a_race_on_every_schedule(self):
        for raw in self.schedules():
            with self.subTest(raw.name):
                done = subprocess.run([UNLOCKED, raw], capture_output=True, text=True)
                self.assertEqual(done.returncode, RACE_EXIT_CODE, done.stdout + done.stderr)
                self.assertIn("data race", done.stderr)
                self.assertIn("count_slab", done.stderr)

    def test_sound_code_is_silent(self):
        done = subprocess.run([SOUND, *self.schedules()], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
