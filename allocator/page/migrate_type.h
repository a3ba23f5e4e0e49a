/*
 * Mobility: what becomes of a page that somebody owns, as far as he can say when he asks for it.
 *
 * Pages of one type are kept together, block by block, so that those which can be moved or given
 * back do not share their blocks with those which stay. The names are Linux's.
 */
#ifndef ALLOCATOR_PAGE_MIGRATE_TYPE_H
#define ALLOCATOR_PAGE_MIGRATE_TYPE_H

#include <stdbool.h>

enum migrate_type {
    MIGRATE_MOVABLE,        /* what everything is in a heap without pageblocks */
    MIGRATE_UNMOVABLE,
    MIGRATE_RECLAIMABLE,
    MIGRATE_HIGHATOMIC,     /* kept for larger runs of those who cannot wait */
    MIGRATE_ISOLATE,        /* nobody may have it */
    MIGRATE_TYPE_COUNT,
    MIGRATE_REQUEST_COUNT = MIGRATE_HIGHATOMIC    /* types below this one can be asked for */
};

/* True if blocks of the type may become another's, and their runs merge with those of others. */
static inline bool migrate_type_is_common(enum migrate_type type)
{
    return type < MIGRATE_REQUEST_COUNT;
}

#endif
