"""Planted bugs of caches whose allocations and frees are told."""

load(":row.bzl", "SLUB", "bug")

TRACED_ROWS = [
    bug(
        "slub-trace-tells-refused-free",
        "debug",
        SLUB,
        "//allocator/slub:debug_path.c",
        "slub_misuse",
        4,
        "what SLAB_TRACE tells",
        "a free is told before the checks let it pass",
        "each free of a traced cache is told once, and no other",
        "create_args TRACE, double_free",
    ),
    bug(
        "slub-trace-shows-poison",
        "debug",
        SLUB,
        "//allocator/slub:debug_path.c",
        "slub_sequence",
        3,
        "what SLAB_TRACE tells",
        "a free is told when its object is poisoned already",
        "a free is told while the object still holds what its user left",
        "create_args TRACE and POISON, free",
    ),
    bug(
        "slub-trace-misses-fresh-slab",
        "debug",
        SLUB,
        "//allocator/slub:debug_path.c",
        "slub_sequence",
        2,
        "what SLAB_TRACE tells",
        "the first object of a new slab is handed out without a word",
        "each allocation of a traced cache is told",
        "create_args TRACE",
    ),
]
