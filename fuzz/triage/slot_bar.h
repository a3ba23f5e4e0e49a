/*
 * One slot of a slab as a bar of letters, and what of it is damaged.
 *
 *     |zz......L.rrttttss|      z left redzone   . free   o in use   r right redzone
 *                               L free pointer   t tracks   s size asked for   p padding   ! bad
 */
#ifndef FUZZ_TRIAGE_SLOT_BAR_H
#define FUZZ_TRIAGE_SLOT_BAR_H

#include "fuzz/triage/palette.h"
#include "fuzz/triage/slab_map.h"

/* Explains the letters that bars of a layout are made of, without a newline. */
void slot_bar_print_legend(const struct layout *layout);

/* Bytes of a slot that one letter stands for: so many that a bar fits on a line. */
size_t slot_bar_scale(const struct layout *layout);

/* True if a byte of the slot is not what it must be, or its link leads nowhere. */
bool slot_is_damaged(const struct slab_map *map, uint32_t index);

/* Prints the bar, without a newline. */
void slot_bar_print(const struct slab_map *map, uint32_t index, const struct palette *palette);

/* Prints a line for each damaged region: its bytes, and what they should be. */
void slot_print_damage(const struct slab_map *map, uint32_t index, const struct palette *palette);

#endif
