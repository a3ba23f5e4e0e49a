"""AFL++ sees a state as an entry of its map."""

import os
import unittest

import support

PROGRAM = support.HERE / "lock_fuzz_afl"


class AflFeedbackTest(support.ProgramTest):
    def entries(self, content):
        """The map entries that a run marks, by number."""
        path = self.write("input", content)
        output = self.folder / "map"
        self.run_program("afl-showmap", "-q", "-e", "-o", output, "--", PROGRAM, path,
                         env=dict(os.environ, AFL_QUIET="1"))
        return {line.split(":")[0] for line in output.read_text(encoding="ascii").split()}

    def test_state_is_an_entry_beside_the_edges(self):
        closed, turned = self.entries(b"xxxx"), self.entries(b"xxsl")
        self.assertEqual(len(closed - turned), 0)
        self.assertEqual(len(turned - closed), 2)


if __name__ == "__main__":
    unittest.main()
