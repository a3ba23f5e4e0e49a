"""./slubbed record as its user sees it."""

import os
import re
import signal
import subprocess
import sys
import unittest

import support

# Of the long header of docs/TRACE_FORMAT.md, the only one that is written, and of a record.
HEADER_SIZE = 128
RECORD_SIZE = 12


class CommandTest(support.RecordTest):
    def refuse(self, *words, line, code=2):
        """The command gives up with one line."""
        result = self.run_program(*self.command(*words), env=self.environment(), cwd=self.folder)
        self.assertEqual(result.returncode, code)
        self.assertRegex(result.stderr.splitlines()[-1], f"^slubbed: {line}$")
        self.assertNotIn("Traceback", result.stderr)
        self.assertFalse(self.out.exists())

    def test_input_output_and_exit_code_are_the_programs(self):
        result = self.record(support.TRAFFIC, "copy", input="said\n")
        self.assertEqual(result.stdout, "said\n")
        lines = result.stderr.splitlines()
        self.assertEqual(lines[0], f"slubbed: {support.TRAFFIC} ended with exit code 5")
        self.assertRegex(lines[1], r"^ +1  events recorded$")
        self.assertEqual(lines[-2:], [f"slubbed: written to {self.out}",
                                      f"slubbed: replay it with: ./slubbed replay {self.out}"])

    def test_largest_number_of_ops_is_kept_to(self):
        result = self.record(support.TRAFFIC, "many", options=["--max-ops", "7"])
        self.assertEqual(len(self.ops()), 7)
        self.assertIn("left out: events beyond the largest number of ops",
                      support.counts(result.stderr))

    def test_raw_bytes_are_the_same_program(self):
        self.record(support.TRAFFIC, "each")
        op_count = len(self.ops())
        self.record(support.TRAFFIC, "each", options=["--raw"])
        raw = self.out.read_bytes()
        self.assertEqual(len(raw), HEADER_SIZE + RECORD_SIZE * op_count)
        self.assertEqual(raw[HEADER_SIZE], 13)

    def test_older_trace_is_replaced(self):
        self.out.write_text("old", encoding="ascii")
        self.record(support.TRAFFIC, "copy", input="")
        self.assertEqual(self.ops(), ["kmalloc o0 size=90", "fill o0 pattern=1"])

    def test_signals_end_the_program_and_not_the_recording(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                self.end_by(number)

    def end_by(self, number):
        command = self.command("--out", self.out, "--", support.TRAFFIC, "linger")
        with subprocess.Popen(command, env=self.environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
            self.assertEqual(process.stdout.readline(), "here\n")
            if number == signal.SIGINT:
                # As the terminal sends it: to all.
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
            _, stderr = process.communicate(timeout=support.SECONDS_MAX)
        self.assertEqual(process.returncode, 0)
        self.assertIn(f" ended with {number.name}\n", stderr)
        self.assertEqual(self.ops(), ["kmalloc o0 size=80", "fill o0 pattern=1"])

    def test_wrong_usage_is_told_in_one_line(self):
        self.refuse(line=r"no command to record \(see ./slubbed record --help\)")
        self.refuse("--", line="no command to record .*")
        self.refuse("--max-ops", "none", "--", "true", line=".*'none' is no .*")
        self.refuse("--out", self.folder, "--", "true", line=f"{self.folder}: is a folder")
        self.refuse("--out", "x" * 300, "--", "true", line="x+: File name too long")

    def test_command_that_cannot_run_is_told_in_one_line(self):
        plain = self.folder / "plain"
        plain.write_text("true\n", encoding="ascii")
        self.refuse("--", "no-such-command", line="no-such-command: no such command")
        self.refuse("--", "./missing", line="./missing: no such command")
        self.refuse("--", "./plain", line="./plain: is not executable")
        self.refuse("--", self.folder, line=f"{self.folder}: is a folder")
        plain.chmod(0o755)
        plain.write_bytes(b"\x7fELF" + bytes(60))
        self.refuse("--out", self.out, "--", "./plain", line="./plain: Exec format error")

    def test_program_that_is_not_started_is_told_in_one_line(self):
        self.refuse("--out", self.out, "--program", "no-such", "--", support.TRAFFIC, "each",
                    line="no-such was not started, or called no malloc .*")
        self.refuse("--program", "a/b", "--", "true", line="'a/b' names no program")

    def test_interpreter_is_told_to_use_malloc(self):
        say = "import os; print(os.environ['PYTHONMALLOC'])"
        self.assertEqual(self.record(sys.executable, "-S", "-c", say).stdout, "malloc\n")
        self.check_trace()

    def test_program_without_malloc_is_told_in_one_line(self):
        for program, mode in (support.TRAFFIC_STATIC, "each"), (support.TRAFFIC, "nothing"):
            self.refuse("--out", self.out, "--", program, mode,
                        line=f"{re.escape(str(program))} called no malloc that can be recorded: .*")

    def test_output_that_cannot_be_written_is_told_before_the_program_runs(self):
        blocker = self.folder / "file"
        blocker.touch()
        mark = self.folder / "mark"
        self.refuse("--out", blocker / "x" / "out.trace", "--", "touch", mark, line=".*file.*: .*")
        self.assertFalse(mark.exists())


class ConverterTest(support.RecordTest):
    def refuse(self, *words, line):
        result = self.run_program(support.CONVERTER, *words)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, f"^{line}\n$")

    def test_usage_is_told(self):
        for words in [], ["a"], ["a", "b", "c"], ["--bad", "a", "b"], ["--max-ops", "-1", "a", "b"]:
            result = self.run_program(support.CONVERTER, *words)
            self.assertEqual(result.returncode, 2)
            self.assertRegex(result.stderr, "usage: .* RECORDING OUTPUT\n$")

    def test_file_that_is_no_recording_is_named(self):
        path = self.folder / "recording"
        self.refuse(path, self.out, line=f"{path}: No such file or directory")
        path.touch()
        self.refuse(path, self.out, line=f"{path}: is empty")
        for content in b"slubbed trace 1\n", bytes(100_000), b"SubR\x01" + bytes(100_000):
            path.write_bytes(content)
            self.refuse(path, self.out, line=f"{path}: is no recording, or one of another version")
        header = b"SubR\x02".ljust(65536, b"\0")
        path.write_bytes(header + b"\x09".ljust(32, b"\0"))
        self.refuse(path, self.out, line=f"{path}: event 0 is of no known kind")
        self.assertFalse(self.out.exists())

    def test_event_cut_short_is_no_event(self):
        path = self.folder / "recording"
        event = b"\x01".ljust(8, b"\0") * 4
        path.write_bytes(b"SubR\x02".ljust(65536, b"\0") + event + event[:31])
        self.assertEqual(self.run_program(support.CONVERTER, path, self.out).returncode, 0)
        self.assertEqual(self.ops(), ["kmalloc o0 size=1", "fill o0 pattern=1"])


if __name__ == "__main__":
    unittest.main()
