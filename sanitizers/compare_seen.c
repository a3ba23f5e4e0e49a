#include "sanitizers/compare_seen.h"

#include <stdlib.h>
#include <string.h>

#include "allocator/base/errors.h"
#include "allocator/cache/freelist.h"
#include "sanitizers/compare_guarded.h"
#include "sanitizers/view.h"

static const char guard = '\x5c';

/* What is counted of a cache, wherever its slabs are. */
enum seen_count {
    SEEN_SLABS,
    SEEN_OBJECTS,             /* in them, free or not */
    SEEN_ACTIVE,              /* less those free in slabs of nodes' partial lists */
    SEEN_PARTIAL,             /* slabs on those lists */
    SEEN_PARTIAL_USED,        /* objects in use in them */
    SEEN_CPU_SLABS,           /* slabs that CPUs hold */
    SEEN_CPU_PARTIAL_FREE,    /* free objects in slabs on CPUs' partial lists */
    SEEN_COUNT_COUNT
};

/* One count of a cache. */
struct counted {
    uint64_t numbers[SEEN_COUNT_COUNT];
    uint64_t inuse;          /* as the slab words say: what a CPU has at hand is included */
    uint64_t listed_inuse;   /* of slabs on a node's lists */
};

void seen_prepare(char *room, size_t capacity)
{
    memset(room, guard, capacity + SEEN_GUARD_SIZE);
}

bool compare_text(struct model *model, const char *room, size_t capacity, size_t size)
{
    size_t kept = size < capacity ? size : capacity - 1;
    bool is_kept = true;

    for (size_t i = 0; i < SEEN_GUARD_SIZE; i++) {
        is_kept = is_kept && room[capacity + i] == guard;
    }
    return model_expect(model, is_kept && strnlen(room, capacity) == kept, MODEL_RULE_TEXT_FITS,
                        room);
}

static void add_slab(struct counted *counted, const struct slab *slab)
{
    struct slab_state state = view_slab(slab);
    enum slab_place place = view_place(slab);
    uint64_t free_count = state.object_count - state.inuse_count;
    uint64_t *numbers = counted->numbers;

    numbers[SEEN_SLABS]++;
    numbers[SEEN_OBJECTS] += state.object_count;
    numbers[SEEN_ACTIVE] += state.object_count;
    counted->inuse += state.inuse_count;
    if (place == SLAB_ON_PARTIAL) {
        numbers[SEEN_PARTIAL]++;
        numbers[SEEN_PARTIAL_USED] += state.inuse_count;
        numbers[SEEN_ACTIVE] -= free_count;
    }
    if (place == SLAB_ON_PARTIAL || place == SLAB_ON_FULL) {
        counted->listed_inuse += state.inuse_count;
    }
    if (place == SLAB_ON_CPU) {
        numbers[SEEN_CPU_PARTIAL_FREE] += free_count;
    }
    numbers[SEEN_CPU_SLABS] += state.frozen || place == SLAB_ON_CPU ? 1 : 0;
}

static struct counted count_cache(const struct kmem_cache *cache)
{
    const struct kmem_heap *heap = cache->heap;
    struct counted counted = {0};

    for (pfn_t pfn = 0; pfn < heap->memory.page_count; pfn++) {
        const struct slab *slab = &heap->slabs[pfn];

        if (view_page(heap, pfn).kind == PAGE_SLAB && slab->cache == cache) {
            add_slab(&counted, slab);
        }
    }
    return counted;
}

/* What an attribute counts; SEEN_COUNT_COUNT for those that count nothing. */
static enum seen_count counted_by(enum cache_attribute attribute)
{
    switch (attribute) {
    case CACHE_ATTRIBUTE_slabs:
        return SEEN_SLABS;
    case CACHE_ATTRIBUTE_total_objects:
        return SEEN_OBJECTS;
    case CACHE_ATTRIBUTE_objects:
        return SEEN_ACTIVE;
    case CACHE_ATTRIBUTE_partial:
        return SEEN_PARTIAL;
    case CACHE_ATTRIBUTE_objects_partial:
        return SEEN_PARTIAL_USED;
    case CACHE_ATTRIBUTE_cpu_slabs:
        return SEEN_CPU_SLABS;
    case CACHE_ATTRIBUTE_slabs_cpu_partial:
        return SEEN_CPU_PARTIAL_FREE;
    default:
        return SEEN_COUNT_COUNT;
    }
}

/* The next number of a line; *line then points behind it. */
static uint64_t take_number(const char **line)
{
    uint64_t number = strtoull(*line, NULL, 10);

    *line += strspn(*line, " ");
    *line += strspn(*line, "0123456789");
    return number;
}

/* The flag asked for that an attribute tells; 0 for those that tell none. */
static slab_flags_t flag_of(enum cache_attribute attribute)
{
    switch (attribute) {
    case CACHE_ATTRIBUTE_reclaim_account:
        return SLAB_RECLAIM_ACCOUNT;
    case CACHE_ATTRIBUTE_destroy_by_rcu:
        return SLAB_TYPESAFE_BY_RCU;
    case CACHE_ATTRIBUTE_cache_dma:
        return SLAB_CACHE_DMA;
    case CACHE_ATTRIBUTE_sanity_checks:
        return SLAB_CONSISTENCY_CHECKS;
    case CACHE_ATTRIBUTE_poison:
        return SLAB_POISON;
    case CACHE_ATTRIBUTE_red_zone:
        return SLAB_RED_ZONE;
    case CACHE_ATTRIBUTE_store_user:
        return SLAB_STORE_USER;
    default:
        return 0;
    }
}

/* Slots of the program that share a cache. */
static uint32_t count_users(const struct model *model, const struct kmem_cache *cache)
{
    uint32_t count = 0;

    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        count += model->caches[slot].handle == cache ? 1 : 0;
    }
    return count;
}

/* The flags of the first who created it: those that are told agree for all who share it. */
static slab_flags_t flags_asked(const struct model *model, const struct kmem_cache *cache)
{
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        if (model->caches[slot].handle == cache) {
            return model->caches[slot].flags;
        }
    }
    return 0;
}

/* What its descriptor has of a cache; 0 for what can be written only. */
static uint64_t find_setting(const struct kmem_cache *cache, enum cache_attribute attribute)
{
    const struct layout *layout = &cache->layout;

    switch (attribute) {
    case CACHE_ATTRIBUTE_slab_size:
        return layout->stride;
    case CACHE_ATTRIBUTE_object_size:
        return layout->object_size;
    case CACHE_ATTRIBUTE_objs_per_slab:
        return layout_objects(layout, layout->order);
    case CACHE_ATTRIBUTE_order:
        return layout->order;
    case CACHE_ATTRIBUTE_align:
        return layout->align;
    case CACHE_ATTRIBUTE_ctor:
        return cache->ctor != NULL;
    case CACHE_ATTRIBUTE_min_partial:
        return cache->partial_min;
    case CACHE_ATTRIBUTE_cpu_partial:
        return cache->cpu_partial_max;
    case CACHE_ATTRIBUTE_remote_node_defrag_ratio:
        return cache->remote_defrag_ratio / 10;
    case CACHE_ATTRIBUTE_usersize:
        return cache->usersize;
    case CACHE_ATTRIBUTE_hwcache_align:
        return (cache->flags & SLAB_HWCACHE_ALIGN) != 0;
    case CACHE_ATTRIBUTE_trace:
        return (cache->flags & SLAB_TRACE) != 0;
    case CACHE_ATTRIBUTE_skip_kfence:
        return (cache->flags & SLAB_SKIP_KFENCE) != 0;
    case CACHE_ATTRIBUTE_failslab:
        return view_word(&cache->may_fail) != 0;
    default:
        return 0;
    }
}

/* What was asked for when a cache was made, and by how many, and what became of it. */
static bool setting_is_right(const struct model *model, const struct kmem_cache *cache,
                             enum cache_attribute attribute, uint64_t number)
{
    slab_flags_t flag = flag_of(attribute);

    if (attribute == CACHE_ATTRIBUTE_aliases) {
        return number + 1 == count_users(model, cache);
    }
    return number == (flag != 0 ? (flags_asked(model, cache) & flag) != 0
                                : find_setting(cache, attribute));
}

bool compare_attribute(struct model *model, const struct kmem_cache *cache,
                       enum cache_attribute attribute, const char *text)
{
    enum seen_count what = counted_by(attribute);
    uint64_t number = *text != '\0' ? take_number(&text) : 0;

    if (model->is_shared) {
        return true;
    }
    if (what == SEEN_COUNT_COUNT) {
        return model_expect(model, setting_is_right(model, cache, attribute, number),
                            MODEL_RULE_COUNTS_AGREE, cache);
    }
    return model_expect(model, number == count_cache(cache).numbers[what],
                        MODEL_RULE_COUNTS_AGREE, cache);
}

/* What writing a number to an attribute has to come to. */
static int expected_of_store(const struct kmem_cache *cache, enum cache_attribute attribute,
                             unsigned long number)
{
    bool is_debug = (cache->flags & SLAB_DEBUG_PATH_FLAGS) != 0;

    switch (attribute) {
    case CACHE_ATTRIBUTE_shrink:
        return number == 1 ? HEAP_OK : HEAP_EINVAL;
    case CACHE_ATTRIBUTE_validate:
        return number == 1 && is_debug ? HEAP_OK : HEAP_EINVAL;
    case CACHE_ATTRIBUTE_min_partial:
        return HEAP_OK;
    case CACHE_ATTRIBUTE_cpu_partial:
        return number == 0 || !is_debug ? HEAP_OK : HEAP_EINVAL;
    case CACHE_ATTRIBUTE_remote_node_defrag_ratio:
        return number <= 100 ? HEAP_OK : HEAP_ERANGE;
    case CACHE_ATTRIBUTE_failslab:
        return cache->user_count == 1 ? HEAP_OK : HEAP_EINVAL;
    default:
        return HEAP_EINVAL;
    }
}

/* What a setting is now. Others are what the number was, or no setting at all. */
static uint64_t setting_of(const struct kmem_cache *cache, enum cache_attribute attribute,
                           uint64_t number)
{
    switch (attribute) {
    case CACHE_ATTRIBUTE_min_partial:
    case CACHE_ATTRIBUTE_cpu_partial:
    case CACHE_ATTRIBUTE_remote_node_defrag_ratio:
        return find_setting(cache, attribute);
    case CACHE_ATTRIBUTE_failslab:
        return view_word(&cache->may_fail) == (number == 1) ? number : UINT64_MAX;
    default:
        return number;
    }
}

bool compare_store(struct model *model, const struct kmem_cache *cache,
                   enum cache_attribute attribute, unsigned long number, int result)
{
    int expected = expected_of_store(cache, attribute, number);
    bool depends_on_others = model->is_shared && attribute == CACHE_ATTRIBUTE_failslab;
    bool is_set = result != HEAP_OK || model->is_shared ||
                  setting_of(cache, attribute, number) == number;

    return depends_on_others ||
           model_expect(model, result == expected && is_set, MODEL_RULE_STORE_RESULT, cache);
}

/* Objects on a list, as far as it is not longer than all there are. */
static uint64_t list_length(const struct kmem_cache *cache, object_ref_t first, uint64_t limit)
{
    const void *object = object_from_ref(cache, first);
    uint64_t length = 0;

    for (; object != NULL && length < limit; length++) {
        object = freelist_next(cache, object);
    }
    return length;
}

/* Objects of its slabs that caches of the program, which may share this one, have given away. */
static uint64_t live_count(const struct model *model, const struct kmem_cache *cache)
{
    uint64_t count = 0;

    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        count += model->caches[slot].handle == cache ? model->caches[slot].live_count : 0;
    }
    count += pools_held(model, cache);
    return count > 0 ? count - compare_guarded_count(cache) : 0;
}

bool compare_in_use(struct model *model, const struct kmem_cache *cache, bool is_exact)
{
    struct counted counted = count_cache(cache);
    uint64_t limit = counted.numbers[SEEN_OBJECTS];
    uint64_t in_use = counted.inuse;
    uint64_t live = live_count(model, cache);

    if (model->is_shared) {
        return true;
    }
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        in_use -= list_length(cache, view_cpu(&cache->cpus[cpu]).freelist, limit);
        live += list_length(cache, (object_ref_t)view_word(&cache->cpus[cpu].deferred), limit);
        live += list_length(cache, cache->cpus[cpu].quarantine.first, limit);
    }
    return model_expect(model, is_exact ? in_use == live : in_use >= live,
                        MODEL_RULE_COUNTS_AGREE, cache);
}

/* The numbers of a row of slabinfo, in their order. */
enum { ROW_ACTIVE, ROW_OBJECTS, ROW_STRIDE, ROW_PER_SLAB, ROW_PAGES, ROW_NUMBER_COUNT };

/* The row agrees with the cache in every number. */
static bool row_agrees(const char *row, const struct kmem_cache *cache,
                       const struct counted *counted)
{
    const struct layout *layout = &cache->layout;
    const uint64_t expected[ROW_NUMBER_COUNT] = {
        [ROW_ACTIVE] = counted->numbers[SEEN_ACTIVE],
        [ROW_OBJECTS] = counted->numbers[SEEN_OBJECTS],
        [ROW_STRIDE] = layout->stride,
        [ROW_PER_SLAB] = layout->objects_per_slab,
        [ROW_PAGES] = UINT64_C(1) << layout->order,
    };
    const char *slabdata = strstr(row, " : slabdata ");

    for (unsigned i = 0; i < ROW_NUMBER_COUNT; i++) {
        if (take_number(&row) != expected[i]) {
            return false;
        }
    }
    if (slabdata == NULL) {
        return false;
    }
    slabdata += strlen(" : slabdata ");
    return take_number(&slabdata) == counted->numbers[SEEN_SLABS] &&
           take_number(&slabdata) == counted->numbers[SEEN_SLABS];
}

/* Caches that were to be destroyed and stayed may have the name, too: one row is the one. */
bool compare_slabinfo(struct model *model, const struct kmem_cache *cache, const char *text)
{
    struct counted counted = count_cache(cache);
    size_t name_size = strlen(cache->name);
    bool is_found = false;

    for (const char *line = text; line != NULL && !is_found; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        is_found = strncmp(line, cache->name, name_size) == 0 && line[name_size] == ' ' &&
                   row_agrees(line + name_size, cache, &counted);
    }
    return model->is_shared ||
           model_expect(model, is_found, MODEL_RULE_COUNTS_AGREE, cache);
}

uint64_t seen_lines_max(const struct kmem_cache *cache)
{
    const struct page_memory *memory = &cache->heap->memory;

    /* A line an object, one for what found no room; other CPUs may go on meanwhile. */
    return (uint64_t)memory->page_count * PAGE_SIZE / WORD_SIZE + 2;
}

bool compare_line_count(struct model *model, const struct kmem_cache *cache, uint64_t count)
{
    return model_expect(model, count <= seen_lines_max(cache), MODEL_RULE_TEXT_ENDS, cache);
}

bool compare_sites(struct model *model, const struct kmem_cache *cache, const char *text,
                   bool is_exact)
{
    uint64_t sum = 0;
    uint64_t before = UINT64_MAX;
    bool is_sorted = true;

    if (model->is_shared) {
        return true;
    }
    for (const char *line = text; line != NULL && *line == ' ';) {
        uint64_t number = take_number(&line);

        is_sorted = is_sorted && (number <= before || strncmp(line, " of ", 4) == 0);
        before = number;
        sum += number;
        line = strchr(line, '\n');
        line += line != NULL ? 1 : 0;
    }

    bool says_none = strcmp(text, "No data\n") == 0;
    uint64_t expected = is_exact ? count_cache(cache).listed_inuse : sum;

    return model_expect(model, is_sorted && sum == expected && says_none == (expected == 0),
                        MODEL_RULE_SITES_AGREE, cache);
}
