"""replay: a verdict for each file, whatever the programs in them do to the allocator."""

import re
import unittest

import support
from support import GOOD, PLANTED, PLANTED_ASAN, TRIAGE, planted_trace

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
                               "rule": None, "op": None, "steps": STEPS, "skipped": 1, "ops": 5})

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

    def test_failing_step_is_told_last(self):
        path = self.write("a.trace", planted_trace(support.SLABS_MISCOUNTED))
        self.assertRegex(self.check(1, PLANTED, "replay", "--verbose", path),
                         r"  shrink c20\n(    .*\n)*    step \d+ fails: NODE_SLAB_COUNT, .*"
                         r"\n.*\n\Z")


if __name__ == "__main__":
    unittest.main()
