/*
 * Unpacking undoes packing for the two words of SLUB: the state of a slab, for every freelist,
 * 16 bits of objects in use, 15 bits of objects and both values of frozen, and a CPU's freelist
 * with its transaction. Putting and taking by XOR agree with packing. A claim a function: see
 * page_state_proof.c.
 */
#include "allocator/base/params.h"
#include "allocator/cache/cache.h"
#include "allocator/cache/slab.h"
#include "tests/proof/proof.h"

void freelist_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen);
void inuse_count_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen);
void object_count_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen);
void frozen_survives(object_ref_t freelist, uint16_t inuse, uint16_t objects, bool frozen);
void cpu_freelist_survives(object_ref_t freelist, uint32_t transaction, bool careful);
void transaction_survives(object_ref_t freelist, uint32_t transaction, bool careful);
void careful_survives(object_ref_t freelist, uint32_t transaction, bool careful);
void put_packs_object(object_ref_t first, object_ref_t object, uint32_t transaction);
void take_undoes_put(uint64_t bits, uint64_t link);
void final_link_empties(object_ref_t first, uint32_t transaction);

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

static object_ref_t some_ref(object_ref_t any)
{
    return any & ((UINT32_C(1) << OBJECT_REF_BITS) - 1);
}

static struct cpu_word cpu_round_trip(object_ref_t freelist, uint32_t transaction, bool careful)
{
    struct cpu_word word = {some_ref(freelist), transaction, careful};

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

void cpu_freelist_survives(object_ref_t freelist, uint32_t transaction, bool careful)
{
    prove(cpu_round_trip(freelist, transaction, careful).freelist == some_ref(freelist));
}

void transaction_survives(object_ref_t freelist, uint32_t transaction, bool careful)
{
    prove(cpu_round_trip(freelist, transaction, careful).transaction == transaction);
}

void careful_survives(object_ref_t freelist, uint32_t transaction, bool careful)
{
    prove(cpu_round_trip(freelist, transaction, careful).careful == careful);
}

/* A word whose list is open: not 0, which the lowest bit of each reference here sees to. */
static uint64_t open_word(object_ref_t first, uint32_t transaction)
{
    return cpu_word_pack((struct cpu_word){some_ref(first) | 1, transaction, false});
}

/* Half by half: compilers do not see through both at once. */
static void prove_equal(uint64_t word, uint64_t other)
{
    prove((uint32_t)word == (uint32_t)other);
    prove(word >> 32 == other >> 32);
}

/* What the fast path does with an XOR is what packing the result would give. */
void put_packs_object(object_ref_t first, object_ref_t object, uint32_t transaction)
{
    uint64_t bits = open_word(first, transaction);
    uint64_t link = cpu_word_link(bits, some_ref(object) | 1);

    prove_equal(cpu_word_put(bits, link), open_word(object, transaction));
}

/* For any word and any link; and what the word of the final object leaves behind is empty. */
void take_undoes_put(uint64_t bits, uint64_t link)
{
    prove(cpu_word_take(cpu_word_put(bits, link), link) ==
          bits + ((uint64_t)TRANSACTION_STEP << 32));
}

void final_link_empties(object_ref_t first, uint32_t transaction)
{
    uint64_t bits = open_word(first, transaction);
    uint64_t link = cpu_word_first(bits) ^ CPU_WORD_CLOSED;

    prove_equal(bits ^ link, cpu_word_pack((struct cpu_word){0, transaction, false}));
}
