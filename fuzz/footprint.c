#include "fuzz/footprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_BED_FAILED = 3, FIRST_CAPACITY = 1 << 8, LOCK_MAX = 64 };

static struct footprint_word *make_words(size_t capacity)
{
    struct footprint_word *words = calloc(capacity, sizeof(*words));

    if (words == NULL) {
        fprintf(stderr, "footprint: no memory for %zu words\n", capacity);
        exit(EXIT_BED_FAILED);
    }
    return words;
}

void footprint_init(struct footprint *footprint)
{
    *footprint = (struct footprint){
        .words = make_words(FIRST_CAPACITY),
        .capacity = FIRST_CAPACITY,
    };
}

void footprint_fini(struct footprint *footprint)
{
    free(footprint->words);
}

/* The word's place, or the free one where it would be. */
static struct footprint_word *find(const struct footprint *footprint, const void *address)
{
    uint64_t hash = (uint64_t)(uintptr_t)address * UINT64_C(0x9e3779b97f4a7c15);
    size_t index = (size_t)(hash >> 32) & (footprint->capacity - 1);

    while (footprint->words[index].address != NULL && footprint->words[index].address != address) {
        index = (index + 1) & (footprint->capacity - 1);
    }
    return &footprint->words[index];
}

static void grow(struct footprint *footprint)
{
    const struct footprint old = *footprint;

    footprint->capacity *= 2;
    footprint->words = make_words(footprint->capacity);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.words[i].address != NULL) {
            *find(footprint, old.words[i].address) = old.words[i];
        }
    }
    free(old.words);
}

static struct footprint_word *find_or_add(struct footprint *footprint, const void *address)
{
    struct footprint_word *word = find(footprint, address);

    if (word->address == NULL) {
        if (2 * ++footprint->count > footprint->capacity) {
            grow(footprint);
            word = find(footprint, address);
        }
        word->address = address;
    }
    return word;
}

void footprint_add(struct footprint *footprint, const struct footprint_access *access)
{
    struct footprint_use *use = &find_or_add(footprint, access->address)->seen[access->cpu];
    uint32_t *end = access->kind == WORLD_LOAD ? &use->read_end : &use->written_end;

    if (*end <= access->op) {
        *end = access->op + 1;
        footprint->is_new = true;
    }
    if ((use->unlocked | ~access->held) != use->unlocked) {
        use->unlocked |= ~access->held;
        footprint->is_new = true;
    }
}

uint64_t footprint_lock(struct footprint *footprint, const void *address)
{
    struct footprint_word *word = find_or_add(footprint, address);

    if (word->lock == 0 && footprint->lock_count < LOCK_MAX) {
        word->lock = UINT64_C(1) << footprint->lock_count++;
    }
    return word->lock;
}

bool footprint_conflicts(const struct footprint *footprint, const struct footprint_access *access,
                         const uint32_t ended[CPU_MAX])
{
    const struct footprint_word *word = find(footprint, access->address);

    for (cpu_id_t other = 0; other < CPU_MAX; other++) {
        const struct footprint_use *use = &word->known[other];
        bool is_read = use->read_end > ended[other];
        bool is_written = use->written_end > ended[other];
        bool excludes = (access->held & ~use->unlocked) != 0;

        if (other != access->cpu && !excludes &&
            (is_written || (is_read && access->kind != WORLD_LOAD))) {
            return true;
        }
    }
    return false;
}

void footprint_learn(struct footprint *footprint)
{
    for (size_t i = 0; i < footprint->capacity; i++) {
        struct footprint_word *word = &footprint->words[i];

        memcpy(word->known, word->seen, sizeof(word->known));
    }
    footprint->is_new = false;
}
