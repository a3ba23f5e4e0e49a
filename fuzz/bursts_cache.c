#include "fuzz/bursts_cache.h"

#include "allocator/base/flags.h"

enum { FLAGS_SHIFT = 4 };

/* A cache that is made with these flags besides; false if there is no room. */
static bool add_cache(struct draft *draft, enum op_code code, uint32_t flags, struct op *op)
{
    if (!generate_op_of(draft->generator, code, op)) {
        return false;
    }
    op->b |= flags << FLAGS_SHIFT;
    op->b &= ~((uint32_t)SLAB_PANIC << FLAGS_SHIFT);
    return draft_add(draft, *op);
}

static void add_upkeep(struct draft *draft, uint8_t cache)
{
    (void)draft_add(draft, (struct op){.code = OP_SHRINK, .cache = cache});
    if (draft_one_in(draft, 2)) {
        (void)draft_add_any(draft, OP_GRACE);
    }
    if (draft_one_in(draft, 2)) {
        (void)draft_add_any(draft, draft_one_in(draft, 2) ? OP_PAGES : OP_KMALLOC);
    }
}

void burst_reader(struct draft *draft)
{
    enum { OBJECT_MAX = 6 };
    uint32_t objects[OBJECT_MAX];
    uint32_t count = 1 + draft_below(draft, OBJECT_MAX);
    struct op op;

    if (!add_cache(draft, OP_CREATE_ARGS, SLAB_TYPESAFE_BY_RCU, &op)) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!draft_add_alloc(draft, op.cache, &objects[i])) {
            count = i;
        }
    }
    (void)draft_add_any(draft, OP_RCU_LOCK);
    for (uint32_t i = 0; i < count; i++) {
        (void)draft_add(draft, (struct op){.code = OP_FREE, .object = objects[i]});
    }
    add_upkeep(draft, op.cache);
    for (uint32_t i = 0; i < count; i++) {
        (void)draft_add(draft, (struct op){.code = OP_READ_FREED, .object = objects[i]});
    }
    if (draft_one_in(draft, 3)) {
        (void)draft_add(draft, (struct op){.code = OP_DESTROY, .cache = op.cache});
    } else if (draft_one_in(draft, 2)) {
        (void)draft_add_any(draft, OP_RCU_UNLOCK);
    }
}

/* The same wishes again, but for one, or one flag, or a few bytes. */
static void vary(struct draft *draft, struct op *op)
{
    switch (draft_below(draft, 7)) {
    case 0:
        op->a -= op->a % 16384 > 8 ? draft_below(draft, 8) : 0;
        break;
    case 1:
        op->b ^= 1u << (FLAGS_SHIFT + draft_below(draft, OP_FLAG_COUNT));
        op->b &= ~((uint32_t)SLAB_PANIC << FLAGS_SHIFT);
        break;
    case 2:
        op->b ^= 1u << (FLAGS_SHIFT + OP_FLAG_COUNT);
        break;
    case 3:
        op->b ^= (uint32_t)SLAB_NO_USER_FLAGS << FLAGS_SHIFT;
        break;
    case 4:
        op->b = (op->b & ~15u) | (3 + draft_below(draft, 6));
        break;
    default:
        break;
    }
}

void burst_siblings(struct draft *draft)
{
    uint32_t object;
    struct op op;
    uint8_t first;

    if (!add_cache(draft, OP_CREATE_ARGS, 0, &op)) {
        return;
    }
    first = op.cache;
    vary(draft, &op);
    if (!choose_cache(draft->generator, false, &op.cache) || !draft_add(draft, op)) {
        return;
    }
    for (uint32_t i = 1 + draft_below(draft, 6); i > 0; i--) {
        (void)draft_add_alloc(draft, draft_one_in(draft, 2) ? first : op.cache, &object);
    }
    if (draft_one_in(draft, 2)) {
        uint8_t gone = draft_one_in(draft, 2) ? first : op.cache;

        (void)draft_add(draft, (struct op){.code = OP_DESTROY, .cache = gone});
        (void)draft_add_any(draft, OP_CACHE_SIZE);
    }
}

void burst_window(struct draft *draft)
{
    uint32_t object;
    struct op op;

    if (!add_cache(draft, OP_CREATE_USERCOPY, draft_one_in(draft, 2) ? SLAB_RED_ZONE : 0, &op) ||
        !draft_add_alloc(draft, op.cache, &object)) {
        return;
    }

    uint32_t offset = op_create_usercopy_useroffset(&op);
    uint32_t size = op_create_usercopy_usersize(&op);
    uint32_t redzone = draft_one_in(draft, 2) ? 8 : 0;

    for (uint32_t i = 1 + draft_below(draft, 4); i > 0; i--) {
        uint32_t first = offset + redzone + draft_below(draft, 3) - (offset + redzone > 0 ? 1 : 0);
        uint32_t count = draft_one_in(draft, 3) ? draft_below(draft, size + 2) : size;

        (void)draft_add(draft, (struct op){.code = OP_USERCOPY_CHECK, .object = object,
                                           .a = first & UINT16_MAX, .b = count & UINT16_MAX});
    }
}
