/*
 * The comparison, second part: is what is told of a heap, as text and numbers, what is there?
 *
 * What is there is counted a second time, from the frame descriptors. Where other ops were in
 * flight meanwhile, nothing is concluded from counts.
 */
#ifndef SANITIZERS_COMPARE_SEEN_H
#define SANITIZERS_COMPARE_SEEN_H

#include "allocator/api/attributes.h"
#include "sanitizers/model.h"

/* Bytes behind the room for a text, which nobody may write. */
enum { SEEN_GUARD_SIZE = 256 };

/* Makes room for a text of capacity bytes, not 0: room has SEEN_GUARD_SIZE bytes more. */
void seen_prepare(char *room, size_t capacity);

/* A text was written there, which has size bytes in whole. */
bool compare_text(struct model *model, const char *room, size_t capacity, size_t size);

/* True if what was written there is the whole text. */
static inline bool seen_is_whole(size_t capacity, size_t size)
{
    return size < capacity;
}

/* An attribute of a cache was read: its whole text. O(pages). */
bool compare_attribute(struct model *model, const struct kmem_cache *cache,
                       enum cache_attribute attribute, const char *text);

/* Storing a number in an attribute gave result. */
bool compare_store(struct model *model, const struct kmem_cache *cache,
                   enum cache_attribute attribute, unsigned long number, int result);

/*
 * Objects in use of a cache in a slot are those in users' hands and those whose free is put off;
 * where the allocator was made to keep others, at least so many. O(pages).
 */
bool compare_in_use(struct model *model, const struct kmem_cache *cache, bool is_exact);

/* The row of a cache in a whole slabinfo text. */
bool compare_slabinfo(struct model *model, const struct kmem_cache *cache, const char *text);

/*
 * Lines of traces of a cache, whole: they add up to the objects in use, largest first. If objects
 * were damaged or kept, only their order counts. O(pages).
 */
bool compare_sites(struct model *model, const struct kmem_cache *cache, const char *text,
                   bool is_exact);

/* How many lines traces of a cache cannot exceed, and how many there were. */
uint64_t seen_lines_max(const struct kmem_cache *cache);
bool compare_line_count(struct model *model, const struct kmem_cache *cache, uint64_t count);

#endif
