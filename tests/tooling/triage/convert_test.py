"""convert: one spelling of each form, whatever came in; nothing damaged when it fails."""

import os
import pathlib
import unittest

import support
from support import CONVERT, GOOD, TRIAGE

CORPUS = pathlib.Path("corpus")

# What is wrong with a trace, and how it is told.
MALFORMED = {
    "": "1: the text ends before the line 'slubbed trace 1'",
    "slubbed trace 2\n": "1: the first line is not 'slubbed trace 1'",
    "slubbed trace 1\n\nfrob c0\n": "3: unknown op 'frob'",
    "slubbed trace 1\nalloc o1\n": "2: alloc needs a cache slot, not 'o1'",
    "slubbed trace 1\nheap page_count=1\n": r"2: page_count is not within 8\.\.1048576",
    "slubbed trace 1\nkmalloc o0 size=1 size=2\n": "2: size is given twice",
    "slubbed trace 1\nkmalloc o0 sise=1\n": "2: kmalloc has no operand 'sise'",
    "slubbed trace 1\nkmalloc o65536 size=1\n": "2: a line 'slots wide' must come .*'o65536'",
    "slubbed trace 1\ncreate c0 flags=RED\n": "2: unknown flag 'RED'",
}


class RoundTripTest(support.TriageTest):
    def test_text_has_one_spelling(self):
        path = self.write("a.trace", "slubbed trace 1\n# why\n\nheap  seed=0x10 page_count=256\n"
                                     "kmalloc o1 size=0x20 # twice\nfree   o1\n")
        self.assertEqual(self.check(0, CONVERT, "convert", "--to", "text", path, "-"),
                         "slubbed trace 1\nheap seed=16\nkmalloc o1 size=32\nfree o1\n")

    def test_every_trace_of_the_corpus_survives_both_forms(self):
        traces = sorted(CORPUS.rglob("*.trace"))
        self.assertGreater(len(traces), 10)
        raw, again, text = (self.folder / name for name in ("raw", "again", "text"))
        for path in traces:
            with self.subTest(path):
                self.check(0, CONVERT, "convert", "--to", "raw", path, raw)
                self.check(0, CONVERT, "convert", "--to", "text", raw, text)
                self.check(0, CONVERT, "convert", "--to", "raw", text, again)
                self.assertEqual(raw.read_bytes(), again.read_bytes())
                canonical = self.check(0, CONVERT, "convert", "--to", "text", path, "-")
                self.assertEqual(text.read_text(), canonical)

    def test_any_raw_bytes_are_a_program(self):
        for raw in (b"", b"\0", bytes(range(256)) * 3, b"\xff" * 500, b"slubbe"):
            with self.subTest(raw=raw[:8]):
                path = self.write("raw", raw)
                text = self.folder / "text"
                self.check(0, CONVERT, "convert", "--to", "text", path, text)
                once = self.folder / "once"
                self.check(0, CONVERT, "convert", "--to", "raw", text, once)
                twice = self.check(0, CONVERT, "convert", "--to=text", once, "-")
                self.assertEqual(twice, text.read_text())

    def test_standard_input_is_read_and_output_written(self):
        raw = self.run_program(CONVERT, "convert", "--to", "raw", "-", "-", input=GOOD)
        self.assertEqual(raw.returncode, 0)
        text = self.run_program(CONVERT, "convert", "--to", "text", "-", "-", input=raw.stdout)
        self.assertIn("\nalloc c0 o0\n", text.stdout)

    def test_both_programs_write_the_same(self):
        path = self.write("a.trace", GOOD)
        outputs = {self.check(0, program, "convert", "--to", "text", path, "-")
                   for program in (CONVERT, TRIAGE)}
        self.assertEqual(len(outputs), 1)


class BadInputTest(support.TriageTest):
    def test_malformed_trace_is_told_with_file_line_and_cause(self):
        out = self.write("out", "kept")
        for number, (text, complaint) in enumerate(MALFORMED.items()):
            path = self.write(f"{number}.trace", text)
            with self.subTest(complaint):
                self.check_complaint(f"{path}:{complaint}", CONVERT, "convert", "--to", "raw", path,
                                     out)
        self.assertEqual(out.read_text(), "kept")
        self.assertEqual(len(list(self.folder.glob("out*"))), 1)

    def test_file_that_begins_as_a_trace_is_one(self):
        path = self.write("unnamed", "slubbed trace 1\nfrob\n")
        self.check_complaint(f"{path}:2: unknown op 'frob'", CONVERT, "convert", "--to", "raw",
                             path, "-")

    def test_unreadable_input_is_named(self):
        for path, cause in ((self.folder / "missing", "No such file or directory"),
                            (self.folder, "Is a directory")):
            self.check_complaint(f"{path}: {cause}", CONVERT, "convert", "--to", "raw", path, "-")

    def test_unwritable_output_is_named_and_leaves_nothing(self):
        path = self.write("a.trace", GOOD)
        (self.folder / "file").touch()
        for out, cause in (("missing/out", "No such file or directory"),
                           ("file/out", "Not a directory")):
            out = self.folder / out
            self.check_complaint(f"{out}: {cause}", CONVERT, "convert", "--to", "raw", path, out)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a.trace", "file"])

    def test_full_device_is_told_and_not_replaced(self):
        path = self.write("a.trace", GOOD)
        self.check_complaint("/dev/full: No space left on device", CONVERT, "convert", "--to",
                             "raw", path, "/dev/full")
        self.assertTrue(pathlib.Path("/dev/full").is_char_device())

    def test_wrong_usage_is_one_line(self):
        for arguments in (["frob"], ["convert"], ["convert", "--to", "raw", "a"],
                          ["convert", "--to", "raw", "a", "b", "c"], ["convert", "--too", "a", "b"],
                          ["convert", "--to", "trace", "a", "b"], ["convert", "a", "b"],
                          ["convert", "a", "b", "--to"], ["convert", "-x", "a", "b"]):
            with self.subTest(arguments=arguments):
                self.check_complaint(".+", CONVERT, *arguments)


if __name__ == "__main__":
    unittest.main()
