#include "allocator/base/config_boot.h"

static uint32_t clamp(size_t index, uint64_t value)
{
    const struct heap_config_row *row = &heap_config_rows[index];

    return (uint32_t)(value < row->minimum   ? row->minimum
                      : value > row->maximum ? row->maximum
                                             : value);
}

bool heap_config_boot(struct heap_config *config, size_t index, uint64_t value)
{
    switch (index) {
    case HEAP_CONFIG_slab_order_min:
        config->slab_order_min = clamp(index, value);
        if (config->slab_order_max < config->slab_order_min) {
            config->slab_order_max = config->slab_order_min;
        }
        return true;
    case HEAP_CONFIG_slab_order_max:
        config->slab_order_max = clamp(index, value);
        if (config->slab_order_min > config->slab_order_max) {
            config->slab_order_min = config->slab_order_max;
        }
        return true;
    case HEAP_CONFIG_slab_objects_min:
        config->slab_objects_min = clamp(index, value);
        return true;
    default:
        return false;
    }
}
