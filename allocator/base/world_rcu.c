#include "allocator/base/world_rcu.h"

#include <stddef.h>

static uint64_t reader_word(uint64_t queued)
{
    return queued << WORLD_RCU_DEPTH_BITS | 1;
}

/*
 * A count that is too old keeps more waiting than need be; it cannot be too new, for what it counts
 * was taken out of reach before.
 */
static void announce(struct world_rcu *rcu, struct world_rcu_reader *reader)
{
    uint64_t word = reader_word(world_load(&rcu->queued));
    uint64_t outside = 0;

    while (!world_cas(&reader->word, &outside, word)) {
    }
}

/* Interrupts off: it is announced on the CPU that closes the section. */
void world_rcu_read_lock(struct world_rcu *rcu)
{
    uint64_t irq_state = world_irq_save();
    struct world_rcu_reader *reader = &rcu->readers[world_cpu()];
    uint64_t word = world_load(&reader->word);

    if (word == 0) {
        announce(rcu, reader);
    } else {
        world_store(&reader->word, word + 1);
    }
    world_irq_restore(irq_state);
}

void world_rcu_read_unlock(struct world_rcu *rcu)
{
    uint64_t irq_state = world_irq_save();
    struct world_rcu_reader *reader = &rcu->readers[world_cpu()];
    uint64_t word = world_load(&reader->word);

    world_store(&reader->word, world_rcu_depth(word) == 1 ? 0 : word - 1);
    world_irq_restore(irq_state);
}

void world_rcu_call(struct world_rcu *rcu, struct world_deferred *deferred)
{
    uint64_t irq_state = world_irq_save();

    deferred->next = NULL;
    world_lock(&rcu->lock);
    if (rcu->first == NULL) {
        rcu->first = deferred;
    } else {
        rcu->final->next = deferred;
    }
    rcu->final = deferred;
    world_store(&rcu->queued, world_load(&rcu->queued) + 1);
    world_unlock(&rcu->lock);
    world_irq_restore(irq_state);
}

static struct world_deferred *take_first(struct world_rcu *rcu)
{
    uint64_t irq_state = world_irq_save();

    world_lock(&rcu->lock);

    struct world_deferred *first = rcu->first;

    rcu->first = first->next;
    world_unlock(&rcu->lock);
    world_irq_restore(irq_state);
    return first;
}

/*
 * Writes what it read, so that of this CAS and a reader's one comes first: either this one sees the
 * reader, or the reader sees all that was taken out of reach before.
 */
static uint64_t look_at(struct world_rcu_reader *reader)
{
    uint64_t word = world_load(&reader->word);

    while (!world_cas(&reader->word, &word, word)) {
    }
    return word;
}

/* Number of the first in the queue, past or present, that has to wait. */
static uint64_t find_limit(struct world_rcu *rcu)
{
    uint64_t limit = world_load(&rcu->queued);

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        uint64_t word = look_at(&rcu->readers[cpu]);
        uint64_t queued = word >> WORLD_RCU_DEPTH_BITS;

        if (word != 0 && queued < limit) {
            limit = queued;
        }
    }
    return limit;
}

/* Returns how many have run so far. */
static uint64_t run_ripe(struct world_rcu *rcu)
{
    world_lock(&rcu->runner);

    uint64_t limit = find_limit(rcu);
    uint64_t done = world_load(&rcu->done);

    while (done < limit) {
        struct world_deferred *deferred = take_first(rcu);

        world_rcu_ripe(rcu, deferred);
        deferred->run(rcu, deferred);
        done++;
        world_store(&rcu->done, done);
    }
    world_unlock(&rcu->runner);
    return done;
}

void world_rcu_run(struct world_rcu *rcu)
{
    run_ripe(rcu);
}

/* Readers are waited for without a lock: whoever else waits does so at no cost to them. */
void world_rcu_barrier(struct world_rcu *rcu)
{
    uint64_t queued = world_load(&rcu->queued);

    while (run_ripe(rcu) < queued) {
        world_rcu_wait(rcu);
    }
}
