#include "fuzz/triage/describe.h"

#include <stdio.h>

static const char *const kind_names[PAGE_KIND_COUNT] = {
    [PAGE_INTERIOR] = "interior", [PAGE_FREE] = "free",   [PAGE_RUN] = "run",
    [PAGE_SLAB] = "slab",         [PAGE_LARGE] = "large", [PAGE_TAIL] = "tail",
    [PAGE_ISOLATED] = "isolated", [PAGE_CACHED] = "cached run", [PAGE_GUARD] = "guard",
    [PAGE_HOLE] = "hole",
};

static const char *const place_names[SLAB_PLACE_COUNT] = {
    [SLAB_ON_NONE] = "on no list",
    [SLAB_ON_CPU] = "on a CPU's partial list",
    [SLAB_ON_PARTIAL] = "on the node's partial list",
    [SLAB_ON_FULL] = "on the node's full list",
    [SLAB_ON_ISOLATED] = "isolated",
    [SLAB_ON_GRACE] = "waiting for readers",
};

const char *describe_page(struct page_state state, char text[DESCRIPTION_SIZE])
{
    if ((unsigned)state.kind >= PAGE_KIND_COUNT) {
        snprintf(text, DESCRIPTION_SIZE, "kind %u?", (unsigned)state.kind);
    } else if (state.kind == PAGE_INTERIOR) {
        snprintf(text, DESCRIPTION_SIZE, "interior");
    } else if (state.kind == PAGE_HOLE) {
        snprintf(text, DESCRIPTION_SIZE, "hole");
    } else if (state.kind == PAGE_TAIL) {
        snprintf(text, DESCRIPTION_SIZE, "tail of %u", state.head);
    } else {
        snprintf(text, DESCRIPTION_SIZE, "%s of order %u", kind_names[state.kind], state.order);
    }
    return text;
}

const char *describe_place(bool is_frozen, enum slab_place place)
{
    if (is_frozen) {
        return "frozen by a CPU";
    }
    return (unsigned)place < SLAB_PLACE_COUNT ? place_names[place] : "at an unknown place";
}

const char *describe_slab(struct slab_state state, enum slab_place place,
                          char text[DESCRIPTION_SIZE])
{
    char freelist[24] = "empty";

    if (state.freelist != 0) {
        snprintf(freelist, sizeof(freelist), "+0x%llx",
                 (unsigned long long)(state.freelist - OBJECT_REF_FIRST) * WORD_SIZE);
    }
    snprintf(text, DESCRIPTION_SIZE, "%u of %u in use, freelist %s, %s", state.inuse_count,
             state.object_count, freelist, describe_place(state.frozen, place));
    return text;
}
