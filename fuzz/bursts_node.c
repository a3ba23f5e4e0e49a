#include "fuzz/bursts_node.h"

/* Those that ask for slabs come last: where there are only pages they are left out. */
static const enum op_code requests[] = {
    OP_PAGES_NODE, OP_KMALLOC_NODE, OP_CONTIG_ALLOC, OP_CONTIG_ALLOC,
    OP_ISOLATE,    OP_PAGES_BULK,   OP_ALLOC_NODE,   OP_CREATE,
};

enum { REQUEST_COUNT = 8, PAGE_REQUEST_COUNT = 6 };

void burst_node_away(struct draft *draft)
{
    uint32_t node_count = draft->generator->forecast.config->node_count;
    bool has_slabs = draft->generator->profile != MUTATE_BUDDY;

    if (node_count == 1) {
        return;
    }

    uint32_t node = 1 + draft_below(draft, node_count - 1);

    (void)draft_add(draft, (struct op){.code = OP_NODE_OFFLINE, .a = node});
    for (uint32_t i = 1 + draft_below(draft, 4); i > 0; i--) {
        uint32_t count = has_slabs ? REQUEST_COUNT : PAGE_REQUEST_COUNT;

        (void)draft_add_any(draft, requests[draft_below(draft, count)]);
    }
    (void)draft_add(draft, (struct op){.code = OP_NODE_ONLINE, .a = node});
}
