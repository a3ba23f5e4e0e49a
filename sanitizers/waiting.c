#include "sanitizers/waiting.h"

#include "allocator/api/rcu.h"
#include "allocator/base/compiler_fiber.h"
#include "sanitizers/compare.h"
#include "sanitizers/peek.h"

void waiting_begin(struct waiting *waiting, struct model *model)
{
    *waiting = (struct waiting){.model = model};
}

void waiting_enter(struct waiting *waiting, unsigned cpu)
{
    waiting->section_counts[cpu]++;
    waiting->is_inside[cpu] = true;
    waiting->came[cpu] = waiting->model->step;
}

void waiting_leave(struct waiting *waiting, unsigned cpu)
{
    waiting->is_inside[cpu] = false;
}

/* Number of the section that a CPU is inside of. A barrier may have made it leave: then 0. */
static uint32_t section_of(const struct waiting *waiting, unsigned cpu)
{
    const struct world_rcu *rcu = &waiting->model->heap->rcu;
    bool is_inside = waiting->is_inside[cpu] && view_word(&rcu->readers[cpu].word) != 0;

    return is_inside ? waiting->section_counts[cpu] : 0;
}

bool waiting_may_read(const struct waiting *waiting, const struct model_object *object,
                      unsigned cpu)
{
    return section_of(waiting, cpu) != 0 && waiting->came[cpu] < object->free_step;
}

/* The next to use its slot is whoever comes after the free. */
void waiting_add(struct waiting *waiting, struct model_object *object)
{
    struct waiting_free *free = &waiting->frees[waiting->count++];

    free->object = object;
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        free->sections[cpu] = section_of(waiting, cpu);
    }
    compare_content(waiting->model, object);
    object->content = content_forget(object->content, RCU_OBJECT_SIZE_MIN);
    object->is_busy = true;
    compiler_acquire(object);
}

void waiting_read(struct waiting *waiting)
{
    for (uint32_t i = 0; i < waiting->count; i++) {
        compare_content(waiting->model, waiting->frees[i].object);
    }
}

static struct waiting_free *find(struct waiting *waiting, const void *address)
{
    for (uint32_t i = 0; i < waiting->count; i++) {
        if (waiting->frees[i].object->address == address) {
            return &waiting->frees[i];
        }
    }
    return NULL;
}

static bool is_held(const struct waiting *waiting, const struct waiting_free *free)
{
    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        if (free->sections[cpu] != 0 && free->sections[cpu] == section_of(waiting, cpu)) {
            return true;
        }
    }
    return false;
}

void waiting_end(struct waiting *waiting, const void *address, unsigned cpu)
{
    struct model *model = waiting->model;
    struct waiting_free *free = find(waiting, address);

    if (!model_expect(model, free != NULL && !is_held(waiting, free),
                      MODEL_RULE_READERS_ARE_WAITED_FOR, address) ||
        free == NULL) {
        return;
    }

    struct model_object *object = free->object;

    compare_content(model, object);
    *free = waiting->frees[--waiting->count];
    model_release(model, object, cpu);
    object->is_busy = false;
    compiler_release(object);
}

void waiting_compare_none(const struct waiting *waiting)
{
    const void *first = waiting->count != 0 ? waiting->frees[0].object->address : NULL;

    model_expect(waiting->model, first == NULL, MODEL_RULE_WAITING_FREES_HAPPEN, first);
}

uint32_t waiting_count_of(const struct waiting *waiting, const struct kmem_cache *cache)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < waiting->count; i++) {
        const void *address = waiting->frees[i].object->address;

        count += peek_home(waiting->model->heap, address) == cache;
    }
    return count;
}
