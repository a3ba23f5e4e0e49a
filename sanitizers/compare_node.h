/*
 * Where memory may lie, as far as nodes and zones go. Private to the comparison.
 *
 * Stated a second time here, from what api/nodes.h and page/memory.h promise: which zones may serve
 * a request, and which of them is nearest.
 */
#ifndef SANITIZERS_COMPARE_NODE_H
#define SANITIZERS_COMPARE_NODE_H

#include "sanitizers/compare.h"

/* True if a zone that may serve the request has a free run of at least this order. */
bool compare_has_free_run(const struct model *model, const struct compare_request *request,
                          unsigned order);

/* The same of the zones that were asked first and failed, if the request was granted after all. */
bool compare_first_had_free_run(const struct model *model, const struct compare_request *request,
                                unsigned order);

/* True if no zone may serve the request, whatever is free. */
bool compare_is_hopeless(const struct model *model, const struct compare_request *request);

/* True if the node that the search begins at has a slab of the request's cache with room. */
bool compare_has_partial(const struct model *model, const struct compare_request *request);

/* What was granted lies where it was asked to, and nothing nearer would have done. */
bool compare_nearness(struct model *model, const struct compare_request *request,
                      const void *given);

/* Whoever was served below a low watermark, or by nobody (given is NULL), asked for balance. */
bool compare_balance_asked(struct model *model, const struct compare_request *request,
                           const void *given);

#endif
