/* What others want to know of debts. */
#include "fuzz/owed.h"

bool owed_concerns(const struct owed *owed, const struct kmem_cache *cache)
{
    for (uint32_t i = 0; i < owed->debt_count; i++) {
        const struct slab *slab = owed->debts[i].slab;

        if (slab != NULL && slab->cache == cache) {
            return true;
        }
    }
    return false;
}

bool owed_concerns_object(const struct owed *owed, const void *object)
{
    for (uint32_t i = 0; i < owed->debt_count; i++) {
        if (owed->debts[i].guarded != NULL && owed->debts[i].object == object) {
            return true;
        }
    }
    return false;
}

bool owed_was_kept(const struct owed *owed, const void *object)
{
    for (uint32_t i = 0; i < owed->kept_count; i++) {
        if (owed->kept[i] == object) {
            return true;
        }
    }
    return false;
}

bool owed_covers(void *context, const void *first, size_t size)
{
    const struct owed *owed = context;

    for (uint32_t i = 0; i < owed->debt_count; i++) {
        uintptr_t offset = (uintptr_t)owed->debts[i].byte - (uintptr_t)first;

        if (offset < size) {
            return true;
        }
    }
    return false;
}
