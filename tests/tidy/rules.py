"""The rules of style that a machine can check, one function each, and the table of them.

A rule takes a File and yields (line number, what is wrong).
"""

import collections
import pathlib
import re

import c_source

COLUMNS_MAX = 100
C_LINES_MAX = 500
H_LINES_MAX = 200
PY_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
PARAMETERS_MAX = 5

# The blocks in their order: each includes only itself and blocks before it (docs/DESIGN.md).
BLOCKS = [
    "allocator/hardening",
    "allocator/base",
    "allocator/page",
    "allocator/cache",
    "allocator/debug",
    "allocator/slub",
    "allocator/api",
    "sim",
    "sanitizers",
    "fuzz",
    "record",
]

# The places where #if is at home, and with it macros of any kind.
CONDITIONAL = ("allocator/base/compiler.h", "fuzz/engines/")

# Kernel spelling needs macros where the kernel has them, and as many parameters.
KERNEL_SPELLING = ("allocator/api/linux_api.",)

MACROS = re.compile(r"container_of|INVARIANT|list_for_each\w*|ZERO_SIZE_PTR|_\w+_SOURCE")
LOWER_CASE_MACROS = re.compile(r"container_of|list_for_each\w*")

# Signatures that a fuzzing engine dictates.
DICTATED = re.compile(r"LLVMFuzzer|afl_custom_|(?:random_)?cross")

MARKERS = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|tmp|home|root)/\w")


class File:
    """One file of the checkout: its path from the root, text, and C without comments."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.lines = text.split("\n")
        self.code = c_source.without_comments(text) if self.suffix in (".c", ".h", ".def") else ""


def columns(file):
    for number, line in enumerate(file.lines, 1):
        if len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns, at most {COLUMNS_MAX}"


def white_space(file):
    for number, line in enumerate(file.lines, 1):
        if line != line.rstrip():
            yield number, "white space at the end of the line"
        if "\t" in line:
            yield number, "a tab"
    if file.text and not (file.text.endswith("\n") and not file.text.endswith("\n\n")):
        yield len(file.lines), "does not end with one newline"


def markers(file):
    for number, line in enumerate(file.lines, 1):
        if MARKERS.search(line):
            yield number, "a left-over marker: do it or drop it"


def machine_paths(file):
    for number, line in enumerate(file.lines, 1):
        if MACHINE_PATHS.search(line):
            yield number, "a path of one machine"


def file_length(file):
    limit = {".c": C_LINES_MAX, ".h": H_LINES_MAX, ".py": PY_LINES_MAX}[file.suffix]
    count = len(file.lines) - 1
    if count > limit:
        yield count, f"{count} lines, at most {limit}"


def function_length(file):
    for function in c_source.functions(file.code):
        if function.line_count > FUNCTION_LINES_MAX:
            yield function.first_line, (
                f"{function.name}() has {function.line_count} lines, at most {FUNCTION_LINES_MAX}")


def parameters(file):
    if file.path.startswith(KERNEL_SPELLING):
        return
    for function in c_source.functions(file.code):
        if function.parameter_count > PARAMETERS_MAX and not DICTATED.match(function.name):
            yield function.first_line, (
                f"{function.name}() has {function.parameter_count} parameters,"
                f" at most {PARAMETERS_MAX}")


def braces(file):
    for number, keyword in c_source.unbraced(file.code):
        yield number, f"'{keyword}' without braces"


def conditional_compilation(file):
    if file.path.startswith(CONDITIONAL):
        return
    for number, name, _ in without_guard(file):
        if name in ("if", "ifdef", "ifndef", "elif", "else"):
            yield number, f"#{name}: make it a constant, a config or a file of its own"


def without_guard(file):
    """The directives of the file, less the two that open the include guard of a header."""
    found = list(c_source.directives(file.code))
    is_guarded = file.suffix == ".h" and [name for _, name, _ in found[:2]] == ["ifndef", "define"]
    return found[2:] if is_guarded else found


def include_guard(file):
    """A pair of directives round the whole header, named for its path."""
    found = [(name, rest.strip()) for _, name, rest in c_source.directives(file.code)]
    guard = re.sub(r"\W", "_", file.path).upper()
    if found[:2] != [("ifndef", guard), ("define", guard)] or found[-1][0] != "endif":
        yield 1, f"include guard is not {guard}"


def macros(file):
    """Tables, and what expands a table as long as it is undefined again; a few by name."""
    if file.path.startswith(CONDITIONAL + KERNEL_SPELLING):
        return
    found = without_guard(file)
    undefined = {rest.strip() for _, name, rest in found if name == "undef"}
    for number, directive, rest in found:
        if directive != "define":
            continue
        name, arguments = re.match(r"\s*(\w+)(?:\(([^)]*)\))?", rest).groups()
        is_table = arguments is not None and re.fullmatch(r"[A-Z]+", arguments.split(",")[0])
        if not (is_table or name in undefined or MACROS.fullmatch(name)):
            yield number, f"macro {name}: make it a function, an enum or a constant"
        if name != name.upper() and not LOWER_CASE_MACROS.fullmatch(name):
            yield number, f"macro {name} is not in upper case"


def own_header(file):
    """A source that has a header of its own name includes it first, which proves it complete."""
    own = file.path[:-1] + "h"
    includes = re.findall(r'^#include [<"]([^>"]+)', file.text, re.MULTILINE)
    if own in includes and includes[0] != own:
        yield 1, f"does not include {own} first"


def block_of(path):
    """The longest block that path is in, as an index, or None."""
    found = [block for block in BLOCKS if path.startswith(block + "/")]
    return BLOCKS.index(max(found, key=len)) if found else None


def block_order(file):
    here = block_of(file.path)
    if here is None:
        return
    for number, line in enumerate(file.lines, 1):
        match = re.match(r'#include "([^"]+)"', line)
        there = block_of(match.group(1)) if match else None
        if there is not None and there > here:
            yield number, f"{BLOCKS[here]} includes {BLOCKS[there]}, which comes after it"


def explicit_sources(file):
    for number, line in enumerate(file.lines, 1):
        if "glob(" in line and re.search(r"\*\.(?:c|h|def)\b", line):
            yield number, "code is listed, not globbed"


Rule = collections.namedtuple("Rule", "check suffixes")

C = (".c", ".h", ".def")
SCRIPTS = (".py", ".sh", ".bzl", "", ".patch")

RULES = [
    Rule(columns, C + (".py", ".sh", ".bzl")),
    Rule(white_space, C + (".py", ".sh", ".bzl", "")),
    Rule(markers, C + SCRIPTS + (".md", ".trace", ".dict")),
    Rule(machine_paths, C + SCRIPTS + (".md", ".trace", ".dict")),
    Rule(file_length, (".c", ".h", ".py")),
    Rule(function_length, (".c", ".h")),
    Rule(parameters, (".c", ".h")),
    Rule(braces, (".c", ".h")),
    Rule(conditional_compilation, C),
    Rule(include_guard, (".h",)),
    Rule(macros, C),
    Rule(own_header, (".c",)),
    Rule(block_order, C),
    Rule(explicit_sources, ("",)),
]


def violations(file):
    """Yields (line number, rule name, what is wrong) of every rule that applies to the file."""
    for rule in RULES:
        if file.suffix in rule.suffixes:
            for number, problem in rule.check(file):
                yield number, rule.check.__name__, problem
