/* Ops that name a NUMA node. */
#include "allocator/api/nodes.h"

#include "allocator/api/pages.h"
#include "fuzz/execute_kmalloc.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_balance.h"
#include "sanitizers/view.h"

/* Spells NUMA_NO_NODE; numbers from node_count up to it are nodes that do not exist. */
enum { NO_NODE = 7 };

/* What is asked of a node. */
struct node_request {
    uint32_t node;
    bool is_strict;
    bool is_zeroed;
    bool wants_dma;
    unsigned urgency;
};

static int node_number(struct node_request asked)
{
    return asked.node == NO_NODE ? NUMA_NO_NODE : (int)asked.node;
}

static gfp_t gfp_of(struct node_request asked)
{
    return execute_urgency(asked.urgency) | (asked.is_strict ? __GFP_THISNODE : 0) |
           (asked.is_zeroed ? __GFP_ZERO : 0) | (asked.wants_dma ? __GFP_DMA : 0);
}

static struct compare_request near_node(struct compare_request request, struct node_request asked)
{
    request.near_node = asked.node == NO_NODE ? 0 : asked.node + 1;
    request.is_strict = asked.is_strict;
    request.wants_dma |= asked.wants_dma;
    request.gfp = gfp_of(asked);
    request.is_guardable = false;
    return request;
}

static enum run_op_outcome take(struct execution *execution, uint32_t slot,
                                const struct compare_request *request, void *given)
{
    execute_end_call(execution);
    execute_note_address(execution, given);
    compare_alloc(execution->model, slot, request, given);
    return RUN_OP_STEP;
}

/* What has a constructor is not asked to be zero: that would owe a report, see zalloc. */
enum run_op_outcome execute_alloc_node(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_alloc_node_object(op);
    struct model_cache *cache = execute_cache(execution, op_alloc_node_cache(op));
    struct node_request asked = {
        .node = op_alloc_node_node(op),
        .is_strict = op_alloc_node_thisnode(op) != 0,
        .is_zeroed = cache != NULL && cache->ctor_size == 0 && op_alloc_node_zero(op) != 0,
        .urgency = op_alloc_node_urgency(op),
    };

    if (cache == NULL || !execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);

    struct compare_request request = near_node(
        compare_cache_request(execution->model, op_alloc_node_cache(op), asked.is_zeroed), asked);

    execute_begin_step(execution);
    return take(execution, slot, &request,
                kmem_cache_alloc_node(cache->handle, gfp_of(asked), node_number(asked)));
}

enum run_op_outcome execute_kmalloc_node(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_kmalloc_node_object(op);
    size_t size = op_kmalloc_node_size(op);
    struct node_request asked = {
        .node = op_kmalloc_node_node(op),
        .is_strict = op_kmalloc_node_thisnode(op) != 0,
        .is_zeroed = op_kmalloc_node_zero(op) != 0,
        .urgency = op_kmalloc_node_urgency(op),
    };

    if (size == 0 || !execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }

    execute_begin_step(execution);

    const struct kmalloc_ask ask = {size, gfp_of(asked), sim_step(execution->sim)};
    struct compare_request request = near_node(compare_ask_request(execution->model, &ask), asked);

    return take(execution, slot, &request,
                heap_alloc_node(execution->heap, size, ask.gfp, node_number(asked)));
}

enum run_op_outcome execute_pages_node(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_pages_node_object(op);
    unsigned order = op_pages_node_order(op);
    struct node_request asked = {
        .node = op_pages_node_node(op),
        .is_strict = op_pages_node_thisnode(op) != 0,
        .is_zeroed = op_pages_node_zero(op) != 0,
        .wants_dma = op_pages_node_dma(op) != 0,
    };

    if (!execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }

    struct compare_request request =
        near_node(compare_pages_request(execution->model, order, asked.is_zeroed), asked);

    execute_begin_step(execution);

    const struct page *page =
        heap_alloc_pages_node(execution->heap, gfp_of(asked), order, node_number(asked));

    return take(execution, slot, &request,
                page != NULL ? heap_page_address(execution->heap, page) : NULL);
}

/* A way in which a node comes or goes, and who judges it. */
struct node_change {
    int (*change)(struct kmem_heap *heap, unsigned node);
    bool (*judge)(struct model *model, unsigned node, bool was_online, int result);
};

/* Every cache is gone through: whoever waits for the registry meanwhile waits long. */
static enum run_op_outcome change_node(struct execution *execution, unsigned node,
                                       struct node_change how)
{
    bool was_online = view_node_is_online(execution->heap, node);
    int result = how.change(execution->heap, node);

    execute_end_call(execution);
    execute_note_value(execution, result);
    how.judge(execution->model, node, was_online, result);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_node_offline(struct execution *execution, const struct op *op)
{
    const struct node_change goes = {heap_node_offline, compare_node_offline};

    execute_begin_step(execution);
    return change_node(execution, op_node_offline_node(op), goes);
}

enum run_op_outcome execute_node_online(struct execution *execution, const struct op *op)
{
    const struct node_change comes = {heap_node_online, compare_node_online};

    execute_begin_step(execution);
    execution->model->nodes_back |= 1u << op_node_online_node(op);
    return change_node(execution, op_node_online_node(op), comes);
}

enum run_op_outcome execute_balance(struct execution *execution, const struct op *op)
{
    struct compare_balancing before = compare_balancing(execution->model, op_balance_node(op));

    execute_begin_step(execution);

    int result = heap_balance_node(execution->heap, before.node);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_balance(execution->model, &before, result);
    return RUN_OP_STEP;
}
