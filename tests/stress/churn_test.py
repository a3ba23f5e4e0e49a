"""The churn finds what is there to be found, and says what it is."""

import pathlib
import signal
import subprocess
import unittest

SOUND = "tests/stress/native_churn"
HANDED_OUT_TWICE = "mutants/canary-object-handed-out-twice_threads"
PAGES_LEAKED = "mutants/canary-pages-leaked_threads"
RACE_EXIT_CODE = 66    # TSan's own
SECONDS = 20    # at most: what is wrong is found in the first round


def churn(program, *words):
    return subprocess.run([pathlib.Path(program), *words], capture_output=True, text=True,
                          env={"TSAN_OPTIONS": "halt_on_error=1:handle_segv=0"}, check=False)


class ChurnTest(unittest.TestCase):
    def test_nothing_is_wrong_with_sound_code(self):
        done = churn(SOUND, "0.5")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r'^{"ops": [1-9]\d*}\n$')

    def test_object_that_two_have_is_found(self):
        """By its content, or by what becomes of the heap once both have freed it."""
        done = churn(HANDED_OUT_TWICE, str(SECONDS))
        self.assertIn(done.returncode, (1, RACE_EXIT_CODE, -signal.SIGSEGV, -signal.SIGILL))

    def test_pages_that_do_not_come_back_are_found(self):
        done = churn(PAGES_LEAKED, str(SECONDS))
        self.assertEqual((done.returncode, done.stderr), (1, "churn: leak@pages\n"))

    def test_bad_usage_is_refused(self):
        for words in ((), ("0",), ("-1",), ("nan",), ("1s",), ("1", "x"), ("1", "2", "3")):
            with self.subTest(words=words):
                done = churn(SOUND, *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr, "usage: churn SECONDS [SEED]\n")


if __name__ == "__main__":
    unittest.main()
