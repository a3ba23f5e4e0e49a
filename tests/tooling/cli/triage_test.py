"""./slubbed triage, merge, replay, minimize, explain and convert around a fake C program."""

import json
import unittest

import scratch


class TriageTest(scratch.ScratchTest):
    def setUp(self):
        super().setUp()
        self.write("campaign/campaign.json",
                   json.dumps({"format": 1, "targets": ["toy", "text"], "engine": "all"}))

    def crash(self, name, content, target="toy"):
        return self.write(f"campaign/{target}/artifacts/{name}", content)

    def triage(self, *words):
        return self.slubbed("triage", *words, self.out)

    def text(self, name):
        return (self.root / name).read_text(encoding="utf-8")

    def test_no_crash_returns_0(self):
        code, output, errors = self.triage()
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("nothing found", output)

    def test_one_trace_and_explanation_for_each_signature(self):
        self.crash("libfuzzer-0-crash-1", "bad:A@free and more")
        self.crash("afl-0-crash-2", "bad:A@free")
        self.crash("afl-0-hang-3", "bad:HANG@shrink")
        code, output, errors = self.triage()
        self.assertEqual((code, errors), (1, ""))
        self.assertRegex(output, r"A@free +toy +afl, libfuzzer +2 +1 ops")
        self.assertRegex(output, r"HANG@shrink +toy +afl +1 +1 ops")
        self.assertEqual(self.text("campaign/triage/A-free/trace"), "bad:A@free")
        self.assertEqual(self.text("campaign/triage/HANG-shrink/explanation.txt"),
                         "why HANG@shrink is bad\n")
        page = self.text("campaign/triage/index.html")
        self.assertIn("<h1>2 distinct findings</h1>", page)
        self.assertIn("why A@free is bad", page)

    def test_target_that_has_a_folder_and_no_line_in_the_record_counts(self):
        self.crash("libfuzzer-0-crash-1", "bad:A@free", "toy_too")
        code, output, _ = self.triage()
        self.assertEqual(code, 1)
        self.assertRegex(output, r"A@free +toy_too +libfuzzer +1 +1 ops")

    def test_findings_in_the_folders_of_afl_count(self):
        self.write("campaign/toy/afl/main/crashes/id:000000,sig:06", "bad:A@free")
        self.write("campaign/toy/afl/main/crashes/README.txt", "bad:README@free")
        self.write("campaign/toy/afl/secondary1/hangs/id:000000,src:1", "bad:HANG@free")
        code, output, _ = self.triage()
        self.assertEqual(code, 1)
        self.assertIn("A@free", output)
        self.assertIn("HANG@free", output)
        self.assertNotIn("README", output)

    def test_what_is_mended_is_found_no_more(self):
        self.crash("libfuzzer-0-crash-1", "good by now")
        code, output, _ = self.triage()
        self.assertEqual(code, 0)
        self.assertIn("1 inputs find nothing any more", output)

    def test_only_what_finds_the_same_is_deleted(self):
        for number in range(10):
            self.crash(f"afl-0-crash-{number}", "bad:A@free" + " and more" * number)
            self.crash(f"afl-0-hang-{number}", f"slow {number}")
        _, output, _ = self.triage()
        self.assertRegex(output, r"A@free +toy +afl +10 +1 ops")
        self.assertIn("10 inputs find nothing any more", output)
        kept = sorted(path.name for path in (self.out / "toy/artifacts").iterdir())
        self.assertEqual(kept, [f"afl-0-crash-{number}" for number in range(8)]
                         + [f"afl-0-hang-{number}" for number in range(10)])

    def test_crash_that_cannot_be_replayed_hides_no_other(self):
        stuck = self.crash("afl-0-crash-1", "stuck")
        self.crash("afl-0-crash-2", "mute")
        code, output, errors = self.triage()
        self.assertEqual((code, errors), (3, ""))
        self.assertIn("2 inputs cannot be replayed", output)
        self.assertIn("/afl-0-crash-1 cannot be replayed: triage replay: out of luck", output)
        self.crash("afl-0-crash-3", "bad:A@free")
        code, output, errors = self.triage()
        self.assertEqual((code, errors), (1, ""))
        self.assertRegex(output, r"A@free +toy +afl +1 +1 ops")
        self.assertIn("2 inputs cannot be replayed", output)
        self.assertTrue(stuck.exists())

    def test_finding_that_cannot_be_minimised_hides_no_other(self):
        self.crash("afl-0-crash-1", "bad:A@free stubborn")
        code, output, errors = self.triage()
        self.assertEqual((code, errors), (1, ""))
        self.assertIn("A@free: cannot be minimised: triage minimize: out of luck", output)
        self.assertNotIn("nothing found", output)
        self.crash("afl-0-crash-2", "bad:B@free")
        self.assertRegex(self.triage()[1], r"B@free +toy +afl +1 +1 ops")

    def test_second_call_keeps_the_trace_that_is_there(self):
        self.crash("libfuzzer-0-crash-1", "bad:A@free and more")
        self.triage()
        kept = self.write("campaign/triage/A-free/trace", "bad:A@free by hand")
        self.triage()
        self.assertEqual(kept.read_text(encoding="utf-8"), "bad:A@free by hand")

    def test_trace_that_shows_something_else_is_made_anew(self):
        self.crash("libfuzzer-0-crash-1", "bad:A@free and more")
        kept = self.write("campaign/triage/A-free/trace", "bad:B@free")
        self.triage()
        self.assertEqual(kept.read_text(encoding="utf-8"), "bad:A@free")

    def test_input_that_is_no_program_is_replayed_by_its_own_target(self):
        self.crash("libfuzzer-0-crash-1", "bad:TRACE_ROUND_TRIP@write", "text")
        code, output, _ = self.triage()
        self.assertEqual(code, 1)
        self.assertRegex(output, r"TRACE_ROUND_TRIP@write +text +libfuzzer +1 +26 bytes")

    def test_promote_makes_a_regression_of_each_finding_once(self):
        self.crash("libfuzzer-0-crash-1", "bad:A@free and more")
        for _ in range(2):
            self.assertEqual(self.triage("--promote")[0], 1)
        folder = self.root / "corpus/regressions/toy"
        self.assertEqual([path.name for path in folder.iterdir()], ["A-free.trace"])

    def test_promote_never_overwrites(self):
        self.crash("libfuzzer-0-crash-1", "bad:A@free and more")
        other = self.write("corpus/regressions/toy/A-free.trace", "another one")
        self.triage("--promote")
        self.assertEqual(other.read_text(encoding="utf-8"), "another one")
        self.assertEqual(self.text("corpus/regressions/toy/A-free-2.trace"), "bad:A@free")

    def test_folder_that_is_no_campaign_is_refused(self):
        self.assert_refused(["triage", self.root / "tools"], "is no campaign")


class MergeTest(scratch.ScratchTest):
    def setUp(self):
        super().setUp()
        for name, content in (("a1", "a 1"), ("a2", "a 2"), ("b1.trace", "text b 1")):
            self.write(f"one/{name}", content)
        self.write("two/c", "c 1")

    def merged(self, folder="out"):
        return sorted(path.read_text(encoding="utf-8")
                      for path in (self.root / folder).iterdir())

    def test_corpora_become_one_of_raw_inputs(self):
        code, output, errors = self.slubbed("merge", "--target", "toy", "--out", "out",
                                            "one", "two")
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("toy: 4 inputs became 3 of equal coverage", output)
        self.assertIn(self.merged(), (["a 1", "b 1", "c 1"], ["a 2", "b 1", "c 1"]))

    def test_traces_are_written_where_they_are_asked_for(self):
        self.slubbed("merge", "--text", "--target", "toy", "--out", "out", "two")
        path, = (self.root / "out").iterdir()
        self.assertEqual((path.suffix, path.read_text(encoding="utf-8")), (".trace", "text c 1"))

    def test_inputs_that_are_no_programs_are_taken_as_they_are(self):
        self.slubbed("merge", "--text", "--target", "text", "--out", "out", "one")
        self.assertIn("text b 1", self.merged())

    def test_campaigns_are_merged_target_by_target(self):
        self.write("campaign/toy/corpus/x", "x 1")
        self.write("campaign/text/corpus/y", "y 1")
        code, _, _ = self.slubbed("merge", "--out", "out", "campaign")
        self.assertEqual(code, 0)
        self.assertEqual(self.merged("out/toy"), ["x 1"])
        self.assertEqual(self.merged("out/text"), ["y 1"])

    def test_interrupted_merge_is_gone_on_with(self):
        words = ["merge", "--target", "toy", "--out", "out", "two"]
        code, _, errors = self.slubbed(*words, libfuzzer="merge-dies")
        self.assertEqual(code, 3)
        self.assertIn("cannot merge", errors)
        self.assertEqual(self.slubbed(*words)[0], 0)
        self.assertEqual(self.merged(), ["c 1"])
        controls = {word for call in self.calls("toy_libfuzzer_plain") for word in call
                    if word.startswith("-merge_control_file=")}
        self.assertEqual(len(controls), 1)

    def test_merge_that_was_interrupted_between_targets_is_gone_on_with(self):
        self.write("campaign/toy/corpus/x", "x 1")
        words = ["merge", "--out", "out", "campaign"]
        self.slubbed(*words, libfuzzer="merge-dies")
        self.write("out/text/y", "y 1")
        self.assertEqual(self.slubbed(*words)[0], 0)
        self.assertEqual(self.merged("out/toy"), ["x 1"])

    def test_interrupted_merge_takes_no_other_sources(self):
        self.slubbed("merge", "--target", "toy", "--out", "out", "two", libfuzzer="merge-dies")
        for words in (["--target", "toy", "one"], ["--target", "text", "two"],
                      ["--text", "--target", "toy", "two"]):
            with self.subTest(words=words):
                self.assert_refused(["merge", "--out", "out", *words],
                                    "out holds an interrupted merge of something else")

    def test_campaign_without_the_target_is_no_corpus(self):
        self.write("campaign/campaign.json", "{}")
        self.write("campaign/text/corpus/y", "y 1")
        self.assert_refused(["merge", "--target", "toy", "--out", "out", "one", "campaign"],
                            "campaign is a campaign without toy")

    def test_bad_usage_is_refused(self):
        self.write("full/precious", "")
        for words, part in ((["--out", "out", "none"], "no such folder"),
                            (["--out", "full", "--target", "toy", "one"], "not empty"),
                            (["--out", "out", "one"], "--target"),
                            (["--out", "full/precious/x", "--target", "toy", "one"], "precious"),
                            (["--out", "out", "x" * 300], "File name too long"),
                            (["--out", "x" * 300, "--target", "toy", "one"], "too long"),
                            (["one"], "--out")):
            with self.subTest(words=words):
                self.assert_refused(["merge", *words], part)


class WrapperTest(scratch.ScratchTest):
    def setUp(self):
        super().setUp()
        self.good = self.write("good", "harmless")
        self.bad = self.write("bad", "bad:A@free")

    def test_output_and_exit_code_go_through(self):
        self.assertEqual(self.slubbed("replay", self.good)[0], 0)
        code, output, errors = self.slubbed("replay", "--json", self.bad)
        self.assertEqual((code, errors), (1, ""))
        self.assertEqual(json.loads(output)["signature"], "A@free")
        self.assertEqual(self.slubbed("explain", self.bad)[:2], (1, "why A@free is bad\n"))

    def test_asan_is_asked_for(self):
        hidden = self.write("hidden", "bad:A@free?")
        self.assertEqual(self.slubbed("replay", hidden)[0], 0)
        self.assertEqual(self.slubbed("replay", "--asan", hidden)[0], 1)

    def test_missing_file_returns_2(self):
        self.assert_refused(["replay", self.root / "none"], "No such file")

    def test_signal_that_ends_the_program_is_told_by_the_exit_code(self):
        for name, code in (("INT", 130), ("TERM", 130), ("KILL", 3)):
            with self.subTest(name):
                self.install("bazel-bin/fuzz/triage/triage", f"#!/bin/sh\nkill -{name} $$\n")
                self.assertEqual(self.slubbed("replay", self.good)[0], code)

    def test_convert_writes_the_form_asked_for(self):
        self.slubbed("convert", "--to", "text", self.good, self.root / "out")
        self.assertEqual((self.root / "out").read_text(encoding="utf-8"), "text harmless")
        self.assert_refused(["convert", "--to", "html", "a", "b"], "html")

    def test_input_below_a_folder_of_its_target_is_read_by_that_target(self):
        inner = self.write("corpus/text/x", "bad:PARSER")
        code, output, _ = self.slubbed("replay", inner)
        self.assertEqual((code, output), (1, f"{inner}: FAIL PARSER\n"))
        self.assertEqual(self.slubbed("replay", "--target", "toy", inner)[0], 1)
        self.assert_refused(["replay", "--target", "text", self.root / "none"], "no such file")
        self.assert_refused(["replay", "--target", "text", "x" * 300], "File name too long")

    def test_input_that_is_no_program_is_minimised_by_libfuzzer(self):
        path = self.write("corpus/text/x.trace", "bad:PARSER and more")
        out = self.root / "corpus/text/x.min.trace"
        told = f"{path}: PARSER, 19 bytes -> 10 bytes, {out}\n"
        self.assertEqual(self.slubbed("minimize", path), (1, told, ""))
        self.assertEqual(out.read_text(encoding="utf-8"), "bad:PARSER")
        code, output, _ = self.slubbed("minimize", "--json", "--seconds", 3, "--out", "y", path)
        self.assertEqual((code, json.loads(output)),
                         (1, {"file": str(path), "out": "y", "signature": "PARSER", "bytes": 19,
                              "bytes_left": 10}))
        limits = [word for call in self.calls("text_libfuzzer") for word in call
                  if word.startswith("-max_total_time=")]
        self.assertEqual(limits, ["-max_total_time=10", "-max_total_time=3"])

    def test_result_that_shows_something_else_is_none(self):
        path = self.write("corpus/text/x", "bad:PARSER and more")
        out = self.write("out", "bad:PARSER long ago")
        self.assertEqual(self.slubbed("minimize", "--out", out, path, libfuzzer="drift")[0], 1)
        self.assertEqual(out.read_text(encoding="utf-8"), "bad:PARSER and more")
        self.assert_refused(["minimize", "--out", "none/out", path], "none/")
        self.assert_refused(["minimize", "--seconds", "0", path], "--seconds")


if __name__ == "__main__":
    unittest.main()
