/* What a cache counts and tells of itself, against what the model saw. */
#include "sanitizers/compare_stats.h"

#include <stdio.h>
#include <string.h>

#include "allocator/base/bits.h"
#include "allocator/cache/freelist.h"
#include "sanitizers/compare_guarded.h"
#include "sanitizers/peek.h"

static uint64_t counted(const struct kmem_cache *cache, enum cache_stat item)
{
    uint64_t sum = 0;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        sum += view_word(&cache->stats.counts[cpu][item]);
    }
    return sum;
}

static uint64_t shown(const struct kmem_cache *cache, enum cache_stat item, cpu_id_t cpu)
{
    return view_word(&cache->stats.counts[cpu][item]) -
           view_word(&cache->stats.cleared[cpu][item]);
}

/* Frees that were put off: done for the user, still to be counted. The lists were judged before. */
static uint64_t count_deferred(const struct kmem_cache *cache)
{
    uint64_t count = 0;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        object_ref_t top = (object_ref_t)view_word(&cache->cpus[cpu].deferred);

        while (top != 0) {
            top = freelist_next_ref(cache, object_from_ref(cache, top));
            count++;
        }
    }
    return count;
}

/* Frees that are held back: the same. */
static uint64_t count_quarantined(const struct kmem_cache *cache)
{
    uint64_t bytes = 0;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        bytes += cache->cpus[cpu].quarantine.bytes;
    }
    return bytes / cache->layout.object_size;
}

/* Objects that users of a cache have, or gave back in vain: more than one slot may share it. */
static uint64_t count_taken(const struct model *model, const struct kmem_cache *cache)
{
    uint64_t count = 0;

    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        const struct model_cache *of = &model->caches[slot];

        if (of->handle == cache) {
            count += of->live_count + of->isolated_count - of->cut_off_count;
        }
    }
    return count + pools_held(model, cache);
}

/* Objects that are allocated from slabs: users', those that were kept, and frees put off. */
static uint64_t count_allocated(const struct model *model, const struct kmem_cache *cache)
{
    return count_taken(model, cache) - compare_guarded_count(cache) + count_deferred(cache) +
           count_quarantined(cache);
}

/* The bytes of an object whose user gives it back himself; of others nobody knows them. */
static bool bytes_are_left(struct model *model, const void *address)
{
    owner_t owner = ownership_find(&model->ownership, address);

    if (owner == 0 || owner > MODEL_OBJECT_COUNT) {
        return true;
    }

    const struct model_object *object = model_object(model, owner - 1);
    const struct model_cache *cache = model_find_cache(model, object);

    if (cache == NULL || object->address != address) {
        return true;
    }

    struct content content = content_forget(object->content, cache->ctor_size);

    return content_has_pattern(&model->table, &content, address) &&
           content_has_zeros(&content, address);
}

/* An object of one of the cache's slabs, and when it is allocated nobody's yet. */
static bool object_is_right(struct model *model, const struct object_trace *trace)
{
    const struct slab *slab = peek_slab(model->heap, trace->object);

    return slab != NULL && slab->cache == trace->cache && peek_slab_has(slab, trace->object) &&
           (trace->is_free || ownership_find(&model->ownership, trace->object) == 0);
}

bool compare_trace(struct model *model, const struct object_trace *trace)
{
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        struct model_cache *cache = &model->caches[slot];

        if (cache->handle == trace->cache) {
            cache->traced_count += trace->is_free ? UINT32_MAX : 1;
        }
    }
    return model_expect(model, (trace->cache->flags & SLAB_TRACE) != 0 && trace->inuse_count > 0,
                        MODEL_RULE_TRACE_COUNTED, trace->object) &&
           model_expect(model, object_is_right(model, trace), MODEL_RULE_TRACE_COUNTED,
                        trace->object) &&
           model_expect(model, !trace->is_free || bytes_are_left(model, trace->object),
                        MODEL_RULE_TRACE_SHOWS, trace->object);
}

bool compare_traced(struct model *model)
{
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT && model->has_traced; slot++) {
        const struct model_cache *cache = &model->caches[slot];

        if (cache->handle != NULL && (cache->handle->flags & SLAB_TRACE) != 0 &&
            !model_expect(model, cache->traced_count == count_allocated(model, cache->handle),
                          MODEL_RULE_TRACE_COUNTED, cache->handle)) {
            return false;
        }
    }
    return true;
}

bool compare_stats(struct model *model)
{
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        const struct kmem_cache *cache = model->caches[slot].handle;

        if (cache == NULL || !cache->keeps_stats) {
            continue;
        }

        uint64_t allocated =
            counted(cache, STAT_ALLOC_FASTPATH) + counted(cache, STAT_ALLOC_SLOWPATH);
        uint64_t freed = counted(cache, STAT_FREE_FASTPATH) + counted(cache, STAT_FREE_SLOWPATH);

        if (!model_expect(model, allocated - freed == count_allocated(model, cache),
                          MODEL_RULE_STAT_OBJECTS, cache)) {
            return false;
        }
    }
    return true;
}

struct compare_flush compare_flush_begin(const struct kmem_cache *cache, unsigned cpu)
{
    const struct kmem_cache_cpu *held = &cache->cpus[cpu];
    const struct slab *slab = view_cpu_slab(cache->heap, held);
    struct compare_flush flush = {
        .cache = cache,
        .is_known = view_word(&held->deferred) == 0 && held->quarantine.first == 0,
        .is_held = slab != NULL,
        .stacked = held->partial_count,
        .is_freed_to = slab != NULL && view_slab(slab).freelist != 0,
    };

    flush.is_full = slab != NULL && !flush.is_freed_to && view_cpu(held).freelist == 0;
    for (int item = 0; item < STAT_COUNT; item++) {
        flush.before[item] = counted(cache, (enum cache_stat)item);
    }
    return flush;
}

bool compare_flush(struct model *model, const struct compare_flush *flush)
{
    uint64_t grown[STAT_COUNT];

    for (int item = 0; item < STAT_COUNT; item++) {
        grown[item] = counted(flush->cache, (enum cache_stat)item) - flush->before[item];
    }
    if (!flush->cache->keeps_stats || !flush->is_known || model->is_shared) {
        return true;
    }

    bool is_right = grown[STAT_CPUSLAB_FLUSH] == flush->is_held &&
                    grown[STAT_DEACTIVATE_REMOTE_FREES] == flush->is_freed_to &&
                    grown[STAT_DEACTIVATE_FULL] == flush->is_full &&
                    grown[STAT_DEACTIVATE_EMPTY] + grown[STAT_DEACTIVATE_TO_HEAD] ==
                        (flush->is_held && !flush->is_full) &&
                    grown[STAT_CPU_PARTIAL_DRAIN] == flush->stacked;

    return model_expect(model, is_right, MODEL_RULE_STAT_FLUSH, flush->cache);
}

bool compare_cleared(struct model *model, const struct kmem_cache *cache, enum cache_stat item,
                     uint64_t total)
{
    return model_expect(model, model->is_shared || total == 0, MODEL_RULE_STAT_CLEARED, cache) &&
           model_expect(model,
                        !cache->keeps_stats || model->is_shared || shown(cache, item, 0) == 0,
                        MODEL_RULE_STAT_CLEARED, cache);
}

/* What the whole text should be. */
static size_t write_expected(const struct kmem_cache *cache, enum cache_stat item, char *text,
                             size_t size)
{
    uint64_t total = 0;
    size_t length;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        total += shown(cache, item, cpu);
    }
    length = (size_t)snprintf(text, size, "%llu", (unsigned long long)total);
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        unsigned long long value = shown(cache, item, cpu);

        if (value != 0) {
            length += (size_t)snprintf(text + length, size - length, " C%u=%llu", cpu, value);
        }
    }
    return length + (size_t)snprintf(text + length, size - length, "\n");
}

static bool text_is_right(const struct compare_stat_text *text)
{
    char expected[COMPARE_TEXT_MAX];
    size_t length = write_expected(text->cache, text->item, expected, sizeof(expected));
    size_t written = length < text->size ? length : text->size - 1;

    return text->length == length && (text->size == 0 || (strlen(text->bytes) == written &&
                                      memcmp(text->bytes, expected, written) == 0));
}

bool compare_stat_text(struct model *model, const struct compare_stat_text *text)
{
    bool is_inside = true;

    for (size_t i = text->size; i < COMPARE_TEXT_MAX; i++) {
        is_inside = is_inside && text->bytes[i] == COMPARE_TEXT_FILL;
    }
    if (text->size > 0) {
        is_inside = is_inside && memchr(text->bytes, '\0', text->size) != NULL;
    }
    return model_expect(model, is_inside, MODEL_RULE_STAT_TEXT, text->cache) &&
           model_expect(model, model->is_shared || text_is_right(text), MODEL_RULE_STAT_TEXT,
                        text->cache);
}

/* Slabs of the cache, by the frames that head them. O(pages). */
static void count_frames(const struct kmem_cache *cache, struct cache_census *census)
{
    const struct kmem_heap *heap = cache->heap;

    for (pfn_t pfn = 0; pfn < heap->memory.page_count; pfn++) {
        const struct slab *slab = view_slab_at(heap, &heap->slabs[pfn]);

        if (slab == NULL || slab->cache != cache) {
            continue;
        }
        census->slabs++;
        census->objects += view_slab(slab).object_count;
        census->cpu_slabs += view_slab(slab).frozen || view_place(slab) == SLAB_ON_CPU;
        census->node_slabs += view_place(slab) == SLAB_ON_PARTIAL;
    }
}

bool compare_census(struct model *model, const struct kmem_cache *cache,
                    const struct cache_census *census)
{
    struct cache_census expected = {0};

    if (model->is_shared) {
        return true;
    }
    count_frames(cache, &expected);
    return model_expect(model,
                        census->slabs == expected.slabs && census->objects == expected.objects &&
                            census->cpu_slabs == expected.cpu_slabs &&
                            census->node_slabs == expected.node_slabs,
                        MODEL_RULE_CENSUS_RESULT, cache);
}

uint64_t compare_reclaim_begin(const struct kmem_heap *heap)
{
    uint64_t count = view_word(&heap->reclaimed_pages);

    for (pfn_t pfn = 0; heap->config.stats && pfn < heap->memory.page_count; pfn++) {
        struct page_state state = peek_page_state(memory_page(&heap->memory, pfn));

        if (state.kind == PAGE_SLAB || state.kind == PAGE_ISOLATED) {
            count += order_pages(state.order);
        }
    }
    return count;
}

bool compare_reclaimed(struct model *model, const struct kmem_cache *cache, uint64_t before)
{
    return model->is_shared || !cache->keeps_stats ||
           model_expect(model, compare_reclaim_begin(model->heap) == before,
                        MODEL_RULE_RECLAIM_COUNTED, cache);
}
