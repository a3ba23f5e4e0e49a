"""replay: a verdict for each file, whatever the programs in them do to the allocator."""

import os
import pty
import re
import signal
import subprocess
import time
import unittest

import support
from support import GOOD, PLANTED, PLANTED_ASAN, TRIAGE, planted_trace, raced_trace

OPS_LONG = 60_000    # pairs that take longer than nothing is said
STEPS = 3    # of GOOD; the free of o9 is skipped, fill is no step


class VerdictTest(support.TriageTest):
    def test_good_program_passes(self):
        path = self.write("a.trace", GOOD)
        self.assertRegex(self.check(0, TRIAGE, "replay", path),
                         rf"\A{path}: PASS, {STEPS} steps, 1 ops skipped, hash [0-9a-f]{{16}}\n\Z")

    def test_json_has_a_line_for_each_file(self):
        path = self.write("a.trace", GOOD)
        row, again = self.replay(path, path)
        self.assertEqual(row, again)
        self.assertRegex(row.pop("hash"), "^[0-9a-f]{16}$")
        self.assertEqual(row, {"file": str(path), "verdict": "pass", "signature": None,
                               "rule": None, "op": None, "steps": STEPS, "skipped": 1, "ops": 5,
                               "change_points": 0})

    def test_terminal_is_told_how_far_a_long_run_came(self):
        long = ["slubbed trace 1", *["kzalloc o0 size=500000", "kfree o0"] * OPS_LONG]
        path = self.write("a.trace", "\n".join(long))
        terminal, end = pty.openpty()
        self.addCleanup(os.close, terminal)
        with subprocess.Popen([TRIAGE, "replay", path], stdout=subprocess.DEVNULL,
                              stderr=end) as program:
            os.close(end)
            told = os.read(terminal, 4096).decode()
            program.kill()
        self.assertRegex(told, rf"^\r{path}: \d+ of {2 * OPS_LONG} ops")

    def test_both_forms_give_one_hash(self):
        trace = self.write("a.trace", GOOD)
        raw = self.folder / "raw"
        self.check(0, TRIAGE, "convert", "--to", "raw", trace, raw)
        self.assertEqual(*[row["hash"] for row in self.replay(trace, raw)])

    def test_each_bug_has_its_signature(self):
        signatures = {
            support.CRASH: "SIGSEGV@shrink",
            support.HANG: "HANG@shrink",
            support.SLABS_MISCOUNTED: "NODE_SLAB_COUNT@shrink",
            support.LINK_LOST: "SLAB_FREELIST@shrink",
            support.PAGES_MISCOUNTED: "BUDDY_FREE_PAGES@shrink",
        }
        paths = [self.write(f"{size}.trace", planted_trace(size)) for size in signatures]
        rows = self.replay(*paths, program=PLANTED)
        self.assertEqual([row["signature"] for row in rows], list(signatures.values()))
        self.assertEqual({row["verdict"] for row in rows}, {"fail"})

    def test_only_asan_sees_some(self):
        path = self.write("a.trace", planted_trace(support.HIDDEN_READ))
        plain, = self.replay(path, program=PLANTED)
        asan, = self.replay(path, program=PLANTED_ASAN)
        self.assertEqual((plain["signature"], asan["signature"]), (None, "use-after-poison@shrink"))

    def test_change_points_and_cpus_are_no_ops(self):
        row, = self.replay(self.write("a.trace", VerboseTest.RACE))
        self.assertEqual((row["ops"], row["change_points"]), (4, 1))

    def test_crash_of_an_op_that_was_cut_is_its_own(self):
        paths = [self.write(f"{after}.trace", raced_trace(support.CRASH, after))
                 for after in range(0, 10, 2)]
        rows = self.replay(*paths, program=PLANTED)
        self.assertEqual({row["signature"] for row in rows}, {"SIGSEGV@shrink"})

    def test_crash_costs_the_other_files_nothing(self):
        self.write("1.trace", planted_trace(support.CRASH))
        self.write("2.trace", GOOD)
        self.write("3.trace", planted_trace(support.CRASH))
        output = self.check(1, PLANTED, "replay", self.folder)
        self.assertEqual(re.findall("PASS|FAIL", output), ["FAIL", "PASS", "FAIL"])

    def test_malformed_file_costs_the_other_files_nothing(self):
        good = self.write("a.trace", GOOD)
        bad = self.write("b.trace", "slubbed trace 1\nfrob\n")
        missing = self.folder / "missing"
        result = self.run_program(TRIAGE, "replay", bad, missing, good)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr, f"{bad}:2: unknown op 'frob'\n"
                                        f"{missing}: No such file or directory\n")
        self.assertIn(f"{good}: PASS", result.stdout)


class TargetTest(support.TriageTest):
    PROGRAM = "slubbed trace 1\ncreate c0 size=64\nalloc c0 o0\npages o1 order=0\n" \
              "free_pages_client o1\n"

    def test_target_decides_which_ops_are_carried_out(self):
        path = self.write("a.trace", self.PROGRAM)
        for target, steps in (("slub_misuse", 4), ("slub_sequence", 3), ("buddy_sequence", 1)):
            with self.subTest(target):
                self.assertIn(f"{steps} steps", self.check(0, TRIAGE, "replay", "--target", target,
                                                           path))

    def test_folder_names_the_target(self):
        path = self.write("slub_sequence/deep/a.trace", self.PROGRAM)
        self.assertIn("3 steps", self.check(0, TRIAGE, "replay", path))
        self.assertIn("4 steps", self.check(0, TRIAGE, "replay", "--target=slub_misuse", path))

    def test_unknown_target_is_one_line(self):
        path = self.write("a.trace", GOOD)
        self.check_complaint("no target 'frob'; there are: .*buddy_sequence", TRIAGE, "replay",
                             "--target", "frob", path)


class VerboseTest(support.TriageTest):
    def test_each_op_is_told_with_what_it_changed(self):
        path = self.write("a.trace", GOOD)
        output = self.check(0, TRIAGE, "replay", "--verbose", path)
        for text in (r"   1  create c0 size=64 .*\n    step 1, returned 0\n",
                     r"   2  alloc c0 o0\n    step 2, .*, address \+0x[0-9a-f]+\n"
                     r"    frame 0: free of order 8 -> slab of order 0\n",
                     r"    slab 0: none -> 64 of 64 in use, .* frozen by a CPU\n",
                     r"    cache c0: slabs 0 -> 1, objects 0 -> 64, cpu 0 slab none -> 0",
                     r"    zone: free pages 256 -> 255\n",
                     r"   3  fill o0 pattern=1\n    done, without a call\n",
                     r"   4  free o9\n    skipped"):
            self.assertRegex(output, text)

    def test_lists_are_drawn_behind_the_last_op(self):
        path = self.write("a.trace", "slubbed trace 1\nheap slab_order_max=0 page_count=64\n"
                                     "create c0 size=1000\nbulk_alloc c0 o0 count=15\nfree o0\n"
                                     "free o9\nkmalloc o40 size=90\nflush c0 cpu=1\n")
        self.assertRegex(self.check(0, TRIAGE, "replay", "--verbose", path), r"""
the heap behind the last op:
cache kmalloc-96: 1 slabs, 42 objects of 96 bytes
  CPU 0   slab \d+\[42/42\] with 41 free at hand
cache c0: 4 slabs, 16 objects of 1000 bytes
  CPU 0   slab \d+\[####\] with 1 free at hand; partial \d+\[###\.\] -> \d+\[###\.\]
  nowhere \d+\[####\]
free lists, with the frames on them: .*; 59 of 64 pages free, 0 isolated

""")

    def test_traces_are_told_with_their_op(self):
        path = self.write("a.trace", support.traced_trace(64))
        output = self.check(0, TRIAGE, "replay", "--verbose", path)
        for text in (r"alloc c0 o0\n    trace c0 alloc, object \+0x[0-9a-f]+, 1 in use in its",
                     r"shrink c0\n    trace c0 free, object \+0x[0-9a-f]+, 2 in use in its"):
            self.assertRegex(output, text)

    def test_reports_are_told_with_their_op(self):
        path = self.write("a.trace", "slubbed trace 1\ncreate c0 size=64 flags=CONSISTENCY_CHECKS\n"
                                     "alloc c0 o0\nfree o0\ndouble_free o0\n")
        self.assertRegex(self.check(0, TRIAGE, "replay", "--verbose", path),
                         r"   4  double_free o0\n    report DOUBLE_FREE at free: ")

    def test_telling_changes_nothing(self):
        path = self.write("a.trace", GOOD)
        quiet = self.check(0, TRIAGE, "replay", path)
        self.assertEqual(self.check(0, TRIAGE, "replay", "--verbose", path).splitlines()[-1],
                         quiet.strip())

    RACE = "slubbed trace 1\ncreate c0 size=64\nalloc c0 o0\npark after=1\nfree o0\n" \
           "cpu cpu=1\nalloc c0 o1\ncpu cpu=0\n"

    def test_cut_op_is_told_in_parts(self):
        path = self.write("a.trace", self.RACE)
        output = self.check(0, TRIAGE, "replay", "--verbose", path)
        self.assertRegex(output, r"""   4  free o0
    on CPU 0, accesses to shared memory: 1; parked before .* of c0 on CPU 0
   5  cpu cpu=1
    done, without a call
   6  alloc c0 o1
    step 4, returned 0, address \+0x[0-9a-f]+
(    .*\n)+   7  cpu cpu=0
    done, without a call
   4  free o0  \(goes on on CPU 0\)
    step 3, returned 0, address \+0x[0-9a-f]+
    cache c0: cpu 0 freelist .*
""")

    def test_changes_belong_to_the_part_that_made_them(self):
        text = self.RACE.replace("park after=1\nfree o0", "park after=2\nshrink c0")
        path = self.write("a.trace", text)
        for after in range(2, 40):
            path.write_text(text.replace("after=2", f"after={after}"), encoding="utf-8")
            output = self.check(0, TRIAGE, "replay", "--verbose", path)
            told = re.findall(r"^ +(\d+)  |(CPU|cpu) 0 slab 0 -> none", output, re.MULTILINE)
            if ("", "cpu") in told:
                number, _ = told[told.index(("", "cpu")) - 1]
                self.assertEqual(number, "4", output)

    def test_wait_for_a_lock_is_told(self):
        text = self.RACE.replace("free o0", "flush c0 cpu=0") \
                        .replace("alloc c0 o1", "flush c0 cpu=0")
        outputs = [self.check(0, TRIAGE, "replay", "--verbose", self.write("a.trace", each))
                   for each in (text.replace("after=1", f"after={after}") for after in range(9))]
        output = max(outputs, key=lambda each: "waits for" in each)
        self.assertRegex(output, r"""   6  flush c0 cpu=0
    .*; waits for cpu->lock of c0 on CPU 0
   4  flush c0 cpu=0  \(goes on on CPU 0\)
    .*; stopped behind the unlock of cpu->lock of c0 on CPU 0, for which others waited
(    .*\n)+   6  flush c0 cpu=0  \(goes on on CPU 1\)
    step 4, returned 0
""")

    def test_interrupt_is_told_as_one(self):
        path = self.write("a.trace", self.RACE.replace("cpu cpu=1", "irq"))
        self.assertRegex(self.check(0, TRIAGE, "replay", "--verbose", path),
                         r"\n   6  alloc c0 o1  \(interrupts on CPU 0\)\n")

    def test_interrupt_before_anything_is_found_returns_130(self):
        path = self.write("a.trace", planted_trace(support.HANG))
        for command in ("replay", "explain", "minimize", "slabinfo"):
            with self.subTest(command):
                self.assertEqual(self.interrupt(command, path), (130, f"{command}: interrupted\n"))

    def interrupt(self, command, path):
        """Exit code and errors of a command that is interrupted while its program hangs."""
        with subprocess.Popen([PLANTED, command, path], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, encoding="utf-8") as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        return process.returncode, errors

    def test_deadlock_ends_with_who_waits(self):
        path = self.write_race(support.LOCKED_CROSSWISE, "SIM_DEADLOCK@shrink")
        self.assertRegex(self.check(1, PLANTED, "replay", "--verbose", path),
                         r"  48  shrink c20  \(goes on on CPU 0\)\n.* waits for another word\n"
                         r"    step \d+ fails: SIM_DEADLOCK")

    def test_failing_step_is_told_last(self):
        path = self.write("a.trace", planted_trace(support.SLABS_MISCOUNTED))
        self.assertRegex(self.check(1, PLANTED, "replay", "--verbose", path),
                         r"  shrink c20\n(    .*\n)*    step \d+ fails: NODE_SLAB_COUNT, .*"
                         r"\n.*\n\Z")


if __name__ == "__main__":
    unittest.main()
