/*
 * Accounts: who pays for memory that is asked for with __GFP_ACCOUNT, or of a cache with
 * SLAB_ACCOUNT. With config->object_extensions; else nobody pays for anything.
 *
 * Every slab object costs its account the stride of its cache, from its allocation to its free. An
 * allocation that its account cannot pay for fails like one for which there is no memory. Pages,
 * and objects that are made of them, cost nothing; neither do objects of kmalloc's normal caches,
 * nor what is allocated without a lock.
 */
#ifndef ALLOCATOR_API_ACCOUNT_H
#define ALLOCATOR_API_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/params.h"

struct kmem_heap;

/* What is asked for on this CPU is charged to another account, below ACCOUNT_COUNT. First: 0. */
void heap_account_enter(struct kmem_heap *heap, unsigned account);

/* Bytes that an account may be charged from now on; 0: any. What it has been, it stays. */
void heap_account_limit(struct kmem_heap *heap, unsigned account, uint64_t bytes);

/* Bytes that an account is charged. */
uint64_t heap_account_charged(const struct kmem_heap *heap, unsigned account);

/* Whether allocations are charged from now on. Frees take back what was charged in any case. */
void heap_account_enable(struct kmem_heap *heap, bool is_on);

/*
 * kmem_cache_charge: charges a live object that was allocated without. False if the account cannot
 * pay; true if it can, if the object is charged already, or costs nothing.
 */
bool heap_charge(struct kmem_heap *heap, const void *object);

#endif
