/* The vectors of slabs whose objects are charged to accounts; for sanitizers/check_*.c alone. */
#ifndef SANITIZERS_CHECK_EXTENSION_H
#define SANITIZERS_CHECK_EXTENSION_H

#include "sanitizers/check_state.h"

/* The vector of a slab, if it has one; the word of one of its objects, which is free. */
void judge_extensions(struct heap_check *check, const struct slab *slab);
void judge_uncharged(struct heap_check *check, const struct slab *slab, const void *object);

#endif
