"""Records programs of the host at work: their traces can be read, are balanced and repeatable."""

import shutil
import subprocess
import sys
import unittest

import support

TABLE = """
CREATE TABLE parts (id INTEGER PRIMARY KEY, name TEXT UNIQUE, weight REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT INTO parts SELECT i, 'part ' || i * 7919 % 2003, i / 3.0 FROM n;
CREATE INDEX by_weight ON parts (weight);
SELECT count(*), sum(weight) FROM parts WHERE name LIKE '%9%';
"""
COMMIT_COUNT = 40


class ProgramsTest(support.RecordTest):
    def environment(self, **more):
        # No file of the host decides what the programs do.
        nobody = {"HOME": str(self.folder / "home"), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        return super().environment(**nobody, **more)

    def record_twice(self, *command, **options):
        """Records a command twice, alike; returns its output and the ops."""
        first = self.record(*command, **options)
        trace = self.out.read_bytes()
        self.check_trace()
        self.assertEqual(self.record(*command, **options).stdout, first.stdout)
        self.assertEqual(self.out.read_bytes(), trace)
        return first.stdout, self.ops()

    def git(self, *words):
        return ["git", "-C", str(self.folder / "repository"), "-c", "user.name=A",
                "-c", "user.email=a@example.org", *words]

    def make_repository(self):
        (self.folder / "home").mkdir()
        subprocess.run(["git", "init", "--quiet", self.folder / "repository"], check=True,
                       env=self.environment())
        for number in range(COMMIT_COUNT):
            subprocess.run(self.git("commit", "--quiet", "--allow-empty", "-m", f"do {number}"),
                           check=True, env=self.environment())

    @unittest.skipUnless(shutil.which("git"), "no git here")
    def test_git_log(self):
        self.make_repository()
        output, ops = self.record_twice(*self.git("log", "--format=%s"))
        self.assertEqual(len(output.splitlines()), COMMIT_COUNT)
        self.assertGreater(len(ops), 1000)

    @unittest.skipUnless(shutil.which("sqlite3"), "no sqlite3 here")
    def test_sqlite_building_a_table(self):
        output, ops = self.record_twice("sqlite3", ":memory:", input=TABLE)
        self.assertEqual(output.split("|")[0].isdecimal(), True)
        self.assertGreater(len(ops), 2000)

    def test_interpreter(self):
        # Its hashes are of addresses, too: no two runs are alike.
        self.record(sys.executable, "-S", "-c", "print(sorted(range(99)))")
        self.check_trace()
        self.assertGreater(len(self.ops()), 10_000)

    @unittest.skipUnless(shutil.which("gcc"), "no gcc here")
    def test_compiler(self):
        source = self.folder / "home" / "hello.c"
        source.parent.mkdir()
        source.write_text("int answer(void) { return 42; }\n", encoding="ascii")
        self.record("gcc", "-S", "-o", "/dev/null", source, options=["--program", "cc1"])
        self.check_trace()
        self.assertGreater(len(self.ops()), 10_000)


if __name__ == "__main__":
    unittest.main()
