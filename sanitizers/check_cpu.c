/*
 * What each CPU holds of a cache: its slab, that slab's objects, and its stack of partial slabs.
 *
 * cpu->slab names a slab only while cpu->word holds that slab's objects, whoever holds the lock
 * (slub/cpu_slab.h); that the CPU of no slab has no objects is true while the lock is free.
 */
#include <string.h>

#include "allocator/base/bits.h"
#include "sanitizers/check_features.h"
#include "sanitizers/check_state.h"

static struct cpu_seen look_at_cpu(const struct kmem_cache_cpu *cpu)
{
    return (struct cpu_seen){
        .word = view_word(&cpu->word),
        .slab = view_word(&cpu->slab),
        .partial = cpu->partial,
        .partial_count = cpu->partial_count,
        .deferred = view_word(&cpu->deferred),
        .quarantine = cpu->quarantine,
    };
}

static bool is_same(const struct cpu_seen *seen, const struct cpu_seen *other)
{
    return seen->word == other->word && seen->slab == other->slab &&
           seen->partial == other->partial && seen->partial_count == other->partial_count &&
           seen->deferred == other->deferred &&
           seen->quarantine.first == other->quarantine.first &&
           seen->quarantine.last == other->quarantine.last &&
           seen->quarantine.bytes == other->quarantine.bytes;
}

static bool holds_no_slab(const struct cpu_seen *now)
{
    return cpu_word_unpack(now->word).freelist == 0 && now->slab == 0 && now->partial == NULL &&
           now->partial_count == 0;
}

/* Each slab on the stack is the cache's, says so, and is there once. */
static void check_stack(struct heap_check *check, const struct kmem_cache *cache,
                        const struct cpu_seen *now)
{
    const struct slab *slab = now->partial;
    uint32_t length = 0;

    /* Whoever lowers the limit looks at the list afterwards. */
    judge_that(check,
               check->scope == JUDGE_INSTANT || now->partial_count <= cache->cpu_partial_max,
               RULE_CPU_PARTIAL_COUNT, cache);
    if (!judge_may_walk(check, now->partial_count)) {
        return;
    }
    for (; slab != NULL && length <= now->partial_count; length++) {
        const struct slab *known = view_slab_at(check->heap, slab);

        if (known == NULL || known->cache != cache || view_place(known) != SLAB_ON_CPU) {
            judge_fail(check, RULE_CPU_PARTIAL, slab, length, now->partial_count);
            return;
        }
        slab = known->cpu_next;
    }
    judge_walked(check, length);
    judge_equal(check, RULE_CPU_PARTIAL_COUNT, cache, length, now->partial_count);
}

/* The CPU slab, if what cpu->slab names is one. */
static const struct slab *check_cpu_slab(struct heap_check *check, const struct kmem_cache *cache,
                                         const struct kmem_cache_cpu *cpu)
{
    const struct slab *slab = view_cpu_slab(check->heap, cpu);

    if (view_word(&cpu->slab) == 0) {
        if (judge_is_settled(check, &cpu->lock)) {
            judge_equal(check, RULE_CPU_FREELIST, cpu, view_cpu(cpu).freelist, 0);
        }
        return NULL;
    }
    if (slab == NULL || slab->cache != cache || !view_slab(slab).frozen) {
        judge_fail(check, RULE_CPU_SLAB, cpu, view_word(&cpu->slab), 0);
        return NULL;
    }

    const struct cpu_slab_word expected = {
        .first = object_to_ref(cache, slab_base(check->heap, slab)),
        .count = (uint32_t)(order_size(slab->order) / WORD_SIZE),
    };

    judge_equal(check, RULE_CPU_SLAB, cpu, view_word(&cpu->slab), cpu_slab_word_pack(expected));
    return slab;
}

static bool slab_counts_are_sound(const struct slab *slab)
{
    struct slab_state state = view_slab(slab);

    return state.inuse_count <= state.object_count &&
           state.object_count == layout_objects(&slab->cache->layout, slab->order);
}

/* The descriptor of the CPU's slab was written since all was quiet. */
static bool slab_was_touched(const struct heap_check *check, uint64_t slab_word)
{
    const struct journal *journal = check->journal;
    pfn_t frame = object_ref_frame(cpu_slab_word_unpack(slab_word).first);

    return frame < check->heap->memory.page_count && journal->frame_stamps[frame] == journal->step;
}

/* The fast path uses the list as it is, if it is open. slab: the CPU's, or NULL. */
static void check_closed(struct heap_check *check, const struct kmem_cache_cpu *cpu,
                         const struct slab *slab)
{
    struct cpu_word word = view_cpu(cpu);

    if (judge_is_settled(check, &cpu->lock)) {
        word.careful = slab != NULL && (slab->order != slab->cache->layout.order ||
                                        slab->cache->zeroes_on_alloc ||
                                        slab->cache->zeroes_on_free ||
                                        slab->cache->extends_objects ||
                                        judge_is_watched(slab->cache));
    }
    judge_equal(check, RULE_CPU_CLOSED, cpu, view_word(&cpu->word), cpu_word_pack(word));
}

static void check_cpu(struct heap_check *check, const struct kmem_cache *cache, cpu_id_t id,
                      const struct cpu_seen *now)
{
    const struct kmem_cache_cpu *cpu = &cache->cpus[id];
    uint32_t transaction = cpu_word_unpack(now->word).transaction;

    judge_equal(check, RULE_CPU_TRANSACTION, cpu, transaction % TRANSACTION_STEP, id);
    judge_that(check,
               id < check->heap->config.cpu_count || (holds_no_slab(now) && now->deferred == 0),
               RULE_CPU_IDLE, cpu);
    judge_that(check, !cache->is_debug || holds_no_slab(now), RULE_CPU_DEBUG, cpu);
    judge_deferred(check, cache, now->deferred);
    if (judge_is_settled(check, &cpu->lock)) {
        check_stack(check, cache, now);
        judge_quarantine(check, cache, &now->quarantine);
    }

    const struct slab *slab = check_cpu_slab(check, cache, cpu);

    check_closed(check, cpu, slab);
    if (slab != NULL && slab_counts_are_sound(slab)) {
        judge_freelists(check, slab, cpu);
    }
}

void judge_cpus(struct heap_check *check, const struct kmem_cache *cache)
{
    struct cache_seen *seen = &check->caches[cache - check->heap->cache_slots];
    bool is_sweep = check->scope == JUDGE_SWEEP;
    bool is_instant = check->scope == JUDGE_INSTANT;
    cpu_id_t count = is_sweep ? CPU_MAX : check->heap->config.cpu_count;
    uint64_t stacked = 0;

    for (cpu_id_t id = 0; id < count; id++) {
        const struct cpu_seen now = look_at_cpu(&cache->cpus[id]);

        stacked += now.partial_count;
        if (is_sweep || !is_same(&now, &seen->cpus[id]) || slab_was_touched(check, now.slab)) {
            check_cpu(check, cache, id, &now);
            seen->cpus[id] = is_instant ? seen->cpus[id] : now;
        }
    }
    check->items += count;
    /* A stack that was taken off its CPU belongs to whoever took it until it is dealt with. */
    if (!is_instant) {
        judge_equal(check, RULE_CPU_PARTIAL, cache, stacked, judge_at_place(seen, SLAB_ON_CPU));
    }
}
