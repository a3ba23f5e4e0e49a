/*
 * A report as text, in the form that readers of kernel logs know.
 *
 *     =============================================================================
 *     BUG my_cache: Right Redzone overwritten
 *     -----------------------------------------------------------------------------
 *
 *     Found at free, site 14
 *     0x... - 0x... @offset=136. First byte 0xcd instead of 0xcc
 *     Allocated at site 12 time=12 cpu=0
 *     Slab 0x... cache=my_cache objects=42 used=1 fp=0x... frozen=0 place=partial
 *     Object 0x... @offset=64 fp=0x...
 *
 *     Redzone  0x...: cc cc cc cc cc cc cc cc                          ........
 *     Object   0x...: 00 00 ...
 *     Redzone  0x...: cd cc cc cc cc cc cc cc                          ........
 *     FIX my_cache: Restoring 0x... - 0x... = 0xcc
 *     FIX my_cache: Object not freed
 *
 * Of a long region the rows around the damage are shown. Rendering reads only memory of the heap,
 * and follows no link: a report about a corrupt pointer must not trip over it.
 */
#ifndef ALLOCATOR_DEBUG_RENDER_H
#define ALLOCATOR_DEBUG_RENDER_H

#include <stddef.h>

#include "allocator/base/object_trace.h"
#include "allocator/base/report.h"

struct description;
struct kmem_heap;

/*
 * Writes the text of a report, NUL-terminated and cut to capacity, at the moment the report is
 * sent. Returns the number of bytes the whole text has, without the NUL. capacity is not 0.
 */
size_t render_report(const struct kmem_heap *heap, const struct report *report, char *bytes,
                     size_t capacity);

/*
 * The same of an allocation or a free of a traced cache, at the moment it is told; of a free with
 * the bytes that the user leaves behind:
 *
 *     TRACE my_cache free 0x... inuse=1 fp=0x...
 *     Object   0x...: 41 41 ...
 */
size_t render_trace(const struct object_trace *trace, char *bytes, size_t capacity);

/*
 * The same of what is known of an address, in a line and one for each act:
 *
 *      slab my_cache start 0x... data offset 64 pointer offset 12 size 60 live
 *     Allocated at site 12 time=12 cpu=0
 *
 * An address that nothing is known of has the line " unknown memory".
 */
size_t render_description(const struct description *description, char *bytes, size_t capacity);

/* "alloc", "free", ... and what follows a report, as words. */
const char *render_stage_name(enum report_stage stage);
const char *render_action_name(enum report_action action);

#endif
