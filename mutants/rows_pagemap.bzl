"""Planted bugs of pageblocks that change meanwhile, and of pages and blocks that are not there."""

load(":row.bzl", "PAGE", "bug")

PAGEMAP_ROWS = [
    bug(
        "buddy-stale-migratetype-isolation",
        "page",
        PAGE,
        "//allocator/page:page_alloc.c",
        "slub_smp",
        4,
        "ad53f92eb416, 3.19",
        "whether a page's block is isolated is asked before the lock is taken",
        "a free run is of the type of its pageblock",
        "free_pages cut short, isolate or unisolate",
    ),
    bug(
        "buddy-steal-free-race",
        "page",
        PAGE,
        "//allocator/page:page_alloc.c",
        "slub_smp",
        5,
        "55612e80e722, 6.10",
        "the type of a page's block is read before the lock is taken",
        "a free run is of the type of its pageblock",
        "free_pages cut short, pages_type that claims the block",
    ),
    bug(
        "buddy-unvalidated-buddy-migratetype",
        "page",
        PAGE,
        "//allocator/page:buddy.c",
        "buddy_sequence",
        2,
        "787af64d05cd, 5.18",
        "a buddy is asked for the type of its block before it is known whether there is one",
        "only pageblocks of the arena have a type",
        "pageblock_order, an arena that is no power of two",
    ),
]
