#include "tests/unit/sim_strategy/outcome_set.h"

#include <stdlib.h>
#include <string.h>

#include "allocator/hardening/keyed_random.h"

void outcome_set_add(struct outcome_set *set, const struct fake_machine *machine)
{
    uint64_t hash = 0;

    for (unsigned i = 0; i < machine->length; i++) {
        hash = keyed_random_mix(hash, (unsigned char)machine->history[i]);
    }
    if (set->count == set->capacity) {
        set->capacity = set->capacity != 0 ? 2 * set->capacity : 64;
        set->hashes = realloc(set->hashes, set->capacity * sizeof *set->hashes);
        if (set->hashes == NULL) {
            abort();
        }
    }
    set->hashes[set->count++] = hash;
}

void outcome_set_enumerate(struct outcome_set *set, struct fake_machine machine,
                           unsigned preemptions_max)
{
    uint32_t ready = fake_machine_must_go_on(&machine) ? UINT32_C(1) << machine.current
                                                       : fake_machine_ready(&machine);

    if (ready == 0) {
        outcome_set_add(set, &machine);
    }
    for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++) {
        struct fake_machine next = machine;

        if ((ready >> cpu & 1) != 0) {
            fake_machine_step(&next, cpu);
            if (next.preemptions <= preemptions_max) {
                outcome_set_enumerate(set, next, preemptions_max);
            }
        }
    }
}

static int compare(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;

    return (*a > *b) - (*a < *b);
}

size_t outcome_set_finish(struct outcome_set *set)
{
    size_t kept = 0;

    if (set->count == 0) {
        return 0;
    }
    qsort(set->hashes, set->count, sizeof *set->hashes, compare);
    for (size_t i = 0; i < set->count; i++) {
        if (kept == 0 || set->hashes[i] != set->hashes[kept - 1]) {
            set->hashes[kept++] = set->hashes[i];
        }
    }
    set->count = kept;
    return kept;
}

bool outcome_sets_are_equal(const struct outcome_set *left, const struct outcome_set *right)
{
    return left->count == right->count &&
           (left->count == 0 ||
            memcmp(left->hashes, right->hashes, left->count * sizeof *left->hashes) == 0);
}

void outcome_set_fini(struct outcome_set *set)
{
    free(set->hashes);
    *set = (struct outcome_set){0};
}
