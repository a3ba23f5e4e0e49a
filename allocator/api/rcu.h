/*
 * Objects that readers look at without a lock, and how they are freed: base/world_rcu.h.
 *
 * The writer takes an object out of the readers' reach and gives it to heap_free_rcu(). Readers
 * that found it before may go on reading until they close their section.
 */
#ifndef ALLOCATOR_API_RCU_H
#define ALLOCATOR_API_RCU_H

struct kmem_heap;

/* What heap_free_rcu() needs of an object, bytes. */
enum { RCU_OBJECT_SIZE_MIN = 16 };

/* Opens and closes a section of the calling CPU, which stays on it. Sections nest. */
void heap_rcu_read_lock(struct kmem_heap *heap);
void heap_rcu_read_unlock(struct kmem_heap *heap);

/*
 * kfree_rcu: frees an object of kmalloc, or of a cache without constructor, when all readers that
 * are inside a section now have left. At least RCU_OBJECT_SIZE_MIN bytes were asked for; so many,
 * from its start, belong to the allocator from now on, and the others stay as they are.
 *
 * NULL and ZERO_SIZE_PTR do nothing. A pointer that heap_free() would report for where it lies is
 * reported at once, anything else when the object is freed: by a later slow path, by the two calls
 * below, or when a cache is destroyed. Any context that may take a lock. O(1).
 */
void heap_free_rcu(struct kmem_heap *heap, void *object);

/* Frees what no reader inside may hold any more. Takes every lock. O(what is freed). */
void heap_rcu_run(struct kmem_heap *heap);

/* Returns when all that was given to heap_free_rcu() before is free. Not called in a section. */
void heap_rcu_barrier(struct kmem_heap *heap);

#endif
