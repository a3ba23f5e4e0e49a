"""Planted bugs of page fragments and of what finds mistakes in pages."""

load(":row.bzl", "API", "PAGE", "bug")

PAGEDEBUG_ROWS = [
    bug(
        "api-page-frag-short-cache",
        "api",
        API,
        "//allocator/api:page_frag.c",
        "buddy_sequence",
        2,
        "dac22531bbd4, 6.0",
        "one page is taken for a fragment that does not fit into it",
        "what is handed out lies inside the arena, in one run",
        "frags, few free pages",
    ),
    bug(
        "api-page-frag-bias",
        "api",
        API,
        "//allocator/api:page_frag.c",
        "buddy_sequence",
        4,
        "2c2ade81741c, 5.1",
        "the cache has as many references as fragments can be cut, and none for itself",
        "a run lives as long as somebody holds it",
        "frags of the least size",
    ),
    bug(
        "api-page-frag-reserve-stuck",
        "api",
        API,
        "//allocator/api:page_frag.c",
        "buddy_sequence",
        4,
        "d8c19014bba8, 5.10",
        "a page that was had from the reserves is cut again for anybody",
        "no run is handed out of what the zone keeps for more urgent requests",
        "frags, min_free_pages",
    ),
    bug(
        "race-page-drop-not-atomic",
        "page",
        PAGE,
        "//allocator/page:page_ref.c",
        "slub_smp",
        6,
        "own, after a0132ac0f275",
        "references are dropped by a plain store of the packed word",
        "a run counts each of its holders",
        "frags, free_frags, two CPUs",
    ),
]
