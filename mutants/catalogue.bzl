"""The catalogue of planted bugs: one row a patch.

Each row re-introduces one real bug, by the mechanism it had. `rule` says which promise it breaks,
`needs` which part of the language reaches it, and `ops` how many ops a minimal program has. Rows of
kind "canary" are trivial bugs that must be found at once, rows of kind "noop" change nothing and
must never be found: they test the hunt itself.
"""

_API = "//allocator/api:api"
_CACHE = "//allocator/cache:cache"
_DEBUG = "//allocator/debug:debug"
_PAGE = "//allocator/page:page"
_SLUB = "//allocator/slub:slub"

def _row(id, kind, area, library, src, target, ops, reference, mechanism, rule, needs):
    return struct(
        area = area,
        id = id,
        kind = kind,
        library = library,
        mechanism = mechanism,
        needs = needs,
        ops = ops,
        patch = "patches/%s.patch" % id,
        reference = reference,
        rule = rule,
        src = src,
        target = target,
    )

def _bug(id, area, library, src, target, ops, reference, mechanism, rule, needs):
    return _row(id, "bug", area, library, src, target, ops, reference, mechanism, rule, needs)

def _control(id, kind, library, src, target, mechanism):
    return _row(id, kind, "control", library, src, target, 1, "", mechanism, "", "base")

CATALOGUE = [
    _bug(
        "buddy-max-order-inclusive",
        "page",
        _PAGE,
        "//allocator/page:buddy.c",
        "buddy_sequence",
        2,
        "exclusive against inclusive order bounds, many times",
        "the merge loop stops one order short of the largest",
        "no two free runs of one order are buddies",
        "an arena of a largest run",
    ),
    _bug(
        "buddy-bad-page-reused",
        "page",
        _PAGE,
        "//allocator/page:page_alloc.c",
        "slub_misuse",
        2,
        "8cc3b39221b, 2.6.29",
        "a run found bad is reported and put back into circulation",
        "an inconsistent run is never handed out again",
        "free_pages_client",
    ),
    _bug(
        "slub-node-partial-compare",
        "slub",
        _SLUB,
        "//allocator/slub:partial.c",
        "slub_sequence",
        5,
        "deactivation keeping empty slabs",
        "the comparison with the wanted number of partial slabs is reversed",
        "a node keeps no more empty slabs than it wants",
        "flush",
    ),
    _bug(
        "slub-shrink-early-out",
        "slub",
        _SLUB,
        "//allocator/slub:upkeep.c",
        "slub_sequence",
        3,
        "shrink losing slabs it had pulled aside",
        "the re-linking loop ends when the list has become empty",
        "each slab is on exactly one list",
        "shrink",
    ),
    _bug(
        "slab-freelist-index-type",
        "cache",
        _SLUB,
        "//allocator/slub:new_slab.c",
        "slub_sequence",
        2,
        "byte-sized freelist indexes, 3.13 to 3.14",
        "the index of an object is narrowed to a byte",
        "every object of a slab is on its freelist once",
        "slabs of more than 256 objects",
    ),
    _bug(
        "slub-corrupt-check-noop",
        "debug",
        _DEBUG,
        "//allocator/debug:consistency.c",
        "slub_misuse",
        5,
        "freelist_corrupted() losing its effect in a refactoring",
        "a corrupt chain is reported, and cut in a local copy only",
        "what is reported as cut cannot be reached any more",
        "free_pointer, validate",
    ),
    _bug(
        "slub-link-beyond-odd-object",
        "cache",
        _CACHE,
        "//allocator/cache:layout.c",
        "slub_sequence",
        3,
        "e41a49fadbc8, CVE-2021-47221",
        "the free pointer is centred in the rounded size instead of the object",
        "a free pointer inside an object ends inside it",
        "small odd sizes with redzones",
    ),
    _bug(
        "slub-debug-flag-cleared-early",
        "debug",
        _SLUB,
        "//allocator/slub:new_slab.c",
        "slub_misuse",
        5,
        "per-slab debug marker cleared at the top of slab release",
        "the last check of a slab's objects is skipped",
        "all objects of a checked slab are verified when it is released",
        "write_after_free, shrink",
    ),
    _bug(
        "slub-bulk-alloc-leaks-link",
        "api",
        _API,
        "//allocator/api:kmem_cache.c",
        "slub_sequence",
        3,
        "bulk allocation under init_on_free",
        "bulk allocation leaves the free pointer in the object",
        "with init_on_free every object handed out reads zero",
        "init_on_free, bulk_alloc",
    ),
    _bug(
        "slub-bulk-detached-list-across-slabs",
        "slub",
        _SLUB,
        "//allocator/slub:bulk.c",
        "slub_sequence",
        4,
        "detached freelists of arrays that alternate between slabs",
        "the end of the array moves past entries that were not freed",
        "bulk free frees each entry once",
        "bulk_free over several slabs",
    ),
    _bug(
        "slub-zero-limited-without-tracking",
        "api",
        _SLUB,
        "//allocator/slub:object_ready.c",
        "slub_sequence",
        2,
        "648927ceb840, CVE-2026-64368",
        "redzones alone limit zeroing to the requested size, which nobody remembers then",
        "growing a zeroed object in place exposes zeros",
        "redzones without user tracking, krealloc",
    ),
    _bug(
        "api-krealloc-redzone-slack",
        "api",
        _API,
        "//allocator/api:resize.c",
        "slub_sequence",
        4,
        "krealloc in place with tracked sizes",
        "the redzone behind a resized object is not painted again",
        "the redzone begins at the current requested size",
        "redzones with user tracking, krealloc",
    ),
    _bug(
        "slub-ksize-large-object",
        "api",
        _API,
        "//allocator/api:resize.c",
        "slub_sequence",
        2,
        "ksize assuming that every object lies in a slab",
        "the branch for objects made of pages is missing",
        "ksize is at least what was asked for",
        "kmalloc above the largest class",
    ),
    _bug(
        "slub-kfree-arbitrary-page",
        "api",
        _API,
        "//allocator/api:allocation.c",
        "slub_misuse",
        2,
        "kfree of any page",
        "the test that a page is a large allocation is missing",
        "kfree of a foreign page is refused by name",
        "free_wild",
    ),
    _control(
        "canary-object-handed-out-twice",
        "canary",
        _SLUB,
        "//allocator/slub:fast_path.c",
        "slub_sequence",
        "allocation does not advance the CPU's freelist",
    ),
    _control(
        "canary-zeroing-forgotten",
        "canary",
        _SLUB,
        "//allocator/slub:object_ready.c",
        "slub_sequence",
        "nothing is zeroed when an object is handed out",
    ),
    _control(
        "canary-pages-leaked",
        "canary",
        _PAGE,
        "//allocator/page:page_alloc.c",
        "buddy_sequence",
        "freed runs never reach the free lists",
    ),
    _control(
        "noop-equivalent-comparison",
        "noop",
        _SLUB,
        "//allocator/slub:partial.c",
        "slub_sequence",
        "a comparison with its sides exchanged",
    ),
    _control(
        "noop-redundant-store",
        "noop",
        _SLUB,
        "//allocator/slub:cpu_slab.c",
        "slub_sequence",
        "a store done twice",
    ),
    _control(
        "noop-hoisted-expression",
        "noop",
        _PAGE,
        "//allocator/page:buddy.c",
        "buddy_sequence",
        "an expression with a name",
    ),
]

def _catalogue_json_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(out, "[\n%s\n]\n" % ",\n".join([json.encode(row) for row in CATALOGUE]))
    return [DefaultInfo(files = depset([out]))]

# The table for tools that are not written in Starlark.
catalogue_json = rule(implementation = _catalogue_json_impl)
