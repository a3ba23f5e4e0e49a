/*
 * The two words of a CPU that are read without a lock: its freelist, and the slab the list is of.
 *
 *     63 ......... 32   31       30        29 ....... 0
 *     transaction       closed   careful   freelist
 *
 * closed keeps the fast path off: the list is empty, or careful. A careful list is one whose
 * objects have to be wiped, or whose slab is smaller than the cache's others.
 *
 * The transaction grows by TRANSACTION_STEP when an object is taken off the list and when the list
 * is replaced; it starts at the CPU's number. So a stale snapshot never matches, not even one of
 * another CPU. Putting an object on the list may leave the transaction alone: before the word can
 * be again what it was, that object has to be taken off.
 *
 * The link inside a free object is the difference that the object makes to the word: its reference
 * XOR that of the object behind it, or XOR closed where the list ends. Putting an object on a list
 * and taking it off are one XOR with its link.
 */
#ifndef ALLOCATOR_CACHE_CPU_WORD_H
#define ALLOCATOR_CACHE_CPU_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/params.h"
#include "allocator/cache/slab.h"

enum { TRANSACTION_STEP = CPU_MAX };

static const uint64_t CPU_WORD_CLOSED = UINT64_C(1) << 31;
static const uint64_t CPU_WORD_CAREFUL = UINT64_C(1) << OBJECT_REF_BITS;

struct cpu_word {
    object_ref_t freelist;    /* first free object of the CPU slab, 0: none */
    uint32_t transaction;
    bool careful;             /* only slow paths put objects on the list and take them off */
};

/* The slab that a CPU allocates from, as the references that lie in it; all 0: none. */
struct cpu_slab_word {
    object_ref_t first;     /* of its first byte */
    uint32_t count;         /* of its bytes, in words */
};

static inline uint64_t cpu_word_pack(struct cpu_word word)
{
    bool closed = word.careful || word.freelist == 0;

    return (uint64_t)word.transaction << 32 | (closed ? CPU_WORD_CLOSED : 0) |
           (word.careful ? CPU_WORD_CAREFUL : 0) | word.freelist;
}

static inline struct cpu_word cpu_word_unpack(uint64_t bits)
{
    return (struct cpu_word){
        .freelist = (object_ref_t)(bits & (CPU_WORD_CAREFUL - 1)),
        .transaction = (uint32_t)(bits >> 32),
        .careful = (bits & CPU_WORD_CAREFUL) != 0,
    };
}

static inline uint64_t cpu_slab_word_pack(struct cpu_slab_word word)
{
    return (uint64_t)word.first | (uint64_t)word.count << 32;
}

static inline struct cpu_slab_word cpu_slab_word_unpack(uint64_t bits)
{
    return (struct cpu_slab_word){
        .first = (object_ref_t)bits,
        .count = (uint32_t)(bits >> 32),
    };
}

/* The word one transaction later, with another list of the same slab. */
static inline uint64_t cpu_word_step(uint64_t bits, object_ref_t freelist)
{
    struct cpu_word word = cpu_word_unpack(bits);

    word.freelist = freelist;
    word.transaction += TRANSACTION_STEP;
    return cpu_word_pack(word);
}

static inline bool cpu_word_is_closed(uint64_t bits)
{
    return (bits & CPU_WORD_CLOSED) != 0;
}

/* The first object of a list that is not closed. */
static inline object_ref_t cpu_word_first(uint64_t bits)
{
    return (object_ref_t)bits;
}

/*
 * The link of an object that is to come before the first one: 0 if it is the first one, and less
 * than the references in a slab if both lie in one. Sign-extended, closed makes it larger: places
 * that it would not are those of odd addresses.
 */
static inline uint64_t cpu_word_link(uint64_t bits, uint64_t place)
{
    return place ^ (uint64_t)(int32_t)(uint32_t)bits;
}

/* The word with an object put on the list, and with the first one taken off, by their links. */
static inline uint64_t cpu_word_put(uint64_t bits, uint64_t link)
{
    return bits ^ link;
}

static inline uint64_t cpu_word_take(uint64_t bits, uint64_t link)
{
    return (bits ^ link) + ((uint64_t)TRANSACTION_STEP << 32);
}

#endif
