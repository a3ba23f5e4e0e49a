"""explore: every schedule passes, or the first that fails is there as a trace."""

import pathlib
import signal
import subprocess
import unittest

import support
from support import PLANTED, TRIAGE

# Over locks that keep nobody out.
RACY = pathlib.Path("tests/tooling/triage/planted_race")

PROGRAM = """slubbed trace 1
heap page_count=16
create c0 size=2048
alloc c0 o0
cpu cpu=0
pages o1 order=0
alloc c0 o2
free_pages o1
cpu cpu=1
pages o3 order=0
free_pages o3
free o0
"""


class CoverTest(support.TriageTest):
    def test_schedules_are_counted(self):
        path = self.write("a.trace", PROGRAM)
        counts = []
        for preemptions in range(3):
            output = self.check(0, TRIAGE, "explore", path, "--preemptions", preemptions)
            plural = "" if preemptions == 1 else "s"
            self.assertRegex(output, rf"\A{path}: [0-9]+ schedules with at most {preemptions} "
                                     rf"preemption{plural}, none failed\n\Z")
            counts.append(int(output.split()[1]))
        self.assertEqual(counts[0], 20)
        self.assertLess(counts[0], counts[1])
        self.assertLess(counts[1], counts[2])

    def test_two_preemptions_are_the_default(self):
        path = self.write("a.trace", PROGRAM)
        self.assertEqual(self.check(0, TRIAGE, "explore", path),
                         self.check(0, TRIAGE, "explore", "--preemptions=2", path))

    def test_every_point_is_more(self):
        path = self.write("a.trace", PROGRAM)
        some, every = (int(self.check(0, TRIAGE, "explore", *words, path).split()[1])
                       for words in ((), ("--every-point",)))
        self.assertLess(some, every)

    def test_strategies_run_so_many_schedules(self):
        path = self.write("a.trace", PROGRAM)
        for strategy in ("random", "pct", "round_robin"):
            self.assertEqual(self.check(0, TRIAGE, "explore", path, "--strategy", strategy,
                                        "--runs", 123, "--seed", 5),
                             f"{path}: 123 schedules by {strategy}, none failed\n")

    def test_search_that_was_cut_says_so(self):
        path = self.write("a.trace", PROGRAM)
        self.assertIn("none failed; there are more than --runs allows",
                      self.check(0, TRIAGE, "explore", path, "--runs", 10))

    def test_schedule_of_the_input_does_not_matter(self):
        path = self.write("a.trace", PROGRAM)
        other = self.write("b.trace", PROGRAM.replace("alloc c0 o2\n",
                                                      "park after=2\nirq\nalloc c0 o2\n"))
        first, second = (self.check(0, TRIAGE, "explore", name) for name in (path, other))
        self.assertEqual(first.split(":")[1], second.split(":")[1])

    def test_interrupt_ends_it_in_good_order(self):
        lines = "".join(f"shrink c0\nalloc c0 o{number}\n" for number in range(10, 20))
        path = self.write("a.trace", PROGRAM + lines)
        with subprocess.Popen([TRIAGE, "explore", path, "--preemptions", "9"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8") as process:
            progress = process.stderr.readline()
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate()
        self.assertEqual((process.returncode, output), (130, ""))
        self.assertRegex(progress, r"\Aexplore: [0-9]+ schedules so far, [0-9]+ per second\n\Z")
        self.assertRegex(errors.splitlines()[-1], r"\Aexplore: interrupted after [1-9][0-9]* "
                                                  r"schedules .*, none failed\Z")


class FindTest(support.TriageTest):
    def check_trace(self, program, trace, signature):
        """The trace says what it shows, and shows it again."""
        path = self.write("found.trace", trace)
        row, = self.replay(path, program=program)
        self.assertEqual(row["signature"], signature)
        self.assertTrue(trace.startswith(f"slubbed trace 1\n# {signature}: "), trace)

    def find(self, program, path, *words):
        """What explore says on stderr, and the trace it writes on stdout."""
        result = self.run_program(program, "explore", path, *words)
        self.assertEqual(result.returncode, 1, result)
        line = result.stderr.splitlines()[-1]
        self.assertRegex(line, rf"\A{path}: \S+@\S+ in schedule [0-9]+, with [0-9]+ "
                               r"change points?, -\Z")
        return line.split()[1], result.stdout

    def test_race_needs_a_preemption(self):
        path = self.write("a.trace", PROGRAM)
        self.assertIn("none failed", self.check(0, RACY, "explore", path, "--preemptions=0"))

    def test_race_is_found_with_one_preemption(self):
        path = self.write("a.trace", PROGRAM)
        for words in ((), ("--every-point",), ("--preemptions=1",)):
            with self.subTest(words):
                signature, trace = self.find(RACY, path, *words)
                self.assertEqual(trace.count("\npark "), 1)
                self.check_trace(RACY, trace, signature)

    def test_each_strategy_finds_it(self):
        path = self.write("a.trace", PROGRAM)
        for strategy in ("random", "pct", "round_robin"):
            with self.subTest(strategy):
                signature, trace = self.find(RACY, path, "--strategy", strategy)
                self.check_trace(RACY, trace, signature)

    def test_trace_goes_to_a_file(self):
        path = self.write("a.trace", PROGRAM)
        out = self.folder / "out.trace"
        output = self.check(1, RACY, "explore", path, "--out", out)
        self.assertRegex(output, rf"\A{path}: \S+ in schedule [0-9]+, with 1 change point, {out}\n")
        self.check_trace(RACY, out.read_text(), output.split()[1])

    def test_trace_of_a_crash_is_there(self):
        path = self.write("a.trace", support.planted_trace(support.CRASH))
        signature, trace = self.find(PLANTED, path)
        self.assertEqual(signature, "SIGSEGV@shrink")
        self.check_trace(PLANTED, trace, signature)


class BadInputTest(support.TriageTest):
    def test_no_cpu_line_leaves_nothing_to_explore(self):
        path = self.write("a.trace", support.GOOD)
        self.check_complaint(f"{path}: nothing to explore, .*", TRIAGE, "explore", path)

    def test_unknown_strategy(self):
        path = self.write("a.trace", PROGRAM)
        self.check_complaint("no strategy 'best'; there are: exhaustive random pct round_robin",
                             TRIAGE, "explore", path, "--strategy", "best")

    def test_numbers_out_of_range(self):
        path = self.write("a.trace", PROGRAM)
        for option, value in (("preemptions", 16), ("preemptions", "x"), ("runs", 0),
                              ("seed", "1000000000"), ("seed", "")):
            self.check_complaint(fr"explore: not within .*: {value} \(usage.*", TRIAGE, "explore",
                                 path, f"--{option}={value}")

    def test_program_that_is_too_long(self):
        path = self.write("a.trace", PROGRAM + "cache_size c0\n" * 2000)
        self.check_complaint(f"{path}: too long to be searched exhaustively; .*", TRIAGE,
                             "explore", path)

    def test_output_that_cannot_be_written(self):
        path = self.write("a.trace", PROGRAM)
        self.check_complaint(".*No such file or directory", RACY, "explore", path, "--out",
                             self.folder / "missing" / "out")


if __name__ == "__main__":
    unittest.main()
