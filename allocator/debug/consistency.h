/*
 * Checks of debug caches: objects, freelists, whole slabs.
 *
 * Each check reports what it finds and repairs it where that is safe; one whose answer matters
 * tells whether all was well. What the caller does with a bad answer (keep the object, isolate the
 * slab) it announces as `consequence`, so the report can say so. node->lock is held; nothing here
 * allocates. A link is never followed before it was found to point at an object of the slab.
 */
#ifndef ALLOCATOR_DEBUG_CONSISTENCY_H
#define ALLOCATOR_DEBUG_CONSISTENCY_H

#include <stdbool.h>

#include "allocator/base/report.h"
#include "allocator/cache/heap_state.h"

/* Where a check happens and what follows from damage; fixed through one operation. */
struct check_context {
    enum report_stage stage;
    enum report_action consequence;    /* ACTION_RESTORE_BYTES if nothing but the repair follows */
    uint64_t site;
};

/* The object starts a slot of the slab. */
bool slab_has_object(const struct slab *slab, const void *object);

/* Index of an object of the slab. */
uint32_t slab_object_index(const struct slab *slab, const void *object);

/* Redzones, poison, padding and free pointer of one object. Damage is repaired. O(stride). */
bool check_object(const struct slab *slab, void *object, bool live,
                  const struct check_context *context);

/* The free pointer of a free object alone. Damage is repaired. O(1). */
bool check_free_link(const struct slab *slab, void *object, const struct check_context *context);

/* Counts of the slab word and the padding behind the last object. O(padding). */
bool check_slab(const struct slab *slab, const struct check_context *context);

/*
 * Walks the freelist, at most to its last possible object. A link that leads nowhere, or a cycle,
 * is reported and the list is cut there; counters that disagree are set to what was counted.
 * Returns whether object (NULL: none) is on the list. O(objects).
 */
bool check_freelist(struct slab *slab, const void *object, const struct check_context *context);

/*
 * Everything about one slab: word, padding, freelist, and each object as free or live; nothing
 * behind the word if its counts are impossible. O(bytes).
 */
void check_whole_slab(struct slab *slab, const struct check_context *context);

/* Counts, padding and every object, all of which are free. O(bytes). */
void check_empty_slab(const struct slab *slab, const struct check_context *context);

/* A report about a slab with what the context knows filled in. */
struct report check_report(const struct slab *slab, enum report_kind kind,
                           const struct check_context *context);

/* Calls visit for each object that is not on the freelist. O(objects). */
void slab_for_each_used(const struct slab *slab,
                        void (*visit)(const struct slab *slab, void *object, void *argument),
                        void *argument);

#endif
