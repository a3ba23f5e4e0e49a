"""Just enough C to check style: comments and strings blanked out, functions found by braces."""

import collections
import re

TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)

Function = collections.namedtuple("Function", "name first_line line_count parameter_count")


def blank(match):
    """Keeps newlines, so that line numbers stay, and the quotes, so that code stays code."""
    text = match.group()
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """The text with comments and the insides of strings replaced by spaces."""
    return TOKEN.sub(blank, text)


def without_directives(code):
    """The code with preprocessor lines emptied, continuations included."""
    lines = []
    continued = False
    for line in code.split("\n"):
        is_directive = continued or line.lstrip().startswith("#")
        continued = is_directive and line.endswith("\\")
        lines.append("" if is_directive else line)
    return "\n".join(lines)


def directives(code):
    """Yields (line number, name, rest) of each preprocessor line, continuations joined."""
    pending = None
    for number, line in enumerate(code.split("\n"), 1):
        if pending is None:
            match = re.match(r"\s*#\s*(\w+)(.*)", line)
            if not match:
                continue
            pending = (number, match.group(1), match.group(2))
        else:
            pending = (pending[0], pending[1], pending[2] + "\n" + line)
        if not line.endswith("\\"):
            yield pending
            pending = None


def functions(code):
    """Yields each function: a brace alone in column 0 opens it, the next in column 0 closes it."""
    lines = without_directives(code).split("\n")
    opening = None
    for index, line in enumerate(lines):
        if line == "{":
            opening = index
        elif line.startswith("}") and opening is not None:
            first = signature_start(lines, opening)
            signature = " ".join(lines[first:opening])
            match = re.search(r"(\w+)\s*\(([^{]*)\)\s*$", signature)
            if match:
                yield Function(match.group(1), first + 1, index - first + 1,
                               count_parameters(match.group(2)))
            opening = None


def signature_start(lines, opening):
    """Index of the first line of the declaration that ends just above the opening brace."""
    first = opening
    while first > 0 and lines[first - 1].strip() and lines[first - 1].rstrip()[-1] not in ";}":
        first -= 1
    return first


def count_parameters(text):
    """Number of parameters between a function's parentheses; commas in inner ones do not count."""
    text = re.sub(r"\([^()]*\)", "", text).strip()
    return 0 if text in ("", "void") else text.count(",") + 1


def unbraced(code):
    """Yields (line number, keyword) of each if, else, for, while and do without braces."""
    code = without_directives(code)
    for match in re.finditer(r"\b(if|else|for|while|do)\b", code):
        end = match.end()
        if match.group() not in ("else", "do"):
            end = closing_parenthesis(code, end)
        rest = code[end:].lstrip()
        is_fine = rest.startswith("{")
        if match.group() == "else":
            is_fine = is_fine or re.match(r"if\b", rest)
        if match.group() == "while":
            # The end of a do loop.
            follows_block = code[:match.start()].rstrip().endswith("}")
            is_fine = is_fine or (rest.startswith(";") and follows_block)
        if not is_fine:
            yield code.count("\n", 0, match.start()) + 1, match.group()


def closing_parenthesis(code, start):
    """Index after the parenthesis that closes the first one from start on."""
    depth = 0
    for index in range(start, len(code)):
        if code[index] == "(":
            depth += 1
        elif code[index] == ")":
            depth -= 1
            if depth == 0:
                return index + 1
    return len(code)
