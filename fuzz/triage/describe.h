/* The allocator's words in words. All functions write into a caller's buffer and return it. */
#ifndef FUZZ_TRIAGE_DESCRIBE_H
#define FUZZ_TRIAGE_DESCRIBE_H

#include "allocator/cache/slab.h"
#include "allocator/page/page.h"

enum { DESCRIPTION_SIZE = 96 };

/* "interior", "free of order 2", "tail of 5", "kind 77?" */
const char *describe_page(struct page_state state, char text[DESCRIPTION_SIZE]);

/* "3 of 64 in use, freelist +0x2040, frozen" or "..., on partial list" */
const char *describe_slab(struct slab_state state, enum slab_place place,
                          char text[DESCRIPTION_SIZE]);

/* What is known of a slab's place: "on the node's partial list". */
const char *describe_place(bool is_frozen, enum slab_place place);

#endif
