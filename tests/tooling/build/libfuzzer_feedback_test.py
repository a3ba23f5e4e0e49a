"""libFuzzer keeps an input for its state alone."""

import re
import unittest

import support

PROGRAM = support.HERE / "lock_fuzz_libfuzzer_plain"


class LibfuzzerFeedbackTest(support.ProgramTest):
    def kept(self, *inputs):
        """The number of inputs that libFuzzer keeps of those given."""
        for number, content in enumerate(inputs):
            self.write(f"seeds/{number}", content)
        result = self.run_program(PROGRAM, "-runs=0", self.folder / "seeds")
        return int(re.search(r"INITED.*corp: (\d+)/", result.stderr).group(1))

    def test_same_edges_and_same_states_keep_one(self):
        self.assertEqual(self.kept(b"xxxx", b"yyyy"), 1)

    def test_same_edges_and_a_new_state_keep_both(self):
        self.assertEqual(self.kept(b"xxxx", b"slxx"), 2)


if __name__ == "__main__":
    unittest.main()
