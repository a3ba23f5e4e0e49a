#include <stdio.h>

#include "allocator/api/slabinfo.h"
#include "allocator/base/errors.h"
#include "sanitizers/compare_described.h"
#include "sanitizers/compare_seen.h"
#include "tests/canary/model/model_canary.h"

enum { ROOM = 20, TEXT_SIZE = 4096 };

static struct kmem_cache *handle_of(const struct model_canary *canary, unsigned cache)
{
    return canary->model->caches[cache].handle;
}

/* A NUL one byte behind the room. */
void break_text_fits(struct model_canary *canary)
{
    char room[ROOM + SEEN_GUARD_SIZE];

    seen_prepare(room, ROOM);
    snprintf(room, ROOM, "%s", "fits as it is cut, but");
    room[ROOM] = '\0';
    compare_text(canary->model, room, ROOM, ROOM + 2);
}

void break_text_ends(struct model_canary *canary)
{
    const struct kmem_cache *cache = handle_of(canary, CACHE_DEBUG);

    compare_line_count(canary->model, cache, seen_lines_max(cache) + 1);
}

/* The cache has a slab more than its row says. */
void break_counts_agree(struct model_canary *canary)
{
    char text[TEXT_SIZE];

    compare_in_use(canary->model, handle_of(canary, CACHE_PLAIN), true);
    heap_slabinfo(canary->heap, text, sizeof(text));
    compare_slabinfo(canary->model, handle_of(canary, CACHE_PLAIN), text);
    compare_attribute(canary->model, handle_of(canary, CACHE_PLAIN), CACHE_ATTRIBUTE_slabs,
                      "2 N0=2\n");
}

void break_sites_agree(struct model_canary *canary)
{
    compare_sites(canary->model, handle_of(canary, CACHE_UNUSED), "No data\n", true);
    compare_sites(canary->model, handle_of(canary, CACHE_DEBUG), "      1 site 1 age=1\n", true);
    compare_sites(canary->model, handle_of(canary, CACHE_DEBUG), "No data\n", true);
}

void break_store_result(struct model_canary *canary)
{
    compare_store(canary->model, handle_of(canary, CACHE_PLAIN), CACHE_ATTRIBUTE_validate, 1,
                  HEAP_OK);
}

static bool is_believed(struct model_canary *canary, const struct description *described)
{
    canary->model->violation = MODEL_RULE_COUNT;
    return compare_described(canary->model, canary_object(canary, SLOT_DEBUG), 8, described);
}

/* One byte off, of another cache, free, and allocated at a site that is no step. */
void break_description_agrees(struct model_canary *canary)
{
    const struct model_object *object = canary_object(canary, SLOT_DEBUG);
    const struct description right = heap_describe(canary->heap, object->address + 8);
    struct description lies[] = {right, right, right, right};
    bool is_caught = is_believed(canary, &right);

    lies[0].offset++;
    lies[1].cache = handle_of(canary, CACHE_PLAIN);
    lies[2].state = DESCRIBED_FREE;
    lies[3].alloc.time++;
    for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        is_caught = !is_believed(canary, &lies[i]) && is_caught;
    }
    if (!is_caught) {
        canary->model->violation = MODEL_RULE_COUNT;
    }
}
