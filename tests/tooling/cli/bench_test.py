"""./slubbed bench: what it makes of what its programs tell."""

import json
import unittest

import scratch

SPEED = {"programs": 4, "steps": 700, "acts": 100, "skipped": 200, "items": 5, "failures": 0,
         "seconds": [[2e-3, 1000, 1e-3, 1000], [4e-3, 1000, 1e-3, 1000], [3e-3, 1000, 1e-3, 1000]]}

# Twice as many steps.
SMP_SPEED = {**SPEED, "seconds": [[2e-3, 2000, 1e-3, 2000], [4e-3, 2000, 1e-3, 2000],
                                  [3e-3, 2000, 1e-3, 2000]]}

CORPUS_SPEED = f"""#!/bin/sh
case $1 in
    slub_sequence) echo '{json.dumps(SPEED)}' ;;
    slub_smp) echo '{json.dumps(SMP_SPEED)}' ;;
esac
"""

SWITCH_SPEED = {"programs": 3, "points": 60000, "switches": 600, "steps": 9,
                "seconds": [2e-3, 4e-3, 3e-3]}

PAIRS = [{"name": "BM_Pair/64", "run_type": "iteration", "cpu_time": 20, "time_unit": "ns"},
         {"name": "BM_Pair/64", "run_type": "iteration", "cpu_time": 0.03, "time_unit": "us"},
         {"name": "BM_Pair/64", "run_type": "aggregate", "cpu_time": 99, "time_unit": "ns"},
         {"name": "BM_Burst", "run_type": "iteration", "cpu_time": 9e9, "time_unit": "ns",
          "items_per_second": 1e8}]

FILES = [("allocator/page/buddy.c", 100, 90, 50, 40),
         ("allocator/base/list.h", 100, 100, 50, 50),
         ("allocator/base/world_native/world_native.c", 1000, 0, 1000, 0),
         ("allocator/api/linux_api.c", 1000, 0, 1000, 0),
         ("sanitizers/model.c", 1000, 0, 1000, 0)]


def coverage_export():
    """As llvm-cov writes it, for a checkout that the compiler saw as /proc/self/cwd."""
    return {"data": [{"files": [{
        "filename": f"/proc/self/cwd/{name}",
        "summary": {"lines": {"count": lines, "covered": covered_lines},
                    "branches": {"count": branches, "covered": covered_branches}},
    } for name, lines, covered_lines, branches, covered_branches in FILES]}]}


# As callgrind says it. The pairs cost 39 in the calls and 47 in all, on top of what is done once.
VALGRIND = r"""#!/bin/sh
for last; do :; done
case $* in
    *--toggle-collect=kmem_cache_alloc*) echo "==7== Collected : $((39 * last + 50))" ;;
    *) echo "==7== Collected : $((47 * last + 90000))" ;;
esac
"""


HARDENING = r"""#!/bin/sh
case "$1 $2" in
    "list ") printf 'nothing\nredzones\n' ;;
    "misuse 0") printf 'overflow unnoticed\nwrong_order now\n' ;;
    "misuse 1") printf 'overflow later\nwrong_order now\n' ;;
esac
"""

# Twice as much for the second idea and for the kit, on top of what is done once.
HARDENING_VALGRIND = r"""#!/bin/sh
for last; do :; done
case $* in
    *"pairs 1 "* | *bump_hardened_figures*) echo "==7== Collected : $((80 * last + 50))" ;;
    *) echo "==7== Collected : $((40 * last + 50))" ;;
esac
"""


class BenchTest(scratch.ScratchTest):
    NAMES = ("slub_sequence", "slub_smp", "slub_misuse", "buddy_sequence")
    known: dict | None = None

    def setUp(self):
        super().setUp()
        labels = "".join(f"echo //fuzz/targets:{name}_corpus; "
                         f"echo //fuzz/targets:{name}_afl_mutator; " for name in self.NAMES)
        self.install("bin/bazel", f"#!/bin/sh\nif [ $1 = query ]; then {labels} fi\n")
        for name in self.NAMES:
            self.install_target(name)
            self.write(f"corpus/seeds/{name}/a.trace", f"text {name}")
        self.install("bazel-bin/bench/corpus_speed", CORPUS_SPEED)
        self.say("switch_speed", SWITCH_SPEED)
        self.say("judge_scale", {"ratio": 1.25})
        self.say("pair_bench", {"benchmarks": PAIRS})
        for build in ("clang", "gcc", "asan", "msan"):
            self.say(f"corpus_hash_{build}", {"hash": "00ff", "steps": 9})
        self.say("pair_count", {})
        self.install("bin/valgrind", VALGRIND)
        self.install("bin/llvm-profdata", "#!/bin/sh\n")
        self.install("bin/llvm-cov", f"#!/bin/sh\necho '{json.dumps(coverage_export())}'\n")
        self.install("bin/setarch", '#!/bin/sh\nshift\nexec "$@"\n')

    def say(self, program, found):
        self.install(f"bazel-bin/bench/{program}", f"#!/bin/sh\necho '{json.dumps(found)}'\n")

    def bench(self, *words):
        source = self.root / "tools/cli/commands/bench.py"
        source.write_text(source.read_text().replace("cover_seconds=5", "cover_seconds=0.5"))
        return self.slubbed("bench", "--quick", "--seconds-grow", "0.5", *words)

    def results(self):
        code, output, errors = self.bench("--json")
        self.assertEqual(code, 0, errors)
        return json.loads(output)

    def usual_results(self):
        """With the programs as set up. One round serves all tests: it takes seconds."""
        BenchTest.known = BenchTest.known or self.results()
        return BenchTest.known

    def test_json_has_every_number(self):
        found = self.usual_results()
        self.assertEqual(found["steps_per_second"], round(1000 / 3e-3))
        self.assertEqual(found["judge_microseconds"], 2)
        self.assertEqual(found["spread"]["judge_microseconds"],
                         {"median": 2, "least": 1, "most": 3, "count": 3})
        self.assertEqual(found["judge_items_ratio"], 1.25)
        self.assertEqual(found["corpora"]["slub_sequence"],
                         {"programs": 4, "ops_per_program": 250, "skipped_percent": 20})
        self.assertIs(found["replay_hashes_equal"], True)
        self.assertIn("Linux", found["machine"])
        self.assertTrue(found["commit"])

    def test_simulated_cpus_have_numbers_of_their_own(self):
        found = self.usual_results()
        self.assertEqual(found["smp_steps_per_second"], round(2000 / 3e-3))
        self.assertEqual(found["scheduling_points_per_second"], 20_000_000)
        self.assertEqual(found["task_switches_per_second"], 200_000)
        self.assertEqual(found["spread"]["scheduling_points_per_second"],
                         {"median": 2e7, "least": 1.5e7, "most": 3e7, "count": 3})
        self.assertEqual(found["corpora"]["slub_smp"]["programs_that_switch"], 3)

    def test_hashes_are_of_seeds_regressions_and_what_was_grown(self):
        self.install("bazel-bin/bench/corpus_hash_gcc",
                     '#!/bin/sh\necho "$@" >hashed\necho \'{"hash": "00ff", "steps": 9}\'\n')
        self.results()
        hashed = (self.root / "hashed").read_text().split()
        for name in self.NAMES:
            self.assertIn(f"{name}_corpus", [folder.rsplit("/", 1)[1] for folder in hashed])
            self.assertIn(f"{name}/corpus", ["/".join(folder.rsplit("/", 2)[1:])
                                             for folder in hashed])

    def test_pairs_are_in_nanoseconds_an_object(self):
        found = self.usual_results()["pair_nanoseconds"]
        self.assertEqual(found["BM_Pair/64"], {"median": 25, "least": 20, "most": 30, "count": 2})
        self.assertEqual(found["BM_Burst"]["median"], 10)

    def test_instructions_of_a_pair_leave_out_what_is_done_once(self):
        found = self.usual_results()
        self.assertEqual(found["native_pair_instructions"], 39)
        self.assertEqual(found["native_pair_instructions_with_caller"], 47)

    def test_valgrind_that_counts_nothing_returns_3(self):
        self.install("bin/valgrind", "#!/bin/sh\necho 'unknown option'\n")
        code, output, errors = self.bench("--json")
        self.assertEqual((code, output), (3, ""))
        self.assertIn("valgrind counted nothing in pair_count", errors.splitlines()[-1])

    def test_coverage_is_that_of_the_allocator_alone(self):
        found = self.usual_results()
        self.assertEqual((found["line_coverage"], found["branch_coverage"]), (95, 90))
        self.assertEqual(found["lines_missed"], {"allocator/page/buddy.c": 10})

    def test_one_hash_that_differs_is_told(self):
        self.say("corpus_hash_gcc", {"hash": "00fe", "steps": 9})
        self.assertIs(self.results()["replay_hashes_equal"], False)

    def test_table_names_goals_and_machine(self):
        code, output, _ = self.bench()
        self.assertEqual(code, 0)
        for part in ("200,000", "333,333", "100,000", "666,667", "5,000,000", "20,000,000",
                     "250,000", "500,000", "95.00", "yes", "Linux", "Pair/64",
                     "slub_smp was measured on 4 programs of 250.0 ops, 20.0 % of them no step"):
            self.assertIn(part, output)

    def test_program_that_fails_returns_3_with_its_last_line(self):
        self.install("bazel-bin/bench/judge_scale", "#!/bin/sh\necho no memory >&2\nexit 3\n")
        code, output, errors = self.bench("--json")
        self.assertEqual((code, output), (3, ""))
        self.assertIn("judge_scale: exit code 3: no memory", errors.splitlines()[-1])

    def test_hardening_tells_cost_and_notice_of_each_idea(self):
        self.install("bin/valgrind", HARDENING_VALGRIND)
        self.install("bazel-bin/bench/hardening", HARDENING)
        for version, word in (("plain", "unnoticed"), ("hardened", "noticed")):
            self.install(f"bazel-bin/examples/bump_{version}_figures",
                         f"#!/bin/sh\necho overflow {word}\n")
        code, output, errors = self.slubbed("bench", "--hardening")
        self.assertEqual(code, 0, errors)
        for row in ("| nothing | 40 | 1 | 1 | 0 | 1 |", "| redzones | 80 | 2 | 1 | 1 | 0 |",
                    "| before | 40 | 1 | 0 | 0 | 1 |", "| after | 80 | 2 | 0 | 1 | 0 |", "Linux"):
            self.assertIn(row, output)
        found = json.loads(self.slubbed("bench", "--hardening", "--json")[1])
        self.assertEqual(found["ideas"][1], {"title": "redzones", "instructions": 80, "ratio": 2,
                                             "now": 1, "later": 1, "unnoticed": 0})

    def test_bad_usage_is_refused(self):
        self.assert_refused(["bench", "--seconds-grow", "long"], "long")


if __name__ == "__main__":
    unittest.main()
