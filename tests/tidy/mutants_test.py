"""Each planted bug still fits the sources, and what comes of it compiles."""

import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

COMPILER = ["clang", "-std=c11", "-D_GNU_SOURCE", "-fsyntax-only", "-w",
            "-Iallocator/base/world_sim", "-I."]
WORKERS = 2


def fault_of(root, patch):
    """Says what is wrong with a patch, or nothing."""
    target = re.search(r"^\+\+\+ b/(\S+)$", patch.read_text(encoding="utf-8"), re.MULTILINE)
    if target is None:
        return "names no file"
    with tempfile.TemporaryDirectory() as work:
        mutant = pathlib.Path(work) / pathlib.Path(target[1]).name
        shutil.copyfile(root / target[1], mutant)
        done = subprocess.run(["patch", "--silent", "--fuzz=0", str(mutant), str(patch)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return done.stdout.strip()
        done = subprocess.run([*COMPILER, str(mutant)], cwd=root, capture_output=True, text=True,
                              check=False)
        return done.stderr.strip()


def main():
    root = pathlib.Path("WORKSPACE").resolve().parent
    patches = sorted((root / "mutants" / "patches").glob("*.patch"))
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        faults = pool.map(lambda patch: fault_of(root, patch), patches)
        bad = [(patch, fault) for patch, fault in zip(patches, faults) if fault]
    for patch, fault in bad:
        print(f"{patch.relative_to(root)}: {fault}")
    print(f"{len(patches)} patches, {len(bad)} of them unfit")
    return 1 if bad or not patches else 0


if __name__ == "__main__":
    sys.exit(main())
