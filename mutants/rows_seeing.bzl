"""Planted bugs in what is told of a heap."""

load(":row.bzl", "SLUB", "bug")

SEEING = "//allocator/api:seeing"
TEXT = "//allocator/debug:text"

SEEING_ROWS = [
    bug(
        "slub-cpu-slabs-stat",
        "seeing",
        SLUB,
        "//allocator/slub:tally.c",
        "slub_sequence",
        5,
        "8afb1474db47, 3.14",
        "slabs on a CPU's partial list are counted by their free objects",
        "no more slabs are held by CPUs than there are",
        "attribute, free on another slab",
    ),
    bug(
        "slub-slabinfo-overflow",
        "seeing",
        TEXT,
        "//allocator/debug:text.c",
        "slub_sequence",
        2,
        "84966343026, 2.6.22-rc",
        "what is appended to a text that is full already is written behind its room",
        "no more bytes are written than there is room",
        "slabinfo, traces or attribute with little room",
    ),
    bug(
        "slub-trace-attr-endless",
        "seeing",
        SEEING,
        "//allocator/api:traces.c",
        "slub_sequence",
        2,
        "005a79e5c254, 5.16",
        "a cache without objects has no data, again and again",
        "reading line by line ends",
        "traces of an empty cache that stores users",
    ),
    bug(
        "slub-trace-open-two-bugs",
        "seeing",
        SEEING,
        "//allocator/api:traces.c",
        "slub_sequence",
        3,
        "2127d22509ae, 5.15",
        "the pages for the sites are used though there were none",
        "a failed call changes nothing",
        "traces, fail_page",
    ),
    bug(
        "slub-show-cpu-slab-null",
        "seeing",
        SLUB,
        "//allocator/slub:tally.c",
        "slub_smp",
        6,
        "bc6697d8a506, 3.2",
        "the slab of another CPU is asked for twice, first whether it is there",
        "what is read of another CPU is of one moment",
        "slabinfo or attribute, while the CPU is flushed",
    ),
]
