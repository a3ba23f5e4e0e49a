"""Planted bugs of mempools, and of what can be tuned."""

load(":row.bzl", "API", "bug")

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
]
