/*
 * Rows of the configuration as the kernel's boot options set them: what is asked for too much is
 * put right, where heap_config_set() and heap_config_is_valid() refuse it.
 *
 *     slab_order_min=12    above ORDER_MAX: 10; slab_order_max, which was 3, follows: 10
 *     slab_order_max=1     below slab_order_min, which follows: 1
 *
 * So the last option that speaks of an order wins, and slab_order_min <= slab_order_max always.
 */
#ifndef ALLOCATOR_BASE_CONFIG_BOOT_H
#define ALLOCATOR_BASE_CONFIG_BOOT_H

#include "allocator/base/config.h"

/*
 * Sets row index, one of slab_order_min, slab_order_max and slab_objects_min, to value or to what
 * is nearest to it in the row's range. False, and nothing changed, for any other row.
 */
bool heap_config_boot(struct heap_config *config, size_t index, uint64_t value);

#endif
