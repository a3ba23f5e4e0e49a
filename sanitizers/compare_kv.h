/* The comparison of what kvmalloc gives: an object of kmalloc's, or a view. Part of compare.h. */
#ifndef SANITIZERS_COMPARE_KV_H
#define SANITIZERS_COMPARE_KV_H

#include "sanitizers/compare.h"

/*
 * What a kvmalloc asked for that gave this: an object as kmalloc gives it; or a view, which is also
 * what was tried last if it gave NULL.
 */
struct compare_request compare_kv_request(const struct model *model, const struct kmalloc_ask *ask,
                                          const void *given);

/* A view was given only where kmalloc failed, and knows how large it is. */
bool compare_kv_choice(struct model *model, const struct kmalloc_ask *ask, const void *given);

/* Bytes that a resize in place can grant a view of a size. */
uint32_t compare_view_room(size_t size);

#endif
