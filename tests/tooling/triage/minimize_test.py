"""minimize: few ops, the same signature, in little time, whatever the bug does."""

import json
import signal
import subprocess
import time
import unittest

import support
from support import GOOD, PLANTED, PLANTED_ASAN, TRIAGE, planted_trace

OPS_MAX = 8
CHANGE_POINTS_MAX = 3
TIMEOUT = 60    # seconds; a search of one second on a loaded machine


class MinimizeTest(support.TriageTest):
    def minimize(self, text, *options, program=PLANTED):
        """The trace that came out and what was said; the input's ops went in as raw bytes."""
        path = self.write("in.trace", text)
        raw = self.folder / "in"
        out = self.folder / "out.trace"
        self.check(0, program, "convert", "--to", "raw", path, raw)
        output = self.check(1, program, "minimize", "--out", out, *options, raw)
        return out, output

    def check_small(self, out, signature, program):
        row, = self.replay(out, program=program)
        self.assertEqual(row["signature"], signature)
        self.assertLessEqual(row["ops"], OPS_MAX)
        self.assertLessEqual(row["change_points"], CHANGE_POINTS_MAX)
        self.assertEqual(row["skipped"], 0)
        lines = out.read_text().splitlines()
        self.assertEqual(lines[0], "slubbed trace 1")
        self.assertTrue(lines[1].startswith(f"# {signature}: "), lines[1])
        self.assertTrue(lines[2].startswith("# ./slubbed replay "), lines[2])
        return lines[3:]

    def test_each_bug_comes_down_to_its_core(self):
        bugs = {
            support.CRASH: "SIGSEGV@shrink",
            support.SLABS_MISCOUNTED: "NODE_SLAB_COUNT@shrink",
            support.LINK_LOST: "SLAB_FREELIST@shrink",
            support.PAGES_MISCOUNTED: "BUDDY_FREE_PAGES@shrink",
        }
        for size, signature in bugs.items():
            with self.subTest(signature):
                out, output = self.minimize(planted_trace(size))
                self.assertRegex(output, rf"in: {signature}, 77 ops -> [2-9] ops, {out}\n\Z")
                lines = self.check_small(out, signature, PLANTED)
                self.assertEqual(lines[0], f"create c0 size={size} align_log2=0 flags=0 ctor=0")
                self.assertEqual(lines[-1], "shrink c0")

    def test_flags_that_matter_are_kept(self):
        out, _ = self.minimize(planted_trace(support.POISON_DAMAGED, "POISON|STORE_USER|NO_MERGE"))
        lines = self.check_small(out, "OBJECT_POISON@shrink", PLANTED)
        self.assertIn("flags=POISON ctor=0", lines[0])

    def test_hanging_program_is_minimised_too(self):
        out, _ = self.minimize(planted_trace(support.HANG), "--seconds", 30)
        self.check_small(out, "HANG@shrink", PLANTED)

    def test_what_only_asan_sees_is_minimised_under_asan(self):
        out, _ = self.minimize(planted_trace(support.HIDDEN_READ), program=PLANTED_ASAN)
        self.check_small(out, "use-after-poison@shrink", PLANTED_ASAN)
        self.assertIn("# ./slubbed replay --asan ", out.read_text())

    def test_race_comes_down_to_its_core(self):
        for size, signature in ((support.UPDATE_LOST, ".*@.*"),
                                (support.LOCKED_WITH_INTERRUPTS_ON, "SIM_DEADLOCK@alloc"),
                                (support.LOCKED_CROSSWISE, "SIM_DEADLOCK@shrink")):
            with self.subTest(size):
                path = self.write_race(size, signature)
                found, = self.replay(path, program=PLANTED)
                out, output = self.minimize(path.read_text(), "--seconds", 30)
                self.assertRegex(output, rf"in: {found['signature']}, \d+ ops and [67] change "
                                         rf"points -> \d ops and [123] change points?, {out}\n\Z")
                lines = self.check_small(out, found["signature"], PLANTED)
                self.assertIn("shrink c", "".join(lines))

    def test_result_is_told_as_json(self):
        out, output = self.minimize(planted_trace(support.CRASH), "--json")
        row = json.loads(output)
        self.assertLess(row.pop("ops_left"), OPS_MAX)
        self.assertEqual(row, {"file": str(self.folder / "in"), "out": str(out), "ops": 77,
                               "change_points": 0, "change_points_left": 0,
                               "signature": "SIGSEGV@shrink"})

    def test_output_is_named_after_the_input(self):
        path = self.write("a.trace", planted_trace(support.CRASH))
        self.check(1, PLANTED, "minimize", path)
        self.assertTrue((self.folder / "a.min.trace").exists())

    def test_passing_program_is_left_alone(self):
        path = self.write("a.trace", GOOD)
        self.assertEqual(self.check(0, TRIAGE, "minimize", path),
                         f"{path}: nothing to minimize, it passes\n")
        self.assertEqual(list(self.folder.iterdir()), [path])

    def test_target_is_named_where_the_path_does_not(self):
        text = planted_trace(support.CRASH)
        path = self.write("a.trace", text)
        out = self.folder / "out.trace"
        self.check(1, PLANTED, "minimize", "--target=slub_sequence", "--out", out, path)
        self.assertIn("# ./slubbed replay --target slub_sequence out.trace\n", out.read_text())

    def test_time_is_kept(self):
        path = self.write("a.trace", planted_trace(support.HANG))
        start = time.monotonic()
        self.run_program(PLANTED, "minimize", "--seconds", 1, path)
        self.assertLess(time.monotonic() - start, TIMEOUT)
        self.assertTrue((self.folder / "a.min.trace").exists())

    def test_interrupt_writes_the_best_so_far(self):
        path = self.write("a.trace", planted_trace(support.HANG))
        out = self.folder / "out.trace"
        # The signature must be known by then, and something left to try.
        for seconds in (3, 6, 12, 24):
            output = self.interrupt(seconds, PLANTED, "minimize", "--seconds", 1000, "--out", out,
                                    path)
            if "(interrupted)" in output:
                self.assertTrue(out.read_text().startswith("slubbed trace 1\n# HANG@shrink: "))
                self.assertEqual(self.replay(out, program=PLANTED)[0]["signature"], "HANG@shrink")
                return
        self.fail(f"never interrupted in the middle: {output}")

    def interrupt(self, seconds, *command):
        """The output of a program that gets a SIGINT after some time."""
        with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, encoding="utf-8") as process:
            time.sleep(seconds)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=60)
            self.assertIn(process.returncode, (1, 130))
            return output

    def test_bad_input_is_one_line(self):
        bad = self.write("b.trace", "slubbed trace 1\nfrob\n")
        self.check_complaint(f"{bad}:2: unknown op 'frob'", TRIAGE, "minimize", bad)
        self.check_complaint("minimize: not within 1..86400: 0 .*", TRIAGE, "minimize", "--seconds",
                             0, bad)
        path = self.write("a.trace", planted_trace(support.CRASH))
        self.check_complaint(f"{self.folder}/no/out: No such file or directory", PLANTED,
                             "minimize", "--out", self.folder / "no/out", path)


if __name__ == "__main__":
    unittest.main()
