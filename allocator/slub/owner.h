/*
 * Whose object is it: what every free asks before it changes anything. Each function answers for
 * one free and reports what is wrong with it.
 */
#ifndef ALLOCATOR_SLUB_OWNER_H
#define ALLOCATOR_SLUB_OWNER_H

#include "allocator/cache/heap_state.h"

/*
 * The slab of an object freed to cache; NULL, and a report, if it lies in no slab or in one of
 * another cache (the latter only where config->owner_check or consistency checks ask for it).
 */
struct slab *owner_of_cache_object(struct kmem_cache *cache, const void *object, uint64_t site);

/* Frees to the wrong cache are to be noticed. */
bool owner_is_asked_for(const struct kmem_cache *cache);

/* Reports a pointer that kmalloc did not return. */
void owner_report_stray(const struct kmem_heap *heap, enum report_kind kind,
                        enum report_stage stage, const void *object, uint64_t site);

#endif
