#include "allocator/base/config.h"

const struct heap_config_row heap_config_rows[HEAP_CONFIG_COUNT] = {
#define X(name, type, initial, minimum, maximum, why) {#name, initial, minimum, maximum, why},
    HEAP_CONFIG(X)
#undef X
};

struct heap_config heap_config_default(void)
{
    return (struct heap_config){
#define X(name, type, initial, minimum, maximum, why) .name = (initial),
        HEAP_CONFIG(X)
#undef X
    };
}

uint64_t heap_config_value(const struct heap_config *config, size_t index)
{
    const uint64_t values[HEAP_CONFIG_COUNT] = {
#define X(name, type, initial, minimum, maximum, why) config->name,
        HEAP_CONFIG(X)
#undef X
    };

    return values[index];
}

static bool value_is_in_range(size_t index, uint64_t value)
{
    return value >= heap_config_rows[index].minimum && value <= heap_config_rows[index].maximum;
}

bool heap_config_set(struct heap_config *config, size_t index, uint64_t value)
{
    if (!value_is_in_range(index, value)) {
        return false;
    }

    switch (index) {
#define X(name, type, initial, minimum, maximum, why)                                              \
    case HEAP_CONFIG_##name:                                                                       \
        config->name = (type)value;                                                                \
        break;
        HEAP_CONFIG(X)
#undef X
    default:
        break;
    }
    return true;
}

uint32_t heap_config_frames(const struct heap_config *config)
{
    uint32_t count = config->page_count;
    uint32_t behind = config->hole_first < count ? count - config->hole_first : 0;

    return count - (config->hole_pages < behind ? config->hole_pages : behind);
}

bool heap_config_is_valid(const struct heap_config *config)
{
    for (size_t index = 0; index < HEAP_CONFIG_COUNT; index++) {
        if (!value_is_in_range(index, heap_config_value(config, index))) {
            return false;
        }
    }
    return config->slab_order_min <= config->slab_order_max &&
           config->partial_floor <= config->partial_ceiling &&
           heap_config_frames(config) >= PAGE_COUNT_MIN;
}
