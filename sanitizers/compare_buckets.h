/* The comparison: sets of buckets, which are kmalloc from caches of their own. */
#ifndef SANITIZERS_COMPARE_BUCKETS_H
#define SANITIZERS_COMPARE_BUCKETS_H

#include "sanitizers/model.h"

/* Making model->buckets[set], which was none, gave result. ctor_size: what a constructor writes. */
bool compare_buckets_create(struct model *model, unsigned set,
                            const struct kmem_buckets_args *args, uint32_t ctor_size, int result);

/* A live object is to be resized, or freed, as it is: its set is not to be relied on any more. */
void compare_buckets_spoil(struct model *model, struct model_object *object);

/* What users may see of an object; false if it is of no set. */
bool compare_buckets_window(const struct model *model, const struct model_object *object,
                            struct model_window *window);

/* No object of the set is live, or kept for good. O(slots ever used). */
bool compare_buckets_are_empty(struct model *model, unsigned set);

/* Destroying the set, which was empty, gave result. */
bool compare_buckets_destroy(struct model *model, unsigned set, int result);

#endif
