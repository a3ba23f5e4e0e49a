/* What CPUs and nodes hold. */
#include "allocator/cache/freelist.h"
#include "allocator/slub/cpu_slab.h"
#include "allocator/slub/partial.h"
#include "sanitizers/view.h"
#include "tests/canary/canary.h"

static struct kmem_cache_cpu *cpu_of(const struct canary *canary)
{
    return &canary->plain->cpus[0];
}

static void set_cpu_word(struct kmem_cache_cpu *cpu, struct cpu_word word)
{
    world_store(&cpu->word, cpu_word_pack(word));
}

void break_cpu_transaction(struct canary *canary)
{
    struct cpu_word word = view_cpu(cpu_of(canary));

    word.transaction++;
    set_cpu_word(cpu_of(canary), word);
}

void break_cpu_closed(struct canary *canary)
{
    struct world_word *word = &cpu_of(canary)->word;

    world_store(word, view_word(word) ^ CPU_WORD_CLOSED);
}

void break_cpu_idle(struct canary *canary)
{
    canary->plain->cpus[canary->heap->config.cpu_count].partial_count = 1;
}

void break_cpu_debug(struct canary *canary)
{
    canary->debug->cpus[0].partial_count = 1;
    canary_touch(&canary->debug->cpus[0].lock);
}

void break_cpu_slab(struct canary *canary)
{
    world_store(&cpu_of(canary)->slab, 0);
    canary_touch(&canary->cpu_slab->state);
}

void break_cpu_freelist(struct canary *canary)
{
    struct cpu_word word = view_cpu(cpu_of(canary));

    word.freelist = canary_slab_state(canary->node_partial).freelist;
    set_cpu_word(cpu_of(canary), word);
}

void break_cpu_freelist_lost(struct canary *canary)
{
    object_ref_t freelist = canary_slab_state(canary->node_partial).freelist;

    cpu_install(canary->plain, cpu_of(canary), canary->node_partial, freelist);
}

void break_lock_held(struct canary *canary)
{
    partial_remove(cache_node_of(canary->node_partial), canary->node_partial);
}

/* The CPU's list becomes the slab's own as well, and is counted there. */
void break_cpu_disjoint(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->cpu_slab);
    const void *object = object_from_ref(canary->plain, view_cpu(cpu_of(canary)).freelist);

    state.freelist = view_cpu(cpu_of(canary)).freelist;
    for (; object != NULL; object = freelist_next(canary->plain, object)) {
        state.inuse_count--;
    }
    canary_set_slab_state(canary->cpu_slab, state);
}

void break_cpu_partial(struct canary *canary)
{
    cpu_of(canary)->partial = canary->node_partial;
    canary_touch(&cpu_of(canary)->lock);
}

void break_cpu_partial_count(struct canary *canary)
{
    cpu_of(canary)->partial_count++;
    canary_touch(&cpu_of(canary)->lock);
}

/* The inside of an object. */
void break_cpu_deferred(struct canary *canary)
{
    unsigned char *object = canary_free_object(canary->node_partial);

    world_store(&cpu_of(canary)->deferred, object_to_ref(canary->plain, object + WORD_SIZE));
}

void break_node_ready(struct canary *canary)
{
    canary->plain->nodes[0].is_ready = false;
    canary_touch(&canary->plain->nodes[0].lock);
}

void break_node_partial(struct canary *canary)
{
    list_remove(&canary->node_partial->link);
    canary_touch(&canary->node_partial->state);
}

void break_node_partial_count(struct canary *canary)
{
    canary->plain->nodes[0].partial_count++;
    canary_touch(&canary->plain->nodes[0].lock);
}

void break_node_full(struct canary *canary)
{
    list_remove(&canary->debug_full->link);
    canary_touch(&canary->debug_full->state);
}

void break_node_slab_count(struct canary *canary)
{
    canary->plain->nodes[0].slab_count--;
    canary_touch(&canary->plain->nodes[0].lock);
}

void break_node_object_count(struct canary *canary)
{
    canary->plain->nodes[0].object_count++;
    canary_touch(&canary->plain->nodes[0].lock);
}

/* One empty slab is all that the node may keep, and it has one: here is another. */
void break_node_empty_bound(struct canary *canary)
{
    struct slab *slab = canary->node_partial;
    struct slab_state state = canary_slab_state(slab);
    void *next = NULL;

    for (uint32_t i = 0; i < state.object_count; i++) {
        freelist_set_next(canary->plain, slab_object(slab, i), next);
        next = slab_object(slab, i);
    }
    state.freelist = object_to_ref(canary->plain, next);
    state.inuse_count = 0;
    canary_set_slab_state(slab, state);
}
