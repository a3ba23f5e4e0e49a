"""Patches of planted bugs follow sources that moved around them, and only those."""

import contextlib
import io
import pathlib
import tempfile
import unittest

from tools.cli import failure
from tools.cli.mutants import rebase

SOURCE = "".join(f"line {number}\n" for number in range(40))
PATCH = """--- a/allocator/toy.c
+++ b/allocator/toy.c
@@ -18,7 +18,7 @@
 line 17
 line 18
 line 19
-line 20
+line twenty
 line 21
 line 22
 line 23
"""


class RebaseTest(unittest.TestCase):
    def setUp(self):
        work = tempfile.TemporaryDirectory()
        self.addCleanup(work.cleanup)
        self.root = pathlib.Path(work.name)
        self.source = self.root / "allocator/toy.c"
        self.patch = self.root / rebase.PATCHES / "toy.patch"
        for path in (self.source, self.patch):
            path.parent.mkdir(parents=True)

    def rebase(self, source):
        """Returns the exit code, what was said, and the patch afterwards."""
        self.source.write_text(source, encoding="utf-8")
        self.patch.write_text(PATCH, encoding="utf-8")
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = rebase.rebase(self.root)
        return code, said.getvalue(), self.patch.read_text(encoding="utf-8")

    def test_patch_that_fits_is_left_alone(self):
        self.assertEqual(self.rebase(SOURCE), (failure.NOTHING_FOUND, "", PATCH))

    def test_patch_follows_lines_that_moved(self):
        code, said, patch = self.rebase("new line\n" + SOURCE)
        self.assertEqual(code, failure.NOTHING_FOUND)
        self.assertIn("rebased", said)
        self.assertIn("@@ -19,7 +19,7 @@", patch)

    def test_patch_follows_context_that_changed(self):
        code, _, patch = self.rebase(SOURCE.replace("line 23\n", "line 23, changed\n"))
        self.assertEqual(code, failure.NOTHING_FOUND)
        self.assertIn(" line 23, changed\n", patch)
        self.assertIn("+line twenty\n", patch)

    def test_patch_whose_line_is_gone_is_named_and_kept(self):
        code, said, patch = self.rebase(SOURCE.replace("line 20\n", ""))
        self.assertEqual(code, failure.FINDINGS)
        self.assertIn("toy.patch: does not apply", said)
        self.assertEqual(patch, PATCH)


if __name__ == "__main__":
    unittest.main()
