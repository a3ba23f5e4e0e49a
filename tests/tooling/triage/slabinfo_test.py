"""slabinfo: the caches as a program leaves them."""

import unittest

import support
from support import PLANTED, TRIAGE, planted_trace

TRACE = """slubbed trace 1
heap page_count=64 cpu_count=2 slab_order_max=0
create c0 size=500 flags=POISON|STORE_USER
create c1 size=1000 align_log2=6 flags=HWCACHE_ALIGN
bulk_alloc c0 o0 count=20
free o3
bulk_alloc c1 o30 count=6
free o30
"""
HEADING = "Name                   Objects Objsize    Space  Slabs/Part/Cpu  O/S O %Fr %Ef Flg"


class SlabinfoTest(support.TriageTest):
    def show(self, *words, trace=TRACE):
        path = self.write("a.trace", trace)
        return self.check(0, TRIAGE, "slabinfo", *words, path).splitlines()

    def test_caches_with_slabs_have_a_line_each(self):
        self.assertEqual(self.show(), [
            HEADING,
            "c0                          19     500    12.0K           3/2/0    7 0  66  77 PU",
            "c1                           8    1000     8.0K           0/0/2    4 0   0  97 A",
        ])

    def test_all_caches_are_shown_if_asked_for(self):
        names = [line.split()[0] for line in self.show("--show", "z")[1:]]
        self.assertIn("kmalloc-96", names)
        self.assertEqual(names, sorted(names))
        self.assertNotIn("c0", [line.split()[0] for line in self.show("--show", "e")[1:]])

    def test_rows_are_sorted_cut_and_turned(self):
        def names(*words):
            return [line.split()[0] for line in self.show(*words)[1:]]

        self.assertEqual(names("--show", "S"), ["c0", "c1"])
        self.assertEqual(names("--show", "Si"), ["c1", "c0"])
        self.assertEqual(names("--show", "P", "--lines", "1"), ["c0"])
        self.assertEqual(self.show("--show", "LB")[1].split()[3], "2788")

    def test_heap_is_seen_behind_any_op(self):
        counts = [[line.split()[1] for line in self.show("--at", at)[1:]] for at in (2, 3, 4, 5)]
        self.assertEqual(counts, [[], ["20"], ["19"], ["19", "8"]])

    def test_totals_sum_up(self):
        lines = {line[:10].strip(): line[10:].split() for line in self.show("--show", "T")[2:]}
        self.assertEqual(lines["#Objects"], ["13", "8", "19", "27"])
        self.assertEqual(lines["#Slabs"], ["2", "2", "3", "5"])
        self.assertEqual(lines["%PartSlab"][3], "40%")
        self.assertEqual(lines["Memory"], ["10.0K", "8.0K", "12.0K", "20.0K"])

    def test_activity_is_counted_if_asked_for(self):
        lines = self.show("--show", "A")
        self.assertEqual(lines[0], "Name                   Objects      Alloc       Free   %Fast"
                                   " Fallb O CmpX   UL")
        self.assertEqual([line.split()[:4] for line in lines[1:]],
                         [["c0", "19", "20", "1"], ["c1", "8", "6", "1"]])
        self.assertEqual(lines[1:], self.show("--show", "D")[1:])

    def test_raw_text_is_that_of_linux(self):
        lines = self.show("--raw")
        self.assertEqual(lines[0], "slabinfo - version: 2.1")
        self.assertRegex(lines[1], "^# name            <active_objs> <num_objs> <objsize> ")
        self.assertIn("c1                     8      8   1024    4    1 : tunables    0    0    0"
                      " : slabdata      2      2      0", lines)

    def test_attributes_of_one_cache(self):
        rows = dict(line.split(None, 1) for line in self.show("--attributes", "c0"))
        self.assertEqual((rows["object_size"], rows["poison"], rows["objects"]),
                         ("500", "1", "19 N0=19"))

    def test_tracks_are_told_by_step(self):
        text = "\n".join(self.show("--show", "t"))
        self.assertRegex(text, r"c0: allocations in use, by the step that allocated\n"
                               r" +19 site 3 age=\d+ cpus=0 nodes=0\n")

    def test_caches_can_be_shrunk_first(self):
        freed = TRACE + "bulk_free c1 o30 count=6\n"
        self.assertEqual(len(self.show(trace=freed)), 3)
        self.assertEqual(len(self.show("--show", "s", trace=freed)), 2)

    def test_mistakes_are_told_in_one_line(self):
        path = self.write("a.trace", TRACE)
        self.check_complaint("slabinfo: nothing to show for 'q'; there are: [A-Za-z]+", TRIAGE,
                             "slabinfo", "--show", "q", path)
        self.check_complaint(f"{path}: has no op 7, but 6 ops", TRIAGE, "slabinfo", "--at", "7",
                             path)
        self.check_complaint(f"{path}: no cache 'c7' is there then", TRIAGE, "slabinfo",
                             "--attributes", "c7", path)
        self.check_complaint("slabinfo: too few arguments .*", TRIAGE, "slabinfo")
        bad = self.write("bad.trace", "slubbed trace 1\nfrob\n")
        self.check_complaint(f"{bad}:2: .*", TRIAGE, "slabinfo", bad)

    def test_broken_heap_is_not_counted(self):
        path = self.write("a.trace", planted_trace(support.SLABS_MISCOUNTED))
        result = self.run_program(PLANTED, "slabinfo", path)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, f"^{path}: NODE_SLAB_COUNT@shrink at op [0-9]+: there is"
                                        " nothing sound to count; try explain\n$")


if __name__ == "__main__":
    unittest.main()
