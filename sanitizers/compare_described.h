/* The comparison: is what is told of a pointer what the model and the descriptors know of it? */
#ifndef SANITIZERS_COMPARE_DESCRIBED_H
#define SANITIZERS_COMPARE_DESCRIBED_H

#include "allocator/api/describe.h"
#include "sanitizers/model.h"

/*
 * An address offset bytes behind the start of a slot's object was described, while no other op was
 * about what lies there. The slot is live or stale.
 */
bool compare_described(struct model *model, const struct model_object *object, size_t offset,
                       const struct description *described);

#endif
