/*
 * May these bytes of an object be copied to or from a user?
 *
 * A cache says at its creation which part of its objects users may see: the window [useroffset,
 * useroffset + usersize). Objects of kmalloc are their users' as a whole, so are large objects and
 * runs of pages; so are the pages of a view, of exact bytes and of a range of frames, up to the end
 * of the last one. What lies elsewhere is none of the heap's business.
 */
#ifndef ALLOCATOR_API_USERCOPY_H
#define ALLOCATOR_API_USERCOPY_H

#include <stdbool.h>
#include <stddef.h>

struct kmem_heap;

/*
 * True if [address, address + size) may be copied. Reports USERCOPY where it is false: beyond the
 * window, in a redzone, beyond the end of a run, at NULL, or around the end of the address space.
 * No bytes may always be copied. Whether the object is live is not asked. O(pages); takes no lock.
 */
bool heap_check_usercopy(struct kmem_heap *heap, const void *address, size_t size);

#endif
