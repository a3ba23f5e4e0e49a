#include "allocator/api/stats.h"

#include "allocator/cache/heap_state.h"

uint64_t kmem_cache_stat(const struct kmem_cache *cache, enum cache_stat item)
{
    return stats_total(&cache->stats, item);
}

uint64_t kmem_cache_stat_on(const struct kmem_cache *cache, enum cache_stat item, unsigned cpu)
{
    return stats_of_cpu(&cache->stats, item, cpu);
}

void kmem_cache_stat_clear(struct kmem_cache *cache, enum cache_stat item)
{
    stats_clear(&cache->stats, item);
}

/* Text that ends where there is no more room, and is measured as if there were. */
struct bounded_text {
    char *bytes;
    size_t size;
    size_t length;
};

static void put_char(struct bounded_text *text, char byte)
{
    if (text->length + 1 < text->size) {
        text->bytes[text->length] = byte;
        text->bytes[text->length + 1] = '\0';
    }
    text->length++;
}

static void put_number(struct bounded_text *text, uint64_t value)
{
    enum { DIGITS_MAX = 20 };
    char digits[DIGITS_MAX];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        put_char(text, digits[--count]);
    }
}

static void put_cpu(struct bounded_text *text, unsigned cpu, uint64_t value)
{
    put_char(text, ' ');
    put_char(text, 'C');
    put_number(text, cpu);
    put_char(text, '=');
    put_number(text, value);
}

size_t kmem_cache_stat_text(const struct kmem_cache *cache, enum cache_stat item, char *bytes,
                            size_t size)
{
    struct bounded_text text = {.bytes = bytes, .size = size};
    uint64_t values[CPU_MAX];
    uint64_t total = 0;

    if (size > 0) {
        bytes[0] = '\0';
    }
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        values[cpu] = stats_of_cpu(&cache->stats, item, cpu);
        total += values[cpu];
    }
    put_number(&text, total);
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        if (values[cpu] != 0) {
            put_cpu(&text, cpu, values[cpu]);
        }
    }
    put_char(&text, '\n');
    return text.length;
}

static uint64_t count_cpu_slabs(struct kmem_cache_cpu *cpu)
{
    uint64_t irq_state = world_irq_save();

    world_lock(&cpu->lock);

    uint64_t count = cpu->partial_count + (world_load(&cpu->slab) != 0 ? 1 : 0);

    world_unlock(&cpu->lock);
    world_irq_restore(irq_state);
    return count;
}

static void count_node(struct kmem_cache_node *node, struct cache_census *census)
{
    uint64_t irq_state = world_irq_save();

    world_lock(&node->lock);
    census->slabs += node->slab_count;
    census->objects += node->object_count;
    census->node_slabs += node->partial_count;
    world_unlock(&node->lock);
    world_irq_restore(irq_state);
}

struct cache_census kmem_cache_census(struct kmem_cache *cache)
{
    struct cache_census census = {0};

    for (cpu_id_t cpu = 0; cpu < cache->heap->config.cpu_count; cpu++) {
        census.cpu_slabs += count_cpu_slabs(&cache->cpus[cpu]);
    }
    for (uint32_t node = 0; node < cache->heap->memory.node_count; node++) {
        count_node(&cache->nodes[node], &census);
    }
    return census;
}

uint64_t heap_reclaimed_pages(const struct kmem_heap *heap)
{
    return world_load(&heap->reclaimed_pages);
}
