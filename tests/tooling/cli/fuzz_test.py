"""./slubbed fuzz: whatever happens to it, it ends with one clear line and keeps what it has."""

import json
import signal
import unittest

import scratch


class FuzzTest(scratch.ScratchTest):
    def fuzz(self, *words, **fakes):
        return self.slubbed("fuzz", "--out", self.out, "--for", "2s", "--jobs", 2, *words, **fakes)

    def start_fuzz(self, *words, **fakes):
        """A campaign that runs until it is stopped; returns when both engines run."""
        process = self.start("fuzz", "--out", self.out, "--for", "forever", "--target", "toy",
                             *words, **fakes)
        self.wait_for(lambda: self.calls("toy_libfuzzer") and self.calls("afl-fuzz"))
        return process

    def record(self):
        return json.loads((self.out / "campaign.json").read_text(encoding="utf-8"))

    def corpus(self, target="toy"):
        return {path.read_text(encoding="utf-8")
                for path in (self.out / target / "corpus").iterdir()}

    def artifacts(self, target="toy"):
        return sorted(path.name for path in (self.out / target / "artifacts").iterdir())


class RunTest(FuzzTest):
    def test_nothing_found_returns_0_after_the_time_asked_for(self):
        code, output, errors = self.fuzz("--target", "toy")
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("nothing found", output)
        done = self.record()["done"]
        self.assertEqual(set(done), {"toy libfuzzer", "toy afl"})
        self.assertEqual(done["toy libfuzzer"]["execs"], 5000)
        self.assertGreater(done["toy afl"]["execs"], 0)
        self.assertEqual(done["toy afl"]["edges"], 23)
        self.assertAlmostEqual(self.record()["seconds"], 2, delta=1.5)
        self.assert_nothing_runs()

    def test_all_targets_of_op_programs_share_the_time(self):
        self.fuzz()
        done = self.record()["done"]
        self.assertEqual(set(done), {"toy libfuzzer", "toy afl", "toy_too libfuzzer",
                                     "toy_too afl"})
        for numbers in done.values():
            self.assertAlmostEqual(numbers["seconds"], 1, delta=0.8)

    def test_engines_exchange_inputs(self):
        self.fuzz("--target", "toy")
        self.assertEqual(self.corpus(), {"seed of toy", "new", "found by afl"})
        # The other way AFL++ itself reads the corpus.
        command, = self.calls("afl-fuzz")
        self.assertEqual(command[command.index("-F") + 1], str(self.out / "toy/corpus"))

    def test_one_engine_runs_alone(self):
        code, _, _ = self.fuzz("--target", "toy", "--engine", "afl")
        self.assertEqual(code, 0)
        self.assertEqual(self.calls("toy_libfuzzer"), [])

    def test_target_that_reads_any_bytes_gets_its_dictionary_and_no_mutator(self):
        self.fuzz("--target", "text")
        libfuzzer, = self.calls("text_libfuzzer")
        self.assertIn(f"-dict={self.out}/bin/text.dict", libfuzzer)
        self.assertIn("-x", self.calls("afl-fuzz")[0])

    def test_what_runs_is_a_copy(self):
        process = self.start_fuzz()
        (self.root / "bazel-bin/fuzz/targets/toy_libfuzzer").unlink()
        scratch.interrupt(process)
        self.assertEqual(self.finish(process)[0], 0)

    def test_resume_adds_to_what_was_done(self):
        self.fuzz("--target", "toy")
        before = self.record()
        code, _, errors = self.slubbed("fuzz", "--resume", self.out, "--for", "1s")
        self.assertEqual((code, errors), (0, ""))
        after = self.record()
        self.assertGreater(after["seconds"], before["seconds"] + 0.9)
        self.assertEqual(after["done"]["toy libfuzzer"]["execs"], 10000)
        self.assertEqual(self.corpus(), {"seed of toy", "new", "found by afl"})


    def test_resume_with_a_target_runs_it_alone_and_forgets_no_other(self):
        self.fuzz("--target", "toy", "--engine", "libfuzzer")
        self.assertTrue(self.calls("toy_libfuzzer"))
        (self.root / "calls").unlink()
        self.slubbed("fuzz", "--resume", self.out, "--for", "1s", "--target", "toy_too")
        self.assertTrue(self.calls("toy_too_libfuzzer"))
        self.assertEqual(self.calls("toy_libfuzzer"), [])
        self.assertEqual(self.record()["targets"], ["toy", "toy_too"])


class FindingTest(FuzzTest):
    def test_finding_is_minimised_explained_and_can_be_replayed(self):
        code, output, errors = self.fuzz("--target", "toy", libfuzzer="find")
        self.assertEqual((code, errors), (1, ""))
        self.assertIn("found BROKEN_RULE@free in toy by libfuzzer", output)
        folder = self.out / "triage/BROKEN_RULE-free"
        self.assertEqual((folder / "trace").read_text(encoding="utf-8"), "bad:BROKEN_RULE@free")
        self.assertIn("why BROKEN_RULE@free is bad", output)
        self.assertEqual((folder / "explanation.txt").read_text(encoding="utf-8"),
                         "why BROKEN_RULE@free is bad\n")
        self.assertIn("./slubbed replay --target toy campaign/triage/BROKEN_RULE-free/trace",
                      output)

    def test_libfuzzer_goes_on_after_a_finding(self):
        self.fuzz("--target", "toy", "--engine", "libfuzzer", libfuzzer="find")
        self.assertGreater(len(self.calls("toy_libfuzzer")), 2)

    def test_findings_of_both_engines_are_told_apart_by_signature(self):
        code, output, _ = self.fuzz("--target", "toy", libfuzzer="find", afl="find")
        self.assertEqual(code, 1)
        self.assertIn("BROKEN_RULE@free in toy, 1 ops", output)
        self.assertIn("BROKEN_RULE@alloc in toy, 1 ops", output)

    def test_only_the_smallest_inputs_of_a_signature_are_kept(self):
        self.slubbed("fuzz", "--out", self.out, "--for", "5s", "--jobs", 2, "--target", "toy",
                     "--engine", "libfuzzer", libfuzzer="find")
        self.assertGreater(len(self.calls("toy_libfuzzer")), 8)
        self.assertLessEqual(len(self.artifacts()), 8)

    def test_input_that_cannot_be_replayed_hides_no_other(self):
        self.write("campaign/toy/artifacts/afl-0-crash-1", "stuck")
        self.write("campaign/toy/artifacts/afl-0-crash-2", "bad:A@free stubborn")
        self.write("campaign/campaign.json",
                   json.dumps({"format": 1, "targets": ["toy"], "engine": "libfuzzer"}))
        code, output, errors = self.slubbed("fuzz", "--resume", self.out, "--for", "2s",
                                            libfuzzer="find")
        self.assertEqual((code, errors), (1, ""))
        self.assertIn("why BROKEN_RULE@free is bad", output)
        self.assertIn("A@free: cannot be minimised", output)
        self.assertIn("1 inputs cannot be replayed", output)

    def test_what_only_asan_sees_is_replayed_under_asan(self):
        self.write("campaign/toy/artifacts/afl-0-crash-1", "bad:use-after-poison@free?")
        self.write("campaign/campaign.json",
                   json.dumps({"format": 1, "targets": ["toy"], "engine": "all"}))
        code, output, _ = self.slubbed("fuzz", "--resume", self.out, "--for", "1s")
        self.assertEqual(code, 1)
        self.assertIn("./slubbed replay --asan --target toy", output)


class StopTest(FuzzTest):
    def stop(self, number):
        process = self.start_fuzz(afl="find")
        self.wait_for(self.artifacts)
        process.send_signal(number)
        code, output, errors = self.finish(process)
        self.assertEqual((code, errors), (1, ""))
        self.assertIn("why BROKEN_RULE@alloc is bad", output)
        self.assertIn("found by afl", self.corpus())
        self.assertGreater(self.record()["done"]["toy libfuzzer"]["execs"], 0)
        self.assert_nothing_runs()

    def test_sigint_keeps_results_and_prints_the_summary(self):
        self.stop(signal.SIGINT)

    def test_sigterm_keeps_results_and_prints_the_summary(self):
        self.stop(signal.SIGTERM)

    def test_engines_end_when_the_command_is_killed(self):
        process = self.start_fuzz()
        process.kill()
        process.communicate()
        self.wait_for(self.nothing_runs)

    def nothing_runs(self):
        try:
            self.assert_nothing_runs()
        except AssertionError:
            return False
        return True

    def test_what_a_killed_campaign_left_behind_is_taken_in(self):
        process = self.start_fuzz(afl="find")
        self.wait_for(lambda: list(self.out.glob("toy/afl/main/crashes/id*")))
        process.kill()
        process.communicate()
        self.wait_for(self.nothing_runs)
        code, output, _ = self.slubbed("fuzz", "--resume", self.out, "--for", "1s")
        self.assertEqual(code, 1)
        self.assertIn("BROKEN_RULE@alloc", output)


class TroubleTest(FuzzTest):
    def test_engine_that_dies_is_restarted_a_few_times_then_given_up(self):
        code, output, errors = self.fuzz("--target", "toy", "--engine", "libfuzzer", "--jobs", 1,
                                         libfuzzer="die")
        self.assertEqual((code, errors), (3, ""))
        self.assertEqual(len(self.calls("toy_libfuzzer")), 4)
        line = "libfuzzer on toy died (exit code 7: something terrible happened)"
        self.assertIn(f"{line}: restart 1 of 3", output)
        self.assertIn(f"{line}: given up", output)

    def test_the_other_engine_goes_on(self):
        code, output, _ = self.fuzz("--target", "toy", afl="die")
        self.assertEqual(code, 3)
        self.assertIn("afl on toy died (exit code 1: no fork server): given up", output)
        self.assertEqual(self.record()["done"]["toy libfuzzer"]["execs"], 5000)

    def test_missing_engine_is_named(self):
        (self.root / "bin/afl-fuzz").unlink()
        self.assert_refused(["fuzz", "--out", self.out], "afl-fuzz is not installed",
                            "./slubbed setup")

    def test_missing_engine_does_not_matter_where_it_is_not_asked_for(self):
        (self.root / "bin/afl-fuzz").unlink()
        code, _, _ = self.fuzz("--target", "toy", "--engine", "libfuzzer")
        self.assertEqual(code, 0)

    def test_failed_build_returns_3(self):
        code, _, errors = self.fuzz(build_code=1)
        self.assertEqual(code, 3)
        self.assertEqual(errors.count("\n"), 1)

    def test_folder_that_cannot_be_written_is_named(self):
        self.write("file", "")
        self.assert_refused(["fuzz", "--out", self.root / "file/below"], "file/below")
        for option in ("--out", "--resume"):
            self.assert_refused(["fuzz", option, "x" * 300], "xxx", "File name too long")

    def test_folder_in_use_is_refused(self):
        process = self.start_fuzz()
        self.assert_refused(["fuzz", "--resume", self.out], "another campaign runs there")
        scratch.interrupt(process)
        self.finish(process)

    def test_folder_that_holds_something_else_is_left_alone(self):
        kept = self.write("campaign/mine", "precious")
        self.assert_refused(["fuzz", "--out", self.out], "neither empty nor a campaign")
        self.assertEqual(kept.read_text(encoding="utf-8"), "precious")

    def test_new_campaign_does_not_overwrite_an_old_one(self):
        self.fuzz("--target", "toy")
        self.assert_refused(["fuzz", "--out", self.out], "--resume")

    def test_bad_records_are_refused(self):
        self.assert_refused(["fuzz", "--resume", self.root / "none"], "is no campaign")
        for record in ("", "{", "[]", '{"format": 2}', '{"format": 1, "surprise": 0}',
                       '{"format": 1, "targets": "toy", "engine": "all"}',
                       '{"format": 1, "targets": ["toy"], "engine": "none"}',
                       '{"format": 1, "targets": ["toy"], "engine": "all", "done": {"x": 1}}'):
            with self.subTest(record=record):
                self.write("campaign/campaign.json", record)
                self.assert_refused(["fuzz", "--resume", self.out], "campaign.json")

    def test_bad_flags_are_refused(self):
        for words, part in ((["--for", "soon"], "soon"), (["--for", "0"], "length of time"),
                            (["--for", "0.3s"], "too short"),
                            (["--jobs", "0"], "--jobs"), (["--jobs", "two"], "--jobs"),
                            (["--engine", "honggfuzz"], "honggfuzz"),
                            (["--target", "none"], "no target 'none'"),
                            (["--resume", "a", "--out", "b"], "not allowed"),
                            (["surprise"], "surprise")):
            with self.subTest(words=words):
                self.assert_refused(["fuzz", *words], part)


if __name__ == "__main__":
    unittest.main()
