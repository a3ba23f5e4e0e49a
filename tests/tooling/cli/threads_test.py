"""./slubbed mutants --threads: what threads find, what it is called, and what is refused."""

import json
import unittest

import scratch

RACES = ("race-one", "race-two")


class ThreadsTest(scratch.ScratchTest):
    """A checkout with planted races, and a bug that is none."""

    def setUp(self):
        super().setUp()
        targets = {name: "slub_smp" for name in RACES} | {"other-bug": "toy"}
        rows = [{"id": name, "kind": "bug", "area": "slub", "target": target, "rule": "a promise"}
                for name, target in targets.items()]
        self.write("bazel-bin/mutants/catalogue.json", json.dumps(rows))
        for name in RACES:
            self.install_fake(f"bazel-bin/mutants/{name}_threads", "fake_threads.py")
        self.install_fake("bazel-bin/tests/stress/native_churn_tsan", "fake_threads.py")

    def hunt(self, *words, **fakes):
        """Runs short hunts; returns the exit code and the scores by id."""
        code, self.output, errors = self.slubbed("mutants", "--threads", "--seconds", 0.1,
                                                 "--json", "scores.json", *words, **fakes)
        self.assertEqual(errors, "")
        rows = json.loads((self.root / "scores.json").read_text(encoding="utf-8"))
        return code, {row["id"]: row for row in rows}

    def test_all_races_are_hunted_and_the_allocator_as_it_is(self):
        code, scores = self.hunt(threads="race")
        self.assertEqual((code, list(scores)), (0, ["unmutated", *RACES]))
        self.assertFalse(scores["unmutated"]["found"])
        for name in RACES:
            row = scores[name]
            self.assertTrue(row["found"])
            self.assertEqual((row["engine"], row["found_by"], row["judge"], row["signature"]),
                             ("threads", "threads", "data race", "data race@list_remove"))
            self.assertGreater(row["seconds"], 0)
            self.assertIn(f"{name} by threads: {row['seconds']} s, data race@list_remove\n",
                          self.output)
        self.assertIn("threads: 2 of 2 bugs found, median", self.output)

    def test_each_kind_of_end_has_a_name(self):
        for mode, signature in (("content", "content@slot"), ("module", "data race@memset"),
                                ("blind", "data race@unknown"), ("dumb", "crash@unknown"),
                                ("crash", "crash@SIGSEGV"), ("trap", "INVARIANT@SIGILL")):
            with self.subTest(mode):
                _, scores = self.hunt("race-one", threads=mode)
                self.assertEqual(scores["race-one"]["signature"], signature)

    def test_race_that_is_not_found_returns_1_and_has_nulls(self):
        code, scores = self.hunt("race-one")
        self.assertEqual((code, list(scores)), (1, ["unmutated", "race-one"]))
        row = scores["race-one"]
        self.assertFalse(row["found"])
        for name in ("found_by", "judge", "signature", "seconds", "execs", "ops",
                     "minimize_seconds"):
            self.assertIsNone(row[name])
        self.assertIn("race-one by threads: not found\n", self.output)

    def test_find_in_the_allocator_as_it_is_returns_1(self):
        code, scores = self.hunt("race-one", threads="race", unmutated="content")
        self.assertEqual((code, scores["unmutated"]["signature"]), (1, "content@slot"))

    def test_program_that_does_not_end_is_a_hang_unless_it_said_more(self):
        source = self.root / "tools/cli/mutants/threads.py"
        source.write_text(source.read_text().replace("GRACE_SECONDS = 20", "GRACE_SECONDS = 1"))
        _, scores = self.hunt("race-one", threads="hang")
        self.assertEqual(scores["race-one"]["signature"], "hang@program")
        _, scores = self.hunt("race-one", threads="race-hang")
        self.assertEqual(scores["race-one"]["judge"], "data race")
        self.assert_nothing_runs()

    def test_repetitions_differ(self):
        _, scores = self.hunt("--repeat", 2, "race-one", threads="race")
        self.assertEqual((scores["race-one"]["finds"], scores["race-one"]["hunts"]), (2, 2))
        calls = self.calls("threads")
        self.assertEqual([call[1:] for call in calls], [["0.1", "0"], ["0.1", "1"]] * 2)
        for call in calls:
            self.assertIn("halt_on_error=1", call[0])

    def test_program_that_refuses_to_run_returns_3(self):
        code, _, errors = self.slubbed("mutants", "--threads", "race-one", unmutated="refuse")
        self.assertEqual((code, errors.count("\n")), (3, 1))
        self.assertIn("unmutated by threads: usage: something else", errors)

    def test_program_that_refuses_to_run_takes_no_score_along(self):
        code, _, errors = self.slubbed("mutants", "--threads", "--seconds", 0.1, "--json",
                                       "scores.json", "race-one", threads="refuse")
        self.assertEqual((code, errors.count("\n")), (3, 1))
        rows = json.loads((self.root / "scores.json").read_text(encoding="utf-8"))
        self.assertEqual([row["id"] for row in rows], ["unmutated"])

    def test_interrupt_keeps_the_scores_made_so_far(self):
        process = self.start("mutants", "--threads", "--seconds", 0.1, "--json", "scores.json",
                             threads="hang")
        self.wait_for(lambda: len(self.calls("threads")) == 2)
        scratch.interrupt(process)
        code, _, errors = self.finish(process)
        self.assertEqual((code, errors), (130, ""))
        rows = json.loads((self.root / "scores.json").read_text(encoding="utf-8"))
        self.assertEqual([row["id"] for row in rows], ["unmutated"])
        self.assert_nothing_runs()

    def test_bad_usage_is_refused(self):
        for words, part in ((["none"], "no mutant 'none'"), (["other-bug"], "'other-bug'"),
                            (["--engine", "afl"], "--engine"), (["--jobs", "2"], "one hunt"),
                            (["--canaries"], "--canaries"), (["--seeds", "seeds"], "--seeds")):
            with self.subTest(words=words):
                self.assert_refused(["mutants", "--threads", *words], part)


if __name__ == "__main__":
    unittest.main()
