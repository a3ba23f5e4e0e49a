"""Hunts for planted bugs start from hand-written seeds; none of them gives an answer away."""

import pathlib
import subprocess
import tempfile
import unittest

CONVERT = "fuzz/triage/convert"
CHECKOUT = pathlib.Path("WORKSPACE").resolve().parent
ANSWERS = ("corpus/regressions", "mutants/reproducers")


def programs(folder):
    """The raw programs of all traces below a folder of the checkout, by trace."""
    found = {}
    with tempfile.TemporaryDirectory() as work:
        raw = pathlib.Path(work) / "raw"
        for path in sorted((CHECKOUT / folder).rglob("*.trace")):
            # Not all are programs: some are texts for the parser, right or wrong.
            if subprocess.run([CONVERT, "convert", "--to", "raw", str(path), str(raw)],
                              stderr=subprocess.DEVNULL, check=False).returncode == 0:
                found[str(path.relative_to(CHECKOUT))] = raw.read_bytes()
    return found


class DisjointTest(unittest.TestCase):
    def test_no_seed_is_an_answer(self):
        seeds = programs("corpus/seeds")
        self.assertGreater(len(seeds), 10)
        answers = {data: name for folder in ANSWERS for name, data in programs(folder).items()}
        self.assertTrue(answers)
        for name, data in seeds.items():
            self.assertNotIn(data, answers, f"{name} is {answers.get(data)}")


if __name__ == "__main__":
    unittest.main()
