"""The parts of the command that compute, each by itself."""

import argparse
import io
import pathlib
import re
import tempfile
import threading
import unittest
from unittest import mock

from tools.cli import arguments, duration, failure, files
from tools.cli.campaign import afl, display, engine, layout, libfuzzer, rates, schedule
from tools.cli.campaign import stats, supervisor, upkeep
from tools.cli.campaign.bounded_log import BoundedLog
from tools.cli.commands import test as test_command
from tools.cli.targets import FuzzTarget


class FolderTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class DurationTest(unittest.TestCase):
    def test_lengths_of_time_are_read(self):
        for text, seconds in (("90", 90), ("90s", 90), ("5m", 300), ("1.5h", 5400), ("2d", 172800)):
            self.assertEqual(duration.parse(text), seconds)
        self.assertEqual(duration.parse("0.3s"), 0.3)

    def test_anything_else_is_refused(self):
        for text in ("", "0", "0s", "-1", "soon", "5 m", "1w", "nan", "99999d", "9" * 400):
            with self.subTest(text=text), self.assertRaises(argparse.ArgumentTypeError):
                duration.parse(text)

    def test_campaign_lasts_a_second_or_forever(self):
        self.assertIsNone(duration.parse_campaign("forever"))
        self.assertEqual(duration.parse_campaign("1s"), 1)
        for text in ("0.3s", "soon"):
            with self.subTest(text=text), self.assertRaises(argparse.ArgumentTypeError):
                duration.parse_campaign(text)

    def test_clock_shows_hours_only_if_there_are_any(self):
        self.assertEqual(duration.render(61.9), "01:01")
        self.assertEqual(duration.render(3 * 3600 + 5), "3:00:05")


class ArgumentsTest(unittest.TestCase):
    def test_numbers_above_0_are_read(self):
        self.assertEqual(arguments.positive("12"), 12)
        for text in ("0", "-1", "1.5", "many", ""):
            with self.subTest(text=text), self.assertRaises(argparse.ArgumentTypeError):
                arguments.positive(text)


class FilesTest(FolderTest):
    def test_slug_is_a_file_name(self):
        self.assertEqual(files.slug("OBJECT_OWNED_ONCE@alloc"), "OBJECT_OWNED_ONCE-alloc")
        self.assertEqual(files.slug("../x/y"), "x-y")
        self.assertEqual(files.slug("..."), "unnamed")

    def test_failed_write_leaves_what_was_there_and_nothing_else(self):
        path = self.folder / "file"
        files.write(path, "before")
        with mock.patch.object(pathlib.Path, "replace", side_effect=OSError("full")):
            with self.assertRaises(OSError):
                files.write(path, "after")
        self.assertEqual([path.read_text() for path in self.folder.iterdir()], ["before"])

    def test_input_is_added_once_under_the_name_libfuzzer_gives_it(self):
        self.assertTrue(files.add_input(self.folder, b"slub"))
        self.assertFalse(files.add_input(self.folder, b"slub"))
        self.assertEqual([path.name for path in files.inputs(self.folder)],
                         ["d7e9650e1fdd08e183e80f4e91379f97fbd897ae"])


class BoundedLogTest(FolderTest):
    def test_log_keeps_the_last_lines_within_its_bound(self):
        log = BoundedLog(self.folder / "log", bytes_max=100)
        for number in range(100):
            log.write(b"line %02d\n" % number)
        log.close()
        sizes = {path.name: path.stat().st_size for path in self.folder.iterdir()}
        self.assertEqual(set(sizes), {"log", "log.1"})
        self.assertTrue(all(size <= 100 for size in sizes.values()))
        self.assertTrue((self.folder / "log").read_bytes().endswith(b"line 99\n"))


class RateTest(unittest.TestCase):
    def test_rate_is_that_of_the_last_seconds(self):
        rate = rates.Rate()
        for second in range(100):
            rate.add(second, second * 10 if second < 50 else second * 1000)
        self.assertEqual(rate.per_second(), 1000)

    def test_no_rate_from_one_point_or_after_a_new_beginning(self):
        rate = rates.Rate()
        self.assertEqual(rate.per_second(), 0)
        rate.add(1, 500)
        self.assertEqual(rate.per_second(), 0)
        rate.add(2, 10)
        self.assertEqual(rate.per_second(), 0)


class ScheduleTest(unittest.TestCase):
    def setUp(self):
        targets = [FuzzTarget(name, pathlib.Path()) for name in "abc"]
        self.units = schedule.all_units([libfuzzer.LibFuzzer(), afl.Afl()], targets)

    def test_two_processors_give_each_target_both_engines_in_turn(self):
        turns = list(schedule.turns(self.units, 2, 60))
        self.assertEqual([[unit.key for unit in turn.processes] for turn in turns],
                         [["a libfuzzer", "a afl"], ["b libfuzzer", "b afl"],
                          ["c libfuzzer", "c afl"]])
        self.assertEqual([turn.seconds for turn in turns], [20, 20, 20])

    def spend(self, jobs):
        """Seconds of a processor that each unit gets; all processors are always busy."""
        spent = dict.fromkeys(self.units, 0)
        for turn in schedule.turns(self.units, jobs, 6000):
            self.assertEqual(sum(turn.processes.values()), jobs)
            for unit, count in turn.processes.items():
                spent[unit] += count * turn.seconds
        return spent

    def test_all_processors_are_busy_and_no_unit_is_left_out(self):
        for jobs in range(1, 14):
            with self.subTest(jobs=jobs):
                self.assertTrue(all(self.spend(jobs).values()))

    def test_units_get_the_same_time_where_that_is_possible(self):
        for jobs in (1, 2, 3, 6, 12):
            with self.subTest(jobs=jobs):
                self.assertEqual(len({round(time) for time in self.spend(jobs).values()}), 1)

    def test_long_campaign_has_many_rounds_that_fill_its_time(self):
        for seconds in (90, 100, 300, 1000, 8 * 3600):
            with self.subTest(seconds=seconds):
                turns = list(schedule.turns(self.units, 2, seconds))
                self.assertAlmostEqual(sum(turn.seconds for turn in turns), seconds, delta=0.5)
                self.assertLessEqual(max(turn.seconds for turn in turns), 600)

    def test_all_are_seen_soon_in_a_campaign_without_end(self):
        turns = schedule.turns(self.units, 2, None)
        lengths = [next(turns).seconds for _ in range(21)]
        self.assertEqual(lengths[::3], [30, 60, 120, 240, 480, 600, 600])


class EnginesTest(FolderTest):
    def test_lines_of_libfuzzer_are_understood(self):
        progress = engine.Progress()
        reader = libfuzzer.LibFuzzer()
        for line in (b"INFO: Seed: 183712441\n",
                     b"#8\tNEW    cov: 4 ft: 10 corp: 3/6679b lim: 8192 exec/s: 0 rss: 31Mb L: 2\n",
                     b"artifact_prefix='/o u/libfuzzer-0-'; Test unit written to"
                     b" /o u/libfuzzer-0-crash-3895ac8cc32f80301f7ee60bdf93e366ac3e1dd0\n",
                     b"stat::number_of_executed_units: 91\n"):
            reader.read_line(line, progress)
        self.assertEqual(progress, engine.Progress(
            execs=91, edges=4, corpus=3,
            artifact="libfuzzer-0-crash-3895ac8cc32f80301f7ee60bdf93e366ac3e1dd0"))

    def test_slow_input_is_no_finding(self):
        progress = engine.Progress()
        libfuzzer.LibFuzzer().read_line(
            b"artifact_prefix='a-'; Test unit written to a-slow-unit-3895ac\n", progress)
        self.assertEqual(progress.artifact, "")

    def test_half_written_plot_of_afl_is_left_for_later(self):
        post = engine.Post(FuzzTarget("toy", self.folder), layout.Place(self.folder))
        for text in ("", "# relative_time\n", "5, 1, 1, 17, 0, 0, 0.2%, 0", "garbage, here\n"):
            (self.folder / "afl/main").mkdir(parents=True, exist_ok=True)
            (self.folder / "afl/main/plot_data").write_text(text)
            progress = engine.Progress(execs=7)
            afl.Afl().read_files(post, progress)
            self.assertEqual(progress.execs, 7)

    def test_second_process_of_afl_sees_more(self):
        program = FuzzTarget("toy", self.folder)
        text = FuzzTarget("text", self.folder, is_program=False)
        self.assertEqual(afl.Afl().variants(program, 1), ["afl"])
        self.assertEqual(afl.Afl().variants(program, 3), ["afl", "afl_asan"])
        self.assertEqual(afl.Afl().variants(text, 2), ["afl", "afl_cmplog"])

    def test_stats_are_read_as_the_harness_writes_them(self):
        block = stats.Stats(self.folder / "stats")
        progress = engine.Progress(execs=3)
        block.read(progress)
        self.assertEqual(progress.execs, 3)
        with block.path.open("r+b") as stream:
            stream.write(stats.COUNTERS.pack(10, 20, 30, 40))
        block.read(progress)
        self.assertEqual((progress.execs, progress.steps, progress.states), (10, 20, 40))

    def test_known_signatures_stand_behind_the_states(self):
        block = stats.Stats(self.folder / "stats")
        block.tell_known(["A@free", "B" * 500])
        data = block.path.read_bytes()
        self.assertEqual(len(data), stats.FILE_BYTES)
        known = data[32 + 16384:]
        self.assertEqual(known[:7], b"A@free\0")
        self.assertEqual(known[128:256], b"B" * 127 + b"\0")


class BoundsTest(FolderTest):
    """What fuzz/engines/launch.sh lets engines do, a campaign lets them do as well."""

    def setUp(self):
        super().setUp()
        script = pathlib.Path("fuzz/engines/launch.sh").read_text(encoding="utf-8")
        self.bounds = dict(re.findall(r"^(\w+_max)=(\d+)$", script, re.MULTILINE))
        target = FuzzTarget("toy", self.folder)
        self.post = engine.Post(target, layout.Place(self.folder))

    def test_both_give_libfuzzer_the_same(self):
        command = libfuzzer.LibFuzzer().command(self.post)
        self.assertIn(f"-max_len={self.bounds['bytes_max']}", command)
        self.assertIn(f"-timeout={self.bounds['libfuzzer_seconds_max']}", command)

    def test_both_give_afl_the_same(self):
        command = afl.Afl().command(self.post)
        self.assertEqual(command[command.index("-G") + 1], self.bounds["bytes_max"])
        self.assertEqual(command[command.index("-t") + 1], self.bounds["afl_milliseconds_max"])


class SpaceTest(FolderTest):
    def test_full_disk_stops_the_campaign_and_keeps_its_record(self):
        record = layout.Record(["toy"], "all")
        campaign = layout.create(self.folder / "campaign", record)
        boss = supervisor.Supervisor(campaign, supervisor.Plan([], 1, 60), mock.Mock(),
                                     threading.Event())
        with mock.patch.object(files, "free_bytes", return_value=1 << 20):
            with self.assertRaisesRegex(failure.Failure, "only 1 MB free") as caught:
                boss.check_space()
        self.assertEqual(caught.exception.exit_code, failure.BAD_INPUT)
        self.assertEqual(layout.read_record(campaign.folder), record)


class UpkeepTest(FolderTest):
    def setUp(self):
        super().setUp()
        campaign = layout.create(self.folder / "campaign", layout.Record(["toy"], "all"))
        self.target = FuzzTarget("toy", self.folder)
        self.corpus = campaign.place("toy").corpus
        campaign.place("toy").make()
        self.upkeep = upkeep.Upkeep(campaign, threading.Event())
        self.say("#3\tDONE")

    def say(self, line, code=0):
        """What libFuzzer does when it merges: keeps the first input."""
        script = self.target.file("libfuzzer")
        script.write_text("#!/bin/sh\nfor last; do :; done\n"
                          "for word; do case $word in */result) result=$word ;; esac; done\n"
                          f"cp $last/1 $result/\necho '{line}' >&2\nexit {code}\n")
        script.chmod(0o755)

    def grow(self, names):
        for name in names:
            (self.corpus / str(name)).write_text(str(name))

    def test_corpus_is_merged_when_it_has_grown_and_not_before(self):
        with mock.patch.object(upkeep, "GROWTH_INPUTS", 3):
            self.grow((1, 2))
            self.assertIsNone(self.upkeep.tend(self.target))
            self.grow((1, 2, 3))
            self.assertEqual(self.upkeep.tend(self.target), "corpus of toy: 3 inputs became 1")
            self.grow((1, 2, 3))
            self.assertIsNone(self.upkeep.tend(self.target))
        self.assertEqual(len(files.inputs(self.corpus)), 3)

    def test_failed_merge_leaves_the_corpus_alone(self):
        self.say("out of luck", 9)
        self.grow((1, 2, 3))
        with mock.patch.object(upkeep, "GROWTH_INPUTS", 3):
            self.assertIn("exit code 9: out of luck", self.upkeep.tend(self.target))
        self.assertEqual(len(files.inputs(self.corpus)), 3)


class SanitizerTest(FolderTest):
    """The stage of ./slubbed test for one sanitizer."""

    def flags(self, sanitizer):
        with mock.patch.object(test_command.bazel, "query", return_value=["//a:b"]), \
             mock.patch.object(test_command, "MMAP_RANDOM_BITS", self.folder / "bits"), \
             mock.patch.object(test_command, "run_tests") as run_tests:
            test_command.under(sanitizer)
        return run_tests.call_args.args[1:]

    def test_addresses_are_fixed_where_they_may_be_too_random(self):
        smoke = "--config=smoke"
        fixed = "--run_under=setarch -R"
        self.assertEqual(self.flags("asan"), ("--config=asan", smoke))
        self.assertEqual(self.flags("msan"), ("--config=msan", smoke, fixed))
        for bits, more in (("28\n", ()), ("32\n", (fixed,))):
            (self.folder / "bits").write_text(bits)
            self.assertEqual(self.flags("tsan"), ("--config=tsan", smoke, *more))


class DisplayTest(unittest.TestCase):
    ROW = display.Row("toy", "afl", "runs", 1234, 56789, 9876543, 321, 45, 67, 1)

    def test_quantities_are_short(self):
        for number, text in ((0, "-"), (7, "7"), (9999, "9999"), (12345, "12.3k"),
                             (999949, "999.9k"), (12345678, "12.3M"), (2.5e10, "25.0G")):
            self.assertEqual(display.quantity(number), text)

    def test_plain_lines_tell_what_the_table_tells(self):
        stream = io.StringIO()
        plain = display.PlainDisplay(stream, period=0)
        plain.event("found A@free in toy by afl")
        plain.show(61, None, [self.ROW, display.Row("toy", "libfuzzer")])
        self.assertEqual(stream.getvalue().splitlines(), [
            "found A@free in toy by afl",
            "01:01 toy afl: 1234 exec/s, 56.8k steps/s, 321 edges, 45 states, corpus 67,"
            " 1 findings"])

    def test_live_table_has_every_column_and_the_last_events(self):
        stream = io.StringIO()
        live = display.LiveDisplay(display.Console(file=stream, force_terminal=True, width=120))
        with live:
            for number in range(10):
                live.event(f"event {number}")
            live.show(61, 120, [self.ROW])
        text = stream.getvalue()
        for part in ("01:01 of 02:00", "toy", "afl", "1234", "56.8k", "9.9M", "321", "45", "67",
                     "event 9", *display.COLUMNS):
            self.assertIn(part, text)
        self.assertNotIn("event 3", text)


if __name__ == "__main__":
    unittest.main()
