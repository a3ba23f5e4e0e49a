/* Slabs, their freelists and the bytes of free objects. */
#include "allocator/api/kmalloc.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/cache/freelist.h"
#include "tests/canary/canary.h"

void break_slab_forgotten(struct canary *canary)
{
    struct slab *slab = slab_of_page(canary->heap, canary->large);

    slab->cpu_next = canary->node_partial;
    canary_touch(&slab->state);
}

/* The first cache slot that was never used. */
void break_slab_cache(struct canary *canary)
{
    canary->node_partial->cache = canary->debug + 1;
    canary_touch(&canary->node_partial->state);
}

void break_slab_order(struct canary *canary)
{
    canary->node_partial->order++;
    canary_touch(&canary->node_partial->state);
}

void break_slab_node(struct canary *canary)
{
    canary->node_partial->node = 1;
    canary_touch(&canary->node_partial->state);
}

void break_slab_ordinal(struct canary *canary)
{
    canary->node_partial->ordinal = canary->plain->nodes[0].slabs_made;
    canary_touch(&canary->node_partial->state);
}

void break_slab_place(struct canary *canary)
{
    world_store(&canary->node_partial->place, SLAB_PLACE_COUNT);
}

/* Nobody looks at its objects. */
void break_slab_waits(struct canary *canary)
{
    world_store(&canary->node_empty->place, SLAB_ON_GRACE);
}

void break_slab_objects(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->node_partial);

    state.object_count--;
    canary_set_slab_state(canary->node_partial, state);
}

/* A vector in the slab itself would keep it alive for ever. */
void break_slab_extensions(struct canary *canary)
{
    world_store(&canary->node_partial->extensions,
                (uintptr_t)slab_object(canary->node_partial, 0));
}

void break_slab_inuse(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->node_partial);

    state.inuse_count = state.object_count + 1;
    canary_set_slab_state(canary->node_partial, state);
}

void break_slab_freelist(struct canary *canary)
{
    unsigned char *object = canary_free_object(canary->node_partial);

    freelist_set_next(canary->plain, object, object + WORD_SIZE);
    canary_touch(&canary->node_partial->state);
}

void break_slab_acyclic(struct canary *canary)
{
    void *object = canary_free_object(canary->node_partial);

    freelist_set_next(canary->plain, freelist_next(canary->plain, object), object);
    canary_touch(&canary->node_partial->state);
}

void break_slab_count(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->node_partial);

    state.inuse_count--;
    canary_set_slab_state(canary->node_partial, state);
}

void break_partial_has_free(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->node_partial);

    state.freelist = 0;
    state.inuse_count = state.object_count;
    canary_set_slab_state(canary->node_partial, state);
}

void break_full_has_none(struct canary *canary)
{
    struct slab_state state = canary_slab_state(canary->debug_full);
    void *object = slab_object(canary->debug_full, 0);

    freelist_set_next(canary->debug, object, NULL);
    state.freelist = object_to_ref(canary->debug, object);
    state.inuse_count--;
    canary_set_slab_state(canary->debug_full, state);
}

void break_full_is_listed(struct canary *canary)
{
    list_push_back(&canary->plain->nodes[0].full, &canary->full->link);
    world_store(&canary->full->place, SLAB_ON_FULL);
}

void break_object_unowned(struct canary *canary)
{
    canary->owned = canary_free_object(canary->node_partial);
    canary_touch(&canary->node_partial->state);
}

/* The slab gets a vector, in which an object that is free is charged to the first account. */
void break_object_uncharged(struct canary *canary)
{
    struct slab *slab = canary->node_partial;
    uint64_t *words = heap_zalloc(canary->heap, PAGE_SIZE, GFP_KERNEL);
    size_t offset = (size_t)((uintptr_t)canary_free_object(slab) - (uintptr_t)slab_object(slab, 0));

    words[offset / slab->cache->layout.stride] = 1;
    world_store(&slab->extensions, (uintptr_t)words);
}

/* Changes one byte of the first free object of the debug cache. */
static void damage(struct canary *canary, ptrdiff_t offset)
{
    unsigned char *byte = (unsigned char *)canary_free_object(canary->debug_partial) + offset;

    raw_store_byte(byte, raw_load_byte(byte) ^ 1);
    canary_touch(&canary->debug_partial->state);
}

void break_object_redzone(struct canary *canary)
{
    damage(canary, -1);
}

void break_object_poison(struct canary *canary)
{
    damage(canary, 0);
}

void break_object_padding(struct canary *canary)
{
    damage(canary, (ptrdiff_t)canary->debug->layout.padding_offset);
}

/* The track of the free is the second one; its first word is who did it. */
void break_object_tracked(struct canary *canary)
{
    unsigned char *object = canary_free_object(canary->debug_partial);

    raw_store_word(object + canary->debug->layout.tracks_offset + TRACK_SIZE, 0);
    canary_touch(&canary->debug_partial->state);
}

void break_object_hidden(struct canary *canary)
{
    memory_show_defined(canary_free_object(canary->node_partial), 1);
    canary_touch(&canary->node_partial->state);
}
