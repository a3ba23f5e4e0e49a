"""The engines without feedback: what they find, write, print and return."""

import json
import os
import struct
import unittest

import support

REPLAY = support.HERE / "lock_fuzz_replay"
RANDOM = support.HERE / "lock_fuzz_random"
RANDOM_ABORT = support.HERE / "abort_fuzz_random"
LIBFUZZER = support.HERE / "lock_fuzz_libfuzzer"
REPLAY_MUTANT = support.HERE / "lock_opens_early_replay"


class ReplayTest(support.ProgramTest):
    def test_harmless_inputs_return_0(self):
        self.write("inputs/a", b"sl")
        self.write("inputs/deep/b", b"")
        result = self.run_program(REPLAY, self.folder)
        self.assertEqual((result.returncode, result.stdout), (0, "replayed 2 inputs, 0 findings\n"))

    def test_finding_is_named_with_its_file_and_returns_1(self):
        self.write("a", b"harmless")
        bad = self.write("b", b"xslub")
        self.write("c", b"harmless")
        result = self.run_program(REPLAY, self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout,
                         f"{bad}: found LOCK_OPEN\nreplayed 3 inputs, 1 findings\n")

    def test_input_larger_than_any_buffer_is_read_whole(self):
        path = self.write("a", b"x" * 100000 + b"slub")
        self.assertEqual(self.run_program(REPLAY, path).returncode, 1)

    def test_bad_usage_returns_2_with_one_line(self):
        for arguments in ([], ["--help"], [self.folder / "missing"]):
            with self.subTest(arguments=arguments):
                result = self.run_program(REPLAY, *arguments)
                self.assertEqual(result.returncode, 2)
                self.assertEqual(result.stderr.count("\n"), 1)

    def test_mutant_is_linked_in_place_of_the_library(self):
        path = self.write("a", b"ssss")
        self.assertEqual(self.run_program(REPLAY, path).returncode, 0)
        self.assertEqual(self.run_program(REPLAY_MUTANT, path).returncode, 1)


class RandomTest(support.ProgramTest):
    def run_random(self, *arguments, program=RANDOM):
        result = self.run_program(program, "--out", self.folder, *arguments)
        return result.returncode, json.loads(result.stdout.splitlines()[-1])

    def test_finding_is_written_and_replays(self):
        seed = self.write("seeds/a", b"slu")
        code, line = self.run_random("--runs", 1000000, seed)
        self.assertEqual((code, line["found"]), (1, "LOCK_OPEN"))
        self.assertLess(line["execs"], 1000000)
        written = list(self.folder.glob("random-*"))
        self.assertEqual(len(written), 1)
        self.assertEqual(self.run_program(REPLAY, written[0]).returncode, 1)

    def test_nothing_found_returns_0_after_exactly_the_runs_asked_for(self):
        code, line = self.run_random("--runs", 100, "--max-size", 3)
        self.assertEqual((code, line["found"], line["execs"]), (0, None, 100))
        self.assertEqual(list(self.folder.glob("random-*")), [])

    def test_time_limit_ends_the_run(self):
        code, line = self.run_random("--seconds", "0.2", "--max-size", 3)
        self.assertEqual((code, line["found"]), (0, None))
        self.assertGreaterEqual(line["seconds"], 0.2)

    def test_seed_decides_the_run(self):
        seed = self.write("seeds/a", b"slu")
        runs = [self.run_random("--runs", 1000000, "--seed", number, seed)[1]["execs"]
                for number in (1, 1, 2)]
        self.assertEqual(runs[0], runs[1])
        self.assertNotEqual(runs[0], runs[2])

    def test_input_that_kills_is_written(self):
        code, line = self.run_random("--runs", 10, program=RANDOM_ABORT)
        self.assertEqual((code, line["found"]), (1, "ABORT"))
        self.assertEqual(len(list(self.folder.glob("random-*"))), 1)

    def test_bad_usage_returns_2(self):
        for arguments in ([], ["--runs"], ["--runs", "many"], ["--runs", "1", "--size", "2"],
                          ["--runs", "1", self.folder / "missing"],
                          ["--runs", "1", "--out", self.folder / "missing"]):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_program(RANDOM, *arguments).returncode, 2)


class StatsTest(support.ProgramTest):
    """The block that a run shares with its watcher, as fuzz/engines/stats.h has it."""

    COUNTERS = struct.Struct("=QQQQ")    # runs, steps, ops, states
    STATES = 16384
    KNOWN = 32 * 128

    def make_stats(self, known=b""):
        block = bytes(self.COUNTERS.size + self.STATES) + known.ljust(self.KNOWN, b"\0")
        return self.write("stats", block)

    def read_stats(self, stats):
        return self.COUNTERS.unpack(stats.read_bytes()[:self.COUNTERS.size])

    def watch(self, stats):
        inputs = [self.write("a", b"slu"), self.write("b", b"s!")]
        result = self.run_program(REPLAY, *inputs,
                                  env=dict(os.environ, SLUBBED_STATS=str(stats)))
        self.assertEqual(result.returncode, 0)
        return self.read_stats(stats)

    def test_runs_steps_ops_and_states_are_counted(self):
        stats = self.make_stats()
        numbers = self.watch(stats)
        self.assertEqual(numbers[:3], (2, 4, 5))
        self.assertEqual(numbers[3], sum(stats.read_bytes()[self.COUNTERS.size:]))

    def test_a_second_process_adds_to_the_first(self):
        stats = self.make_stats()
        first = self.watch(stats)
        second = self.watch(stats)
        self.assertEqual(second[:3], tuple(2 * number for number in first[:3]))
        self.assertEqual(second[3], first[3])

    def test_a_file_that_is_too_short_is_left_alone(self):
        stats = self.write("stats", bytes(100))
        self.assertEqual(self.watch(stats), (0, 0, 0, 0))

    def run_libfuzzer(self, stats):
        """On an input that finds something; returns the exit code."""
        return self.run_program(LIBFUZZER, f"-artifact_prefix={self.folder}/",
                                self.write("a", b"slub"),
                                env=dict(os.environ, SLUBBED_STATS=str(stats))).returncode

    def test_engine_stops_at_a_finding(self):
        self.assertNotEqual(self.run_libfuzzer(self.make_stats(b"OTHER")), 0)

    def test_engine_goes_on_after_a_finding_of_which_there_is_enough(self):
        known = b"OTHER".ljust(128, b"\0") + b"LOCK_OPEN"
        self.assertEqual(self.run_libfuzzer(self.make_stats(known)), 0)


class DictionaryTest(unittest.TestCase):
    def test_dictionary_holds_the_entries_without_names(self):
        text = (support.HERE / "lock_fuzz.dict").read_text(encoding="ascii")
        self.assertEqual(text, '"slub"\n"\\x73l"\n')


if __name__ == "__main__":
    unittest.main()
