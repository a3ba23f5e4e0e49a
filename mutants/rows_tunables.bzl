"""Planted bugs of mempools, and of what can be tuned."""

load(":row.bzl", "API", "bug")

SEEING = "//allocator/api:seeing"

TUNABLES_ROWS = [
    bug(
        "api-mempool-poison-high-order",
        "pool",
        API,
        "//allocator/api:mempool.c",
        "slub_misuse",
        1,
        "ec33b59542d9, CVE-2025-68231",
        "poisoning a larger run of the reserve goes on behind its end",
        "poison stays inside the element",
        "pool_create_sized, poison",
    ),
    bug(
        "race-pool-room-unlocked",
        "pool",
        API,
        "//allocator/api:mempool.c",
        "slub_smp",
        4,
        "the unlocked test of mempool_free, done once",
        "whether the reserve has room is asked before its lock is taken, and not again",
        "a reserve never has more elements than it has room for",
        "pool_free, two CPUs",
    ),
    bug(
        "slub-cpu-partial-on-debug-cache",
        "slub",
        SEEING,
        "//allocator/api:attributes.c",
        "slub_sequence",
        2,
        "74ee4ef1f901, 3.3",
        "a cache with debug flags may be told to keep slabs on CPUs' partial lists",
        "debug caches have no such lists",
        "store",
    ),
    bug(
        "slub-min-partial-not-met",
        "slub",
        SEEING,
        "//allocator/api:attributes.c",
        "slub_sequence",
        5,
        "Linux waits for the next shrink",
        "a lower limit of empty slabs is noted, and no slab goes back",
        "a node keeps no more empty slabs than it may",
        "store, flush",
    ),
]
