"""The native world holds nothing of the simulation, and its fast path calls nothing."""

import re
import subprocess
import sys

SIMULATION = re.compile(r"sim_|fiber|strategy|schedule|journal|world_(?:point|held|hold)")
FAST_PATH = ("kmem_cache_alloc", "kmem_cache_free")
CALL = re.compile(r"\t(?:call|blr?)\b")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(program):
    names = [line.split()[-1] for line in output("nm", program).splitlines()]
    problems = [f"{name} is of the simulation" for name in names if SIMULATION.search(name)]
    for function in FAST_PATH:
        code = output("objdump", "--disassemble=" + function, "--no-show-raw-insn", program)
        instructions = [line for line in code.splitlines() if re.match(r" +[0-9a-f]+:", line)]
        if not instructions:
            problems.append(f"{function} is not there")
        problems += [f"{function} calls:{line}" for line in instructions if CALL.search(line)]
        problems += [f"{function}:{line}" for line in instructions if SIMULATION.search(line)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
