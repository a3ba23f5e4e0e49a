"""Shows each rule a file that breaks it and no other, and all of them files that break none."""

import unittest

import rules

GUARDED = "#ifndef FUZZ_A_H\n#define FUZZ_A_H\n{}\n#endif\n"


def long_function(line_count):
    return "int f(void)\n{\n" + "    g();\n" * (line_count - 3) + "}\n"


# rule, path, text that breaks it
BAD = [
    ("columns", "fuzz/a.c", "/* " + "x" * 98 + " */\n"),
    ("white_space", "fuzz/a.c", "int a; \n"),
    ("white_space", "fuzz/a.c", "\tint a;\n"),
    ("white_space", "fuzz/BUILD", "x = 1\n\n"),
    ("white_space", "tools/a.py", "x = 1"),
    ("markers", "docs/A.md", "TO" + "DO: write\n"),
    ("markers", "fuzz/a.c", "/* X" + "XX */\n"),
    ("machine_paths", "tools/a.sh", "cd /wo" + "rk/main\n"),
    ("machine_paths", "README.md", "see /t" + "mp/x\n"),
    ("file_length", "fuzz/a.c", "int a;\n" * 501),
    ("file_length", "fuzz/a.h", GUARDED.format("int a;\n" * 200)),
    ("file_length", "tools/a.py", "x = 1\n" * 501),
    ("function_length", "fuzz/a.c", long_function(61)),
    ("parameters", "fuzz/a.c", "int f(int a, int b, int c, int d, int e,\n      int g)\n{\n}\n"),
    ("braces", "fuzz/a.c", "void f(void)\n{\n    if (g(1) > (2))\n        h();\n}\n"),
    ("braces", "fuzz/a.c", "void f(void)\n{\n    while (g()) h();\n}\n"),
    ("braces", "fuzz/a.c", "void f(void)\n{\n    for (;;);\n}\n"),
    ("braces", "fuzz/a.c", "void f(void)\n{\n    if (a) {\n    } else\n        h();\n}\n"),
    ("braces", "fuzz/a.c", "void f(void)\n{\n    do h(); while (a);\n}\n"),
    ("conditional_compilation", "fuzz/a.c", "#if 0\n#endif\n"),
    ("conditional_compilation", "fuzz/a.h", GUARDED.format("#ifdef DEBUG\n#endif")),
    ("conditional_compilation", "fuzz/a.c", "#  ifndef NDEBUG\n#endif\n"),
    ("include_guard", "fuzz/b.h", GUARDED.format("int a;")),
    ("include_guard", "fuzz/a.h", "#pragma once\nint a;\n"),
    ("macros", "fuzz/a.c", "#define SIZE 12\n"),
    ("macros", "fuzz/a.c", "#define SQUARE(x) ((x) * (x))\n"),
    ("macros", "fuzz/a.c", "#define row(x) x,\n#undef row\n"),
    ("own_header", "fuzz/a.c", '#include <stdio.h>\n\n#include "fuzz/a.h"\n'),
    ("block_order", "allocator/page/a.c", '#include "allocator/slub/slub.h"\n'),
    ("block_order", "sim/a.h", '#ifndef SIM_A_H\n#define SIM_A_H\n#include "fuzz/ops.h"\n#endif\n'),
    ("explicit_sources", "fuzz/BUILD", 'x = glob(["*.c"])\n'),
]

GOOD = [
    ("fuzz/a.c", "/* " + "x" * 94 + " */\n"),
    ("fuzz/a.c", long_function(60)),
    ("fuzz/a.c", "int a;\n" * 500),
    ("fuzz/a.c", "int f(int a, int b, int (*c)(int, int), int d, int e)\n{\n    return 0;\n}\n"),
    ("fuzz/engines/a.c", "int afl_custom_a(int a, int b, int c, int d, int e, int g)\n{\n}\n"),
    ("fuzz/a.c", "void f(void)\n{\n    do {\n        h();\n    } while (a);\n}\n"),
    ("fuzz/a.c",
     "void f(void)\n{\n    if (a &&\n        b) {\n    } else if (c) {\n    } else {\n    }\n}\n"),
    ("fuzz/a.c", 'const char *s = "if (a) b(); else c(); // #if";\n/* while (x) y(); */\n'),
    ("fuzz/a.h", GUARDED.format("#define ROWS(X) \\\n    X(one) \\\n    X(two)\n")),
    ("fuzz/a.c", "#define X(name) name,\nint a[] = {ROWS(X)};\n#undef X\n"),
    ("fuzz/engines/a.c", "#if 1\n#define SIZE 12\n#endif\n"),
    ("fuzz/a.c", '#include "fuzz/a.h"\n\n#include <stdio.h>\n\n#include "allocator/base/list.h"\n'),
    ("allocator/slub/a.c", '#include "allocator/page/buddy.h"\n'),
    ("tests/unit/a.c", '#include "fuzz/ops.h"\n'),
    ("corpus/BUILD", 'x = glob(["seeds/*.trace"])\n'),
    ("tools/a.py", ""),
]


def found(path, text):
    return {rule for _, rule, _ in rules.violations(rules.File(path, text))}


class RulesTest(unittest.TestCase):
    def test_bad_file_breaks_its_rule_and_no_other(self):
        for rule, path, text in BAD:
            with self.subTest(rule=rule, text=text[:60]):
                self.assertEqual(found(path, text), {rule})

    def test_good_file_breaks_no_rule(self):
        for path, text in GOOD:
            with self.subTest(text=text[:60]):
                self.assertEqual(found(path, text), set())

    def test_every_rule_is_shown_a_bad_file(self):
        shown = {rule for rule, _, _ in BAD}
        self.assertEqual({rule.check.__name__ for rule in rules.RULES}, shown)

    def test_line_number_is_where_it_is(self):
        file = rules.File("fuzz/a.c", "/*\n *\n */\nvoid f(void)\n{\n    if (a)\n        b();\n}\n")
        self.assertEqual([number for number, _, _ in rules.violations(file)], [6])


if __name__ == "__main__":
    unittest.main()
