/*
 * The table of misuse (misuse.def) as C, and the circumstances that select its rows.
 *
 * Circumstances are read off the model and, where only the allocator knows (is the page free, is
 * the object on a freelist), off its descriptors. Nothing here changes anything.
 */
#ifndef FUZZ_MISUSE_H
#define FUZZ_MISUSE_H

#include <stdint.h>

#include "allocator/base/report.h"
#include "fuzz/misuse.def"
#include "fuzz/ops.h"
#include "sanitizers/model.h"

enum misuse_circumstance {
#define X(name, bit, statement) MISUSE_IF_##name = 1 << (bit),
    MISUSE_CIRCUMSTANCES(X)
#undef X
};

enum misuse_check {
#define X(name, bit, statement) MISUSE_DUE_##name = 1 << (bit),
    MISUSE_CHECKS(X)
#undef X
};

struct misuse_row {
    enum op_code act;
    uint32_t circumstances;    /* all must hold: enum misuse_circumstance, ORed */
    enum report_kind kind;
    uint32_t checks;           /* enum misuse_check, ORed */
    const char *why;
};

enum {
#define X(act, circumstances, kind, checks, why) +1
    MISUSE_ROW_COUNT = MISUSE_ROWS(X, , ),
#undef X
};

extern const struct misuse_row misuse_rows[MISUSE_ROW_COUNT];

/* The row that counts for an act, or NULL: it is not contained. O(rows). */
const struct misuse_row *misuse_find(enum op_code act, uint32_t circumstances);

/* What holds of a live object or run. */
uint32_t misuse_of_live(const struct model *model, const struct model_object *object);

/* What holds of a byte before (offset < 0) or behind the start of a live object. */
uint32_t misuse_of_byte(const struct model *model, const struct model_object *object,
                        int64_t offset);

/* What holds of a stale object or run that is used again, by the CPU given. */
uint32_t misuse_of_stale(struct model *model, const struct model_object *object, unsigned cpu);

/* What holds of a free page, by one of its bytes. */
uint32_t misuse_of_page(const struct model *model, const void *byte);

/* What holds of an address given to kmem_cache_free() of a cache, to kfree(), to free_pages(). */
uint32_t misuse_of_cache_free(const struct model *model, const struct kmem_cache *cache,
                              const void *address);
uint32_t misuse_of_kfree(const struct model *model, const void *address);
uint32_t misuse_of_pages_free(const struct model *model, const void *address, unsigned order);

/* The same for page_frag_free(): of a run of any order, wherever it starts. */
uint32_t misuse_of_fragment_free(const struct model *model, const void *address);

#endif
