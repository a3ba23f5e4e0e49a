/*
 * Attributes of a cache by their Linux names, as text: one line, or none where there is nothing to
 * read. Numbers of nodes and CPUs follow their sum, as "7 N0=4 N1=3" and "9(2) C0=5(1) C1=4(1)".
 */
#ifndef ALLOCATOR_API_ATTRIBUTES_H
#define ALLOCATOR_API_ATTRIBUTES_H

#include <stddef.h>

#include "allocator/api/attributes.def"
#include "allocator/debug/text.h"

struct kmem_cache;

enum cache_attribute {
#define X(name, show, store, why) CACHE_ATTRIBUTE_##name,
    CACHE_ATTRIBUTES(X)
#undef X
    CACHE_ATTRIBUTE_COUNT
};

const char *cache_attribute_name(enum cache_attribute attribute);

/* The attribute of this name, or CACHE_ATTRIBUTE_COUNT. O(attributes). */
enum cache_attribute cache_attribute_find(const char *name);

/* Appends the attribute. O(slabs); takes cpu->lock, node->lock where it counts. */
void kmem_cache_show(struct kmem_cache *cache, enum cache_attribute attribute, struct text *text);

/*
 * Writes a number to an attribute: 0, or HEAP_EINVAL, and nothing changed, if it cannot be written,
 * or not with this number, HEAP_ERANGE if the number is too large. Costs and takes what the act
 * does: kmem_cache_shrink, kmem_cache_validate, kmem_cache_flush_cpu of each CPU.
 */
int kmem_cache_store(struct kmem_cache *cache, enum cache_attribute attribute,
                     unsigned long number);

#endif
