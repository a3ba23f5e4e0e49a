/*
 * The accounts as the shadow model keeps them: who pays how much for which live object.
 *
 * Of an op that others may interrupt it is not known which account it meets, nor whether there is
 * room in it: then the word that the allocator keeps for the object is believed, and only the sums
 * have to come out right.
 */
#ifndef SANITIZERS_CHARGES_H
#define SANITIZERS_CHARGES_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/flags.h"
#include "allocator/base/params.h"

struct kmem_cache;
struct kmem_heap;
struct model;
struct model_object;

enum { CHARGES_ANY = ACCOUNT_COUNT };

struct charges {
    uint64_t charged[ACCOUNT_COUNT];    /* bytes of objects, those kept for good included */
    uint64_t limits[ACCOUNT_COUNT];     /* bytes; 0: none */
    uint8_t cpu_accounts[CPU_MAX];
    uint8_t present;                    /* account of this step; CHARGES_ANY: it is not known */
    bool is_off;                        /* nothing more is charged */
};

/* Bytes that an object costs, of a cache that may be NULL, if it is charged; 0: it is not. */
uint32_t charges_price(const struct model *model, const struct kmem_cache *home, gfp_t gfp);

/* True if the account of this step may not be able to pay. */
bool charges_may_refuse(const struct model *model, uint64_t bytes);

/*
 * An object was allocated, or charged later, that costs price bytes; 0: nothing. The object
 * remembers what it was charged. False, and a violation, if the allocator sees that differently.
 */
bool charges_add(struct model *model, struct model_object *object, uint32_t price);

/* The object was freed. What the allocator keeps for good it goes on charging. */
void charges_take_back(struct model *model, struct model_object *object);

/* Nothing is in flight: each account is charged what the model says. O(ACCOUNT_COUNT). */
bool charges_compare(struct model *model);

#endif
