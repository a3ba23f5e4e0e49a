"""Every test that docs/CONFORMANCE.md names exists, and every conformance test is told of there."""

import pathlib
import re
import sys

ROOT = pathlib.Path("WORKSPACE").resolve().parent
TABLE = ROOT / "docs" / "CONFORMANCE.md"
FOLDER = ROOT / "tests" / "conformance"

ROW = re.compile(r"^\| (?P<case>[^|]+) \| (?P<test>[^|]+) \| (?P<result>[^|]+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(\w+): (\w+)`")


def told():
    """The tests of the table, and what is wrong with its rows."""
    names = set()
    problems = []
    for row in ROW.finditer(TABLE.read_text(encoding="utf-8")):
        if row["case"] == "case":
            continue
        found = NAMED.findall(row["test"])
        names.update(found)
        if not found and not (row["test"] == "-"
                              and row["result"].startswith(("does not", "not yet"))):
            problems.append(f"{row['case']}: neither a test nor why there is none")
    return names, problems


def existing():
    """(file, case) of each unit test, and of each row of a table of cases."""
    for path in FOLDER.glob("*_test.c"):
        for case in re.findall(r"cmocka_unit_test\w*\((\w+)", path.read_text(encoding="utf-8")):
            yield path.stem, case
    for path in FOLDER.glob("*_cases.def"):
        for case in re.findall(r"^    X\((\w+),", path.read_text(encoding="utf-8"), re.MULTILINE):
            yield path.stem.replace("_cases", "_test"), case


def main():
    names, problems = told()
    exist = set(existing())
    problems += [f"{file}: {case} is in the table, and not a test" for file, case in names - exist]
    problems += [f"{file}: {case} is a test, and not in the table" for file, case in exist - names]
    for problem in sorted(problems):
        print(problem)
    print(f"{len(names)} tests told of")
    return 1 if problems or len(names) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
