/*
 * What was found, as data. Detection fills a struct report, the platform decides what follows, and
 * debug/render.h alone turns it into text.
 *
 * A report is sent before anything is repaired, so the bytes it points at are still the damaged
 * ones; action says what the allocator is about to do.
 */
#ifndef ALLOCATOR_BASE_REPORT_H
#define ALLOCATOR_BASE_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "allocator/base/reports.def"

struct kmem_cache;
struct slab;
struct page;

enum report_kind {
#define X(id, headline) REPORT_##id,
    REPORT_KINDS(X)
#undef X
    REPORT_KIND_COUNT
};

/* Where in the allocator it was noticed. */
enum report_stage {
    STAGE_ALLOC,
    STAGE_FREE,
    STAGE_RESIZE,
    STAGE_VALIDATE,
    STAGE_DISCARD,
    STAGE_DESTROY,
    STAGE_PAGE_ALLOC,
    STAGE_PAGE_FREE,
    STAGE_CREATE,
    STAGE_USERCOPY,
    STAGE_COUNT
};

enum report_action {
    ACTION_NONE,
    ACTION_RESTORE_BYTES,     /* damage is overwritten with the expected byte */
    ACTION_KEEP_OBJECT,       /* the object is not freed: leaked on purpose */
    ACTION_ISOLATE_SLAB,      /* all objects marked used, the slab leaves every list */
    ACTION_CUT_FREELIST,      /* the freelist ends before the damage; what followed is leaked */
    ACTION_FIX_COUNT,         /* a counter is set to what was counted */
    ACTION_KEEP_PAGES,        /* the run is not freed, or not handed out: leaked on purpose */
    ACTION_KEEP_CACHE,        /* the cache cannot go: leaked on purpose */
    ACTION_COUNT
};

struct report {
    enum report_kind kind;
    enum report_stage stage;
    enum report_action action;
    const struct kmem_cache *cache;    /* NULL for reports of the page layer */
    const struct slab *slab;           /* NULL if no slab is concerned */
    const struct page *page;           /* descriptor of the run's first frame, or NULL */
    const void *object;                /* start of the object or the pointer given, or NULL */
    const unsigned char *damage;       /* first damaged byte, or NULL */
    size_t damage_size;                /* bytes from the first to the final damaged one */
    unsigned char expected_byte;       /* what the damage should read */
    uint64_t found;                    /* counts, for the kinds that count */
    uint64_t expected;
    uint64_t site;                     /* caller, as world_site() names it */
};

/* "LEFT_REDZONE", and its headline. */
const char *report_kind_name(enum report_kind kind);
const char *report_kind_headline(enum report_kind kind);

#endif
