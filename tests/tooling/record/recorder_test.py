"""What the preloaded recorder notes of a program, and that the program does not feel it."""

import os
import resource
import signal
import subprocess
import unittest

import support

EACH = [
    "kmalloc o0 size=10", "ksize o0", "krealloc o0 size=20 zero=0", "krealloc o0 size=30 zero=0",
    "kfree o0",
    "kcalloc o0 count=2 size=8", "kfree o0",
    "kzalloc o0 size=8", "kfree o0",
    "kmalloc o0 size=64", "kfree o0",
    "kmalloc o0 size=128", "kmalloc o1 size=256", "kmalloc o2 size=4096", "kmalloc o3 size=16384",
    "kmalloc o4 size=30", "kfree o4",
]
FAILED = "left out: calls that failed in the program itself"
MANY_EVENTS = 200_000
CROWD = 12          # threads, each with
CROWD_CALLS = 3000


class RecorderTest(support.RecordTest):
    def setUp(self):
        super().setUp()
        self.recording = self.folder / "recording"

    def traffic(self, mode, **options):
        """Records one mode of the program; returns the ops and what was counted."""
        result = self.record(support.TRAFFIC, mode, **options)
        self.assertIn(" ended with exit code 0\n", result.stderr)
        self.check_trace()
        return support.without_contents(self.ops()), support.counts(result.stderr)

    def test_every_function_is_noted(self):
        ops, counts = self.traffic("each")
        self.assertEqual(ops, EACH)
        self.assertEqual(counts["events recorded"], len(EACH) + 1)
        self.assertEqual(counts[FAILED], 1)

    def test_recording_goes_on_from_window_to_window(self):
        ops, counts = self.traffic("many")
        self.assertEqual(counts["events recorded"], MANY_EVENTS)
        self.assertEqual(ops, ["kmalloc o0 size=16", "kfree o0"] * (MANY_EVENTS // 2))

    def test_threads_become_cpus(self):
        ops, counts = self.traffic("threads")
        self.assertEqual(counts["threads"], 2)
        self.assertEqual(counts["times that another CPU went on"], 2)
        self.assertFalse([what for what in counts if what.startswith("left out")])
        first = ops.index("cpu cpu=1")
        last = ops.index("cpu cpu=0")
        self.assertIn("kmalloc o0 size=400", ops[:first])
        self.assertEqual(ops[first + 1:last], ["kfree o0", "kmalloc o0 size=500"])
        self.assertEqual(ops[last + 1], "kfree o0")

    def test_threads_that_are_more_than_cpus_share_them(self):
        ops, counts = self.traffic("crowd")
        self.assertEqual(counts["threads"], CROWD + 1)
        self.assertFalse([what for what in counts if what.startswith(("left out", "frees by"))])
        self.assertIn("heap page_count=", self.out.read_text(encoding="ascii"))
        self.assertIn(" cpu_count=8\n", self.out.read_text(encoding="ascii"))
        self.assertEqual({op for op in ops if op.startswith("cpu ")},
                         {f"cpu cpu={cpu}" for cpu in range(8)})
        self.assertGreater(len(ops), CROWD * CROWD_CALLS)

    def test_copy_of_the_process_is_not_recorded(self):
        ops, counts = self.traffic("fork")
        self.assertEqual(ops, ["kmalloc o0 size=100", "kfree o0", "kmalloc o0 size=300",
                               "kfree o0"])
        self.assertFalse([what for what in counts if what.startswith("left out")])

    def test_other_process_is_counted(self):
        ops, counts = self.traffic("spawn")
        self.assertEqual(ops, ["kmalloc o0 size=100", "kfree o0"])
        self.assertEqual(counts["left out: other programs that were started"], 1)

    def test_program_that_follows_in_the_process_replaces_the_first(self):
        ops, counts = self.traffic("exec")
        self.assertEqual(ops, EACH)
        self.assertEqual(counts["left out: programs that the process ran before this one"], 1)

    def test_killed_program_leaves_what_it_did(self):
        result = self.record(support.TRAFFIC, "die")
        self.assertIn(" ended with SIGKILL\n", result.stderr)
        self.assertEqual(self.ops(), ["kmalloc o0 size=70", "fill o0 pattern=1"])

    def test_program_is_found_by_its_name(self):
        script = f"{support.TRAFFIC} each; {support.TRAFFIC} many"
        result = self.record("sh", "-c", script, options=["--program", "traffic"])
        self.check_trace()
        self.assertEqual(support.without_contents(self.ops()), EACH)
        self.assertEqual(
            support.counts(result.stderr)["left out: other programs that were started"], 1)

    def test_program_that_follows_one_of_the_same_name_replaces_it(self):
        script = f"{support.TRAFFIC} exec"
        self.record("sh", "-c", script, options=["--program", "traffic"])
        self.assertEqual(support.without_contents(self.ops()), EACH)

    def test_same_run_gives_the_same_trace(self):
        self.traffic("threads")
        first = self.out.read_bytes()
        self.traffic("threads")
        self.assertEqual(self.out.read_bytes(), first)

    def test_file_that_cannot_grow_loses_only_the_rest(self):
        def limit():
            # Without SIGXFSZ what exceeds the limit fails, as on a full disk.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))

        result = self.run_recorded("many", preexec_fn=limit)
        self.assertEqual(result.returncode, 0)
        counts = self.convert()
        self.assertEqual(counts["events recorded"] +
                         counts["left out: events for which the file could not grow"], MANY_EVENTS)

    def test_events_end_where_they_are_to(self):
        self.assertEqual(self.run_recorded("many", event_max=5).returncode, 0)
        counts = self.convert()
        self.assertEqual(counts["events recorded"], 5)
        self.assertEqual(counts["left out: events beyond the most that are recorded"],
                         MANY_EVENTS - 5)

    def test_recorder_that_cannot_record_lets_the_program_run(self):
        self.recording = self.folder / "missing" / "recording"
        self.assertEqual(self.run_recorded("each").returncode, 0)
        self.recording = self.folder
        self.assertEqual(self.run_recorded("each").returncode, 0)
        self.recording = self.folder / "recording"
        self.assertEqual(self.run_recorded("each", event_max="few").returncode, 0)
        self.assertEqual(list(self.folder.iterdir()), [])

    def run_recorded(self, mode, event_max=1_000_000, **options):
        """Runs the program under the recorder alone; the shell's process becomes its own."""
        environment = dict(os.environ, RECORDER=str(support.RECORDER),
                           SLUBBED_RECORD_FILE=str(self.recording),
                           SLUBBED_RECORD_EVENT_MAX=str(event_max))
        script = 'SLUBBED_RECORD_PID=$$ LD_PRELOAD=$RECORDER exec "$0" "$1"'
        return subprocess.run(["/bin/sh", "-c", script, str(support.TRAFFIC), mode],
                              env=environment, timeout=support.SECONDS_MAX, check=False, **options)

    def convert(self):
        result = self.run_program(support.CONVERTER, self.recording, self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.check_trace()
        return support.counts(result.stdout)


if __name__ == "__main__":
    unittest.main()
