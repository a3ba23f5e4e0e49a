/*
 * The slab_debug= option: which caches are debugged, and how.
 *
 *     option  = block { ";" block }
 *     block   = letters [ "," name { "," name } ]
 *     letters   F consistency checks   Z redzones   P poison   U users   T trace   A failslab
 *               O no metadata where it would make a slab's least order larger, for all caches
 *               - takes back the letters before it; in any case, upper or lower
 *
 * No letters at all stand for FZPU. A name ends in "*" if it is the beginning of several. The first
 * block that names a cache counts for it; for a cache that none names, the last one without names.
 * Letters are added to what the creator asked for, so "-,name" is for exempting a cache from what
 * is said of the others. A letter that is not known is skipped.
 */
#ifndef ALLOCATOR_BASE_SLAB_DEBUG_H
#define ALLOCATOR_BASE_SLAB_DEBUG_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/flags.h"

/* Options that a heap's configuration can name by a number; the first is NULL: none. */
enum { SLAB_DEBUG_OPTION_COUNT = 8 };

const char *slab_debug_option(uint32_t number);

/* Flags of a cache of a name, of which its creator asked for some. option may be NULL. */
slab_flags_t slab_debug_apply(const char *option, const char *name, slab_flags_t flags);

/* True if O is among the letters of any block. */
bool slab_debug_limits_order(const char *option);

/* The first letter of the option that is not known, or 0. */
char slab_debug_unknown(const char *option);

#endif
