"""explain: the rule in its sentence, the last ops, the object's story, and a picture."""

import os
import pty
import subprocess
import unittest

import support
from support import GOOD, PLANTED, PLANTED_ASAN, TRIAGE, planted_trace, raced_trace


class ExplainTest(support.TriageTest):
    def explain(self, size, flags="0", program=PLANTED):
        path = self.write("a.trace", planted_trace(size, flags))
        result = self.run_program(program, "explain", path)
        self.assertEqual(result.returncode, 1)
        return result

    def check_texts(self, output, *patterns):
        for pattern in patterns:
            self.assertRegex(output, pattern)

    def test_passing_program_is_told_to_pass(self):
        path = self.write("a.trace", GOOD)
        self.assertRegex(self.check(0, TRIAGE, "explain", path), rf"\A{path}: passes, 3 steps, "
                         r"hash [0-9a-f]+; there is nothing to explain\n")

    def test_damage_is_told_and_drawn(self):
        result = self.explain(support.POISON_DAMAGED, "POISON|RED_ZONE|STORE_USER")
        self.check_texts(
            result.stdout,
            r"a\.trace: OBJECT_POISON@shrink\n",
            r"OBJECT_POISON: A free object of a poisoning cache holds poison\.\n",
            r"broken in step \d+, by op 78 of 82\n",
            r"\n     78  shrink c20  \(step \d+.*\)\n         \^ OBJECT_POISON@shrink\n",
            r"it is about the byte at \+0x[0-9a-f]+, in frame \d+, of cache c20\n"
            r"  last in slot o4001: 1004 bytes\n"
            r"  allocated in step \d+, op 66: alloc c20 o4001\n"
            r"  freed in step \d+, op 75: free o4001\n",
            r"  track: allocated in step \d+, op 66: alloc c20 o4001\n",
            r"  track: freed in step \d+, op 75: free o4001\n",
            r"every 1096; a letter is 32: z left redzone, o in use, \. free, r right redzone, "
            r"L free pointer, t tracks, p padding, ! bad\n",
            r"\ncache c20: objects of 1004 bytes .* SLAB_RED_ZONE\|SLAB_POISON\|SLAB_STORE_USER\n",
            r"\nslab at frame \d+, order 3, of cache c20: 3 of \d+ in use, .* partial list\n",
            r"\n> #\d+ +\+0x[0-9a-f]+ +free +\|!\.+L.*\| -> #\d+\n"
            r" +! POISON at \+5: 2b, should be 6b\n",
            r"\n +\+0   : 6b 6b 6b 6b 6b 2b 6b",
            r"\n  #\d+ +\+0x[0-9a-f]+ +live o4002 +\|zo+")
        self.assertEqual(result.stderr, "")
        self.assertNotIn("\033", result.stdout)

    def test_lost_link_is_marked(self):
        self.check_texts(self.explain(support.LINK_LOST).stdout,
                         r"SLAB_FREELIST: Each link of a freelist leads to an object of the same",
                         r"\|\.+!\.+\| -> nowhere: 0x[0-9a-f]+\n")

    def test_page_layer_is_drawn_for_its_rules(self):
        self.check_texts(self.explain(support.PAGES_MISCOUNTED).stdout,
                         r"\nfree lists, with the frames on them: order \d+: ",
                         r"; 275 of 300 pages free, 0 isolated\n",
                         r"\n      256  Ssss[Ss.,]+\n")

    def test_cache_is_told_for_its_counters(self):
        self.check_texts(self.explain(support.SLABS_MISCOUNTED).stdout,
                         r"it is about the cache c20\n", r"\n  slabs: 4, objects: 48, ",
                         r"\n  node    partial \d+\[#\.{15}\] -> \d+\[#", r"\nfree lists, with the",
                         r"\n  slab at frame \d+: 1 of 16 in use, freelist \+0x")

    def test_crash_is_told_with_the_heap_before_it(self):
        self.check_texts(self.explain(support.CRASH).stdout, r"SIGSEGV@shrink\n",
                         r"\n     78  shrink c20\n         \^ SIGSEGV@shrink\n",
                         r"what follows is the heap as it was before that step\n",
                         r"\ncache c20: ")

    def test_report_of_the_sanitizer_goes_through(self):
        result = self.explain(support.HIDDEN_READ, program=PLANTED_ASAN)
        self.assertIn("use-after-poison@shrink", result.stdout)
        self.assertIn("ERROR: AddressSanitizer: use-after-poison", result.stderr)

    def test_reports_of_the_failing_step_are_shown(self):
        path = self.write("a.trace", "slubbed trace 1\n"
                                     "create c0 size=1004 flags=CONSISTENCY_CHECKS|POISON\n"
                                     "bulk_alloc c0 o0 count=63\nbulk_free c0 o32 count=16\n"
                                     "write_after_free o40 offset=100 xor=0xff\nfree o0\n"
                                     "shrink c0\n")
        self.check_texts(self.check(1, PLANTED, "explain", path), "OBJECT_POISON@shrink",
                         r"reports of that step:\n\n=+\nBUG c0: Poison overwritten\n-+\n",
                         r"\. First byte 0x94 instead of 0x6b\n", r"\nFIX c0: Restoring 0x")
        path = self.write("b.trace", planted_trace(support.POISON_DAMAGED, "POISON"))
        self.assertIn("no reports in that step", self.check(1, PLANTED, "explain", path))

    def test_traces_of_the_failing_step_are_shown(self):
        path = self.write("a.trace", support.traced_trace(support.SLABS_MISCOUNTED))
        self.check_texts(self.check(1, PLANTED, "explain", path),
                         r"reports of that step:\n\nTRACE c0 free 0x[0-9a-f]+ inuse=2 fp=0x")

    def test_race_is_drawn_in_columns(self):
        path = self.write_race(support.UPDATE_LOST, ".*@.*")
        output = self.check(1, PLANTED, "explain", path)
        self.check_texts(
            output,
            r"\n +op  CPU 0 +CPU 1 +CPU 2 +CPU 3\n",
            r"\n +38  alloc c20 o4000: \d+ accesses, step 22, \+0x[0-9a-f]+\n",
            r"\n +45 {30,}kfree o60\n(.*\n)+? {40,}parked before .*\n",
            r"\n +48  shrink c20 +:\n {11}r      \w",
            r"\n +\.\.\. \d+ more +:\n",
            r"\n +parked before w slab->state of slab (\d+)\n"
            r" +50  : {10,}free o4001 +:\n(.*\n)*"
            r" +: +CAS    slab->state of slab \1\n(.*\n)*"
            r" +48  goes on: shrink c20 +:\n +w      slab->state of slab \1")
        signature = output.split()[1]
        self.check_texts(output, rf"\n +\^ {signature}( +:)*\n\nno reports in that step\n")
        self.assertNotIn("last ops:", output)

    def test_what_is_long_ago_is_shortened(self):
        lines = ["slubbed trace 1", "create c0 size=64", "park after=1", "alloc c0 o0", "cpu cpu=1"]
        lines += [f"alloc c0 o{number}" for number in range(1, 200)]
        lines += [f"create c20 size={support.SLABS_MISCOUNTED}", "alloc c20 o300", "shrink c20"]
        output = self.check(1, PLANTED, "explain", self.write("a.trace", "\n".join(lines) + "\n"))
        self.check_texts(output, r"\n +3  alloc c0 o0\n(.*\n)*? +parked before .*\n"
                         r" +\.\.\.  \d+ parts of ops until here\n",
                         r"\n +190  : +alloc c0 o186: \d+ accesses, step \d+, \+0x[0-9a-f]+\n",
                         r"\n +206  : +shrink c20\n(.*\n)* +: +\.\.\. \d+ more\n",
                         r"\n +3  goes on: alloc c0 o0\n {11}\w")
        self.assertNotIn("alloc c0 o50", output)

    def test_lost_swap_is_marked(self):
        """What an interrupt does between load and CAS makes the CAS fail, and nothing else."""
        lines = ["create c0 size=64", "alloc c0 o0", "park after=1", "alloc c0 o1", "irq",
                 "alloc c0 o2", "cpu cpu=0", f"create c20 size={support.SLABS_MISCOUNTED}",
                 "alloc c20 o9", "shrink c20"]
        path = self.write("a.trace", "\n".join(["slubbed trace 1"] + lines) + "\n")
        self.check_texts(self.check(1, PLANTED, "explain", path),
                         r"\n +4  alloc c0 o1\n +r      cpu->word of c0 on CPU 0\n"
                         r" +parked before CAS cpu->word of c0 on CPU 0\n"
                         r" +6  interrupt: alloc c0 o2\n +r      cpu->word of c0 on CPU 0\n"
                         r" +CAS    cpu->word of c0 on CPU 0\n.*\n"
                         r" +4  goes on: alloc c0 o1\n +CAS    cpu->word of c0 on CPU 0: lost\n")

    def test_deadlock_is_told_as_a_cycle(self):
        path = self.write_race(support.LOCKED_CROSSWISE, "SIM_DEADLOCK@shrink")
        self.check_texts(
            self.check(1, PLANTED, "explain", path), r"\n +waits for another word",
            r"\nlocks:\nCPU 0, op 48 shrink c20: holds another word, waits for another word, "
            r"which CPU 1, op 50 shrink c20 holds\n"
            r"CPU 1, op 50 shrink c20: holds another word, waits for another word, "
            r"which CPU 0, op 48 shrink c20 holds\n")

    def test_interrupt_that_waits_for_what_it_interrupts_is_told(self):
        path = self.write_race(support.LOCKED_WITH_INTERRUPTS_ON, "SIM_DEADLOCK@alloc")
        self.check_texts(
            self.check(1, PLANTED, "explain", path),
            r"\nlocks:\nCPU 0, op 50 alloc c20 o5000: waits for cpu->lock of c20 on CPU 0, "
            r"which CPU 0, op 48 shrink c20 holds\n"
            r"CPU 0, op 48 shrink c20: holds cpu->lock of c20 on CPU 0, "
            r"interrupted by CPU 0, op 50 alloc c20 o5000\n",
            r"\nit is about cpu->lock of c20 on CPU 0\n")

    def test_crash_of_an_op_that_was_cut_is_its_own(self):
        path = self.write("a.trace", raced_trace(support.CRASH, 5))
        self.check_texts(self.check(1, PLANTED, "explain", path), r"SIGSEGV@shrink\n",
                         r"\nbroken in step 28, by op 48 of 52\n",
                         r"\n +48  goes on: shrink c20 +:\n(.*\n)* +\^ SIGSEGV@shrink",
                         r"what follows is the heap as it was before that access\n",
                         r"\ncache c20: ")

    def test_colours_are_for_terminals_that_want_them(self):
        path = self.write("a.trace", planted_trace(support.POISON_DAMAGED, "POISON"))
        for variable, is_coloured in (("", True), ("1", False)):
            environment = dict(os.environ, NO_COLOR=variable)
            output = self.on_terminal(path, environment)
            self.assertEqual("\033[1;31m!\033[0m" in output, is_coloured)

    def on_terminal(self, path, environment):
        """The output of explain on a pseudo-terminal."""
        primary, secondary = pty.openpty()
        with subprocess.Popen([str(PLANTED), "explain", str(path)], stdout=secondary,
                              env=environment) as process:
            os.close(secondary)
            output = b""
            while True:
                try:
                    chunk = os.read(primary, 65536)
                except OSError:
                    break
                if not chunk:
                    break
                output += chunk
            process.wait(60)
        os.close(primary)
        return output.decode("latin-1")


if __name__ == "__main__":
    unittest.main()
