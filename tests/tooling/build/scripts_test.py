"""The scripts behind the macros, and setup, refuse what is wrong and name it."""

import pathlib
import unittest

import support

MERGE_DICTS = "fuzz/engines/merge_dicts.py"
APPLY_PATCH = pathlib.Path("tools/apply_patch.sh").resolve()
MERGE_LCOV = "tools/coverage/merge_lcov.py"
SETUP = "tools/setup.sh"

SOURCE = "one\ntwo\nthree\n"
PATCH = "--- a/code/x.c\n+++ b/code/x.c\n@@ -1,3 +1,3 @@\n one\n-{}\n+{}\n three\n"


class MergeDictsTest(support.ProgramTest):
    def test_entries_are_joined_without_doubles(self):
        first = self.write("a.dict", 'one="a"\n\n# comment\n"b\\x00\\"\\\\"\n')
        second = self.write("b.dict", '"a"\n  two = "c d"\n')
        output = self.folder / "out.dict"
        self.assertEqual(self.run_program(MERGE_DICTS, output, first, second).returncode, 0)
        self.assertEqual(output.read_text(encoding="ascii"), '"a"\n"b\\x00\\"\\\\"\n"c d"\n')

    def test_bad_entry_is_named_with_its_line(self):
        for bad in ('"open', "plain", '"\\q"', '"\\x1"', '=""', '"a" "b"', '"t\tb"', '1a="x"'):
            with self.subTest(bad=bad):
                path = self.write("a.dict", f'"fine"\n{bad}\n')
                result = self.run_program(MERGE_DICTS, self.folder / "out.dict", path)
                self.assertEqual(result.returncode, 2)
                self.assertTrue(result.stderr.startswith(f"{path}:2:"))


class ApplyPatchTest(support.ProgramTest):
    def apply(self, patch, source=SOURCE):
        self.write("code/x.c", source)
        self.write("x.patch", patch)
        return self.run_program(APPLY_PATCH, "code/x.c", "x.patch", "out.c", cwd=self.folder)

    def test_fitting_patch_makes_the_changed_source(self):
        self.assertEqual(self.apply(PATCH.format("two", "2")).returncode, 0)
        self.assertEqual((self.folder / "out.c").read_text(encoding="ascii"), "one\n2\nthree\n")
        self.assertEqual((self.folder / "code/x.c").read_text(encoding="ascii"), SOURCE)

    def test_moved_lines_still_fit(self):
        self.assertEqual(self.apply(PATCH.format("two", "2"), "zero\n" + SOURCE).returncode, 0)

    def test_patch_that_does_not_fit_fails(self):
        cases = {
            "stale context": (PATCH.format("two", "2"), "one\ntwo\n3\n"),
            "stale line": (PATCH.format("too", "2"), SOURCE),
            "already applied": (PATCH.format("two", "2"), "one\n2\nthree\n"),
            "another file": (PATCH.format("two", "2").replace("x.c", "y.c"), SOURCE),
            "no change": (PATCH.format("two", "two"), SOURCE),
            "empty": ("", SOURCE),
        }
        for name, (patch, source) in cases.items():
            with self.subTest(name):
                result = self.apply(patch, source)
                self.assertEqual(result.returncode, 1)
                self.assertIn("x.patch: ", result.stderr)
                self.assertFalse((self.folder / "out.c").exists())


class MergeLcovTest(support.ProgramTest):
    def test_counts_of_one_source_are_summed(self):
        record = ("SF:a.c\nFN:1,f\nFNDA:{0},f\nDA:1,{0}\nDA:2,0\nBRDA:1,0,0,{0}\nBRDA:1,0,1,-\n"
                  "end_of_record\n")
        first = self.write("1.dat", record.format(2))
        second = self.write("2.dat", record.format(3))
        reports = self.write("reports", f"{first}\n{second}\n")
        output = self.folder / "out.dat"
        self.run_program(MERGE_LCOV, f"--reports_file={reports}", f"--output_file={output}")
        self.assertEqual(output.read_text(encoding="ascii").split(), [
            "SF:a.c", "FN:1,f", "FNDA:5,f", "FNF:1", "FNH:1", "BRDA:1,0,0,5", "BRDA:1,0,1,0",
            "BRF:2", "BRH:1", "DA:1,5", "DA:2,0", "LF:2", "LH:1", "end_of_record"])

    def test_only_files_of_the_manifest_are_kept(self):
        self.write("coverage/1.dat",
                   "SF:a.c\nDA:1,1\nend_of_record\nSF:b.c\nDA:1,1\nend_of_record\n"
                   "SF:out/_virtual_includes/x/h.h\nDA:1,1\nend_of_record\n")
        manifest = self.write("manifest", "a.c\ninner/h.h\n")
        output = self.folder / "out.dat"
        self.run_program(MERGE_LCOV, f"--coverage_dir={self.folder / 'coverage'}",
                         f"--source_file_manifest={manifest}", f"--output_file={output}")
        names = [line for line in output.read_text(encoding="ascii").split() if line[:3] == "SF:"]
        self.assertEqual(names, ["SF:a.c", "SF:inner/h.h"])


class SetupTest(support.ProgramTest):
    def test_help_is_no_mistake(self):
        usage = "usage: ./slubbed setup [--quiet]\n"
        for words, told in ((["--help"], (0, usage, "")), (["-h"], (0, usage, "")),
                            (["--none"], (2, "", usage)), (["--quiet", "-h"], (2, "", usage))):
            with self.subTest(words=words):
                result = self.run_program(SETUP, *words)
                self.assertEqual((result.returncode, result.stdout, result.stderr), told)


if __name__ == "__main__":
    unittest.main()
