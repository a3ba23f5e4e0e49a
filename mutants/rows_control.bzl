"""Trivial bugs, to be found at once, and patches that change nothing, never to be found."""

load(":row.bzl", "PAGE", "SLUB", "control")

CONTROL_ROWS = [
    control(
        "canary-object-handed-out-twice",
        "canary",
        SLUB,
        "//allocator/slub:fast_path.c",
        "slub_sequence",
        "allocation does not advance the CPU's freelist",
    ),
    control(
        "canary-zeroing-forgotten",
        "canary",
        SLUB,
        "//allocator/slub:object_ready.c",
        "slub_sequence",
        "nothing is zeroed when an object is handed out",
    ),
    control(
        "canary-pages-leaked",
        "canary",
        PAGE,
        "//allocator/page:page_alloc.c",
        "buddy_sequence",
        "freed runs never reach the free lists",
    ),
    control(
        "noop-equivalent-comparison",
        "noop",
        SLUB,
        "//allocator/slub:partial.c",
        "slub_sequence",
        "a comparison with its sides exchanged",
    ),
    control(
        "noop-redundant-store",
        "noop",
        SLUB,
        "//allocator/slub:cpu_slab.c",
        "slub_sequence",
        "a store done twice",
    ),
    control(
        "noop-hoisted-expression",
        "noop",
        PAGE,
        "//allocator/page:buddy.c",
        "buddy_sequence",
        "an expression with a name",
    ),
]
