/*
 * Unpacking undoes packing for the two words of SLUB: the state of a slab, for every freelist,
 * 16 bits of objects in use, 15 bits of objects and both values of frozen, and a CPU's freelist
 * with its transaction. A claim a function: see page_state_proof.c.
 */
#include "allocator/base/params.h"
#include "allocator/cache/cache.h"
#include "allocator/cache/slab.h"
#include "tests/proof/proof.h"

void freelist_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen);
void inuse_count_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen);
void object_count_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen);
void frozen_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen);
void cpu_freelist_survives(object_ref_t freelist, uint32_t transaction);
void transaction_survives(object_ref_t freelist, uint32_t transaction);

static struct slab_state slab_round_trip(object_ref_t freelist, uint16_t inuse, uint16_t objects,
                                         bool frozen)
{
    struct slab_state state = {
        .freelist = freelist,
        .inuse_count = inuse,
        .object_count = objects & SLAB_OBJECTS_MAX,
        .frozen = frozen,
    };

    return slab_state_unpack(slab_state_pack(state));
}

static struct cpu_word cpu_round_trip(object_ref_t freelist, uint32_t transaction)
{
    struct cpu_word word = {.freelist = freelist, .transaction = transaction};

    return cpu_word_unpack(cpu_word_pack(word));
}

void freelist_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen)
{
    prove(slab_round_trip(freelist, inuse, objects, frozen).freelist == freelist);
}

void inuse_count_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen)
{
    prove(slab_round_trip(freelist, inuse, objects, frozen).inuse_count == inuse);
}

void object_count_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen)
{
    prove(slab_round_trip(freelist, inuse, objects, frozen).object_count ==
          (objects & SLAB_OBJECTS_MAX));
}

void frozen_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen)
{
    prove(slab_round_trip(freelist, inuse, objects, frozen).frozen == frozen);
}

void cpu_freelist_survives(object_ref_t freelist, uint32_t transaction)
{
    prove(cpu_round_trip(freelist, transaction).freelist == freelist);
}

void transaction_survives(object_ref_t freelist, uint32_t transaction)
{
    prove(cpu_round_trip(freelist, transaction).transaction == transaction);
}
