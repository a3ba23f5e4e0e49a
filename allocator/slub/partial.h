/*
 * The lists of a node: partial slabs, and full ones of caches that store users.
 *
 * Every function but the lock's wants node->lock held. The place word of a slab says what it is
 * linked to, and changes in the same critical section as the list.
 */
#ifndef ALLOCATOR_SLUB_PARTIAL_H
#define ALLOCATOR_SLUB_PARTIAL_H

#include <stdbool.h>

#include "allocator/cache/cache.h"

/* Takes node->lock, interrupts off: handlers allocate, too. Returns what node_unlock() needs. */
static inline uint64_t node_lock(struct kmem_cache_node *node)
{
    uint64_t irq_state = world_irq_save();

    world_lock(&node->lock);
    return irq_state;
}

static inline void node_unlock(struct kmem_cache_node *node, uint64_t irq_state)
{
    world_unlock(&node->lock);
    world_irq_restore(irq_state);
}

/* Stops the run if the caller does not hold the lock. */
void partial_check_lock(const struct kmem_cache_node *node);

enum partial_end {
    PARTIAL_HEAD,    /* allocated from next: its objects may still be in a CPU's cache */
    PARTIAL_TAIL,    /* allocated from last: let it fill up with free objects */
};

void partial_add(struct kmem_cache_node *node, struct slab *slab, enum partial_end end);
void partial_remove(struct kmem_cache_node *node, struct slab *slab);

/* First slab of the partial list, or NULL; also for a node that has no lists yet. */
struct slab *partial_first(const struct kmem_cache_node *node);

/* For caches that store users; nothing for others, whose full slabs are on no list. */
void full_add(struct kmem_cache *cache, struct slab *slab);
void full_remove(struct kmem_cache *cache, struct slab *slab);

/*
 * Moves a slab that is neither frozen nor isolated to the list that its freelist asks for, if it is
 * not there already; a slab that gained its first free object goes to the tail. True if that is
 * what happened.
 */
bool partial_relist(struct kmem_cache *cache, struct slab *slab);

/*
 * A node keeps an empty slab only while it has fewer than partial_min partial slabs besides it.
 * partial_is_satisfied() asks for a slab that is not on its node's list, partial_is_spare() for one
 * that is.
 */
bool partial_is_satisfied(const struct slab *slab);
bool partial_is_spare(const struct slab *slab);

/* The slab whose link this is. */
static inline struct slab *slab_of_link(struct list_link *link)
{
    return container_of(link, struct slab, link);
}

#endif
