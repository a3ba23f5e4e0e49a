"""Whoever names a rule names one of invariants.def."""

import pathlib
import re
import sys

NAMED = {
    # INVARIANT(condition, RULE_ID) of the allocator.
    "allocator": re.compile(r"\bINVARIANT\(.*,\s*([A-Z][A-Z0-9_]+)\)"),
    # The simulated machine passes ids as strings.
    "sim": re.compile(r'"(SIM_[A-Z_]+)"'),
}


def main():
    # The WORKSPACE file among the runfiles is a link into the checkout.
    root = pathlib.Path("WORKSPACE").resolve().parent
    table = (root / "sanitizers/invariants.def").read_text(encoding="utf-8")
    rules = set(re.findall(r"^ *X\((\w+),", table, re.MULTILINE))
    unknown = 0
    for folder, pattern in NAMED.items():
        named = [(path, name) for path in sorted((root / folder).rglob("*.c"))
                 for name in pattern.findall(path.read_text(encoding="utf-8"))]
        print(f"{folder}: {len(named)} names")
        if not named:
            unknown += 1
        for path, name in named:
            if name not in rules:
                unknown += 1
                print(f"{path.relative_to(root)}: {name} is no rule of invariants.def")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
