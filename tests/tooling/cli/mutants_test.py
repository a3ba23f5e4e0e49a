"""./slubbed mutants: what counts as found, by whom, and what is given to the hunts."""

import json
import unittest

import scratch

KINDS = {"some-bug": "bug", "other-bug": "bug", "easy": "canary", "nothing": "noop"}


class CatalogueTest(scratch.ScratchTest):
    """A checkout with planted bugs."""

    def setUp(self):
        super().setUp()
        rows = [{"id": name, "kind": kind, "area": "page", "target": "toy", "rule": "a promise",
                 "ops": 3} for name, kind in KINDS.items()]
        self.write("bazel-bin/mutants/catalogue.json", json.dumps(rows))
        for name in KINDS:
            for variant in ("libfuzzer", "random", "afl", "triage"):
                self.install_fake(f"bazel-bin/mutants/{name}_{variant}", f"fake_{variant}.py")
            self.install_fake(f"bazel-bin/mutants/{name}_triage_asan", "fake_triage.py")
        self.write("seeds/toy/1", "harmless")
        self.write("seeds/toy/2", "planted:BROKEN@free by a seed alone")


class HuntTest(CatalogueTest):
    def mutants(self, *words, **fakes):
        """Runs hunts of a second; returns the exit code and the scores by id and engine."""
        code, self.output, errors = self.slubbed("mutants", "--seeds", "seeds", "--seconds", 1,
                                                 "--json", "scores.json", *words, **fakes)
        self.assertEqual(errors, "")
        rows = json.loads((self.root / "scores.json").read_text(encoding="utf-8"))
        return code, {(row["id"], row["engine"]): row for row in rows}

    def find(self, *words, content="planted:BROKEN@free and more"):
        return self.mutants(*words, libfuzzer="find", afl="find", random="find", content=content)

    def test_each_engine_is_credited_with_what_it_finds(self):
        code, scores = self.find()
        self.assertEqual(code, 0)
        self.assertEqual(set(scores), {(name, engine) for name in ("some-bug", "other-bug")
                                       for engine in ("libfuzzer", "afl", "random")})
        for (_, engine), row in scores.items():
            self.assertTrue(row["found"])
            self.assertEqual((row["found_by"], row["judge"], row["ops"]), (engine, "BROKEN", 1))
            self.assertGreater(row["seconds"], 0)
        self.assertEqual(scores["some-bug", "random"]["execs"], 77)
        self.assertIn("afl: 2 of 2 bugs found, median", self.output)

    def test_bug_that_is_not_found_returns_1_and_has_nulls(self):
        code, scores = self.mutants("--engine", "libfuzzer", "some-bug")
        self.assertEqual(code, 1)
        row = scores["some-bug", "libfuzzer"]
        self.assertFalse(row["found"])
        for name in ("found_by", "judge", "seconds", "execs", "ops"):
            self.assertIsNone(row[name])
        self.assertIn("libfuzzer: 0 of 1 bugs found", self.output)

    def test_input_that_fails_without_the_mutant_too_does_not_count(self):
        code, scores = self.find("--engine", "libfuzzer", "some-bug", content="bad:ALWAYS@free")
        self.assertEqual(code, 1)
        self.assertFalse(scores["some-bug", "libfuzzer"]["found"])

    def test_input_that_passes_when_replayed_does_not_count(self):
        code, _ = self.find("--engine", "afl", "some-bug", content="harmless")
        self.assertEqual(code, 1)

    def test_seeds_that_show_the_bug_are_not_given_to_hunts(self):
        self.slubbed("mutants", "--seeds", "seeds", "--engine", "afl", "--seconds", 1, "some-bug",
                     afl="record-seeds")
        given = (self.root / "given").read_text(encoding="utf-8").split("\n")
        self.assertIn("harmless", given)
        self.assertNotIn("planted:BROKEN@free by a seed alone", given)

    def test_it_is_told_whether_seeds_alone_show_the_bug(self):
        _, scores = self.find("--engine", "random", "some-bug")
        self.assertTrue(scores["some-bug", "random"]["seeds_alone"])
        (self.root / "seeds/toy/2").unlink()
        _, scores = self.find("--engine", "random", "some-bug")
        self.assertFalse(scores["some-bug", "random"]["seeds_alone"])

    def test_repetitions_are_counted(self):
        _, scores = self.find("--engine", "random", "--repeat", 3, "some-bug")
        row = scores["some-bug", "random"]
        self.assertEqual((row["finds"], row["hunts"]), (3, 3))
        seeds = {call[call.index("--seed") + 1] for call in self.calls("random")}
        self.assertEqual(len(seeds), 3)

    def test_canaries_are_found_and_what_changes_nothing_is_not(self):
        code, scores = self.find("--canaries", "--engine", "random", "easy")
        self.assertEqual((code, set(scores)), (0, {("easy", "random")}))
        code, scores = self.mutants("--canaries", "--engine", "random", "nothing")
        self.assertEqual((code, scores["nothing", "random"]["found"]), (0, False))

    def test_a_find_where_nothing_is_changed_returns_1(self):
        self.assertEqual(self.find("--canaries", "--engine", "random", "nothing")[0], 1)

    def test_canary_that_is_not_found_returns_1(self):
        self.assertEqual(self.mutants("--canaries", "--engine", "random", "easy")[0], 1)

    def test_engine_that_dies_returns_3_and_keeps_the_scores_made_so_far(self):
        for engine, cause in (("afl", "exit code 1: no fork server"),
                              ("libfuzzer", "exit code 7: something terrible happened")):
            with self.subTest(engine):
                code, _, errors = self.slubbed(
                    "mutants", "--canaries", "--seeds", "seeds", "--seconds", 1, "--engine",
                    engine, "--json", "scores.json", "nothing", **{engine: "die"})
                self.assertEqual((code, errors),
                                 (3, f"slubbed: {engine} on nothing died: {cause}\n"))
                self.assertEqual((self.root / "scores.json").read_text(encoding="utf-8"), "[]\n")

    def test_interrupt_keeps_the_scores_made_so_far(self):
        process = self.start("mutants", "--seeds", "seeds", "--seconds", 60, "--engine", "afl",
                             "--json", "scores.json")
        self.wait_for(lambda: self.calls("afl-fuzz"))
        scratch.interrupt(process)
        code, _, errors = self.finish(process)
        self.assertEqual((code, errors), (130, ""))
        self.assertEqual((self.root / "scores.json").read_text(encoding="utf-8"), "[]\n")
        self.assert_nothing_runs()

    def test_bad_usage_is_refused(self):
        for words, part in ((["none"], "no mutant 'none'"), (["--repeat", "0"], "--repeat"),
                            (["--engine", "none"], "none"), (["--seeds", "gone"], "gone"),
                            (["--seeds", "seeds/toy"], "seeds/toy/toy: no such folder"),
                            (["--seconds", "never"], "never")):
            with self.subTest(words=words):
                self.assert_refused(["mutants", *words], part)


class SeedsTest(CatalogueTest):
    """Seeds are grown from hand-written ones alone, once."""

    def setUp(self):
        super().setUp()
        self.environment["XDG_CACHE_HOME"] = str(self.root / "cache")
        self.write("corpus/seeds/toy/a.trace", "text hand-written")
        self.write("corpus/regressions/toy/b.trace", "text planted:BROKEN@free regression")
        source = self.root / "tools/cli/mutants/seeds.py"
        source.write_text(source.read_text().replace("GROW_SECONDS = 30", "GROW_SECONDS = 1"))

    def grown(self):
        folder, = (self.root / "cache/slubbed/seeds").iterdir()
        return {path.read_text(encoding="utf-8") for path in folder.iterdir()}

    def hunt(self, **fakes):
        return self.slubbed("mutants", "--seconds", 1, "--engine", "random", "some-bug", **fakes)

    def test_seeds_come_from_hand_written_ones_alone(self):
        code, _, errors = self.hunt(random="find", content="planted:BROKEN@free")
        self.assertEqual((code, errors), (0, "growing inputs of toy for 1 s\n"))
        self.assertEqual(self.grown(), {"hand-written", "new"})

    def test_seeds_are_grown_once(self):
        self.hunt()
        self.assertEqual(self.hunt()[2], "")

    def test_new_build_grows_them_again(self):
        self.hunt()
        with (self.root / "bazel-bin/fuzz/targets/toy_libfuzzer").open("a") as program:
            program.write("# changed\n")
        self.assertIn("growing", self.hunt()[2])
        self.assertEqual(self.grown(), {"hand-written", "new"})

    def test_allocator_that_fails_by_itself_is_told_of(self):
        code, _, errors = self.hunt(libfuzzer="find")
        self.assertEqual(code, 1)
        self.assertIn("the allocator as it is fails in toy", errors.splitlines()[-1])
        self.assertEqual(errors.count("\n"), 2)

    def test_engine_that_dies_while_seeds_grow_returns_3(self):
        code, _, errors = self.hunt(libfuzzer="die")
        self.assertEqual((code, errors.count("\n")), (3, 2))
        self.assertIn("something terrible happened", errors)


if __name__ == "__main__":
    unittest.main()
