"""Checks every source of the checkout against rules.py."""

import os
import pathlib
import sys

import rules

SKIPPED_FOLDERS = {".git", "out", "__pycache__"}
SUFFIXES = {suffix for rule in rules.RULES for suffix in rule.suffixes}


def checkout():
    """The root of the checkout, which the WORKSPACE file among the runfiles is a link into."""
    return pathlib.Path("WORKSPACE").resolve().parent


def sources(root):
    """Yields the path of each file to check, from the root."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders
                               if name not in SKIPPED_FOLDERS and not name.startswith("bazel-"))
        for name in sorted(names):
            path = pathlib.Path(folder, name)
            if path.suffix in SUFFIXES and path.is_file():
                yield path.relative_to(root).as_posix()


def main():
    root = checkout()
    file_count = 0
    problem_count = 0
    for path in sources(root):
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            # A binary input of a corpus.
            continue
        file_count += 1
        for number, rule, problem in rules.violations(rules.File(path, text)):
            problem_count += 1
            print(f"{path}:{number}: {rule}: {problem}")
    print(f"{file_count} files, {problem_count} problems")
    # Nothing to check means that the checkout was not found.
    return 1 if problem_count or file_count < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
