/*
 * Unpacking undoes packing, for every kind and order that a byte holds and every head. So packing
 * loses nothing, and packing again what was unpacked gives the same word.
 *
 * A claim a function: gcc shares work between claims, and then no longer sees through it.
 */
#include "allocator/page/page.h"
#include "tests/proof/proof.h"

void kind_survives(uint8_t kind, uint8_t order, pfn_t head);
void order_survives(uint8_t kind, uint8_t order, pfn_t head);
void head_survives(uint8_t kind, uint8_t order, pfn_t head);
void fresh_descriptor_is_interior(void);

static struct page_state round_trip(uint8_t kind, uint8_t order, pfn_t head)
{
    struct page_state state = {.kind = (enum page_kind)kind, .order = order, .head = head};

    return page_state_unpack(page_state_pack(state));
}

void kind_survives(uint8_t kind, uint8_t order, pfn_t head)
{
    prove(round_trip(kind, order, head).kind == (enum page_kind)kind);
}

void order_survives(uint8_t kind, uint8_t order, pfn_t head)
{
    prove(round_trip(kind, order, head).order == order);
}

void head_survives(uint8_t kind, uint8_t order, pfn_t head)
{
    prove(round_trip(kind, order, head).head == head);
}

void fresh_descriptor_is_interior(void)
{
    prove(page_state_unpack(0).kind == PAGE_INTERIOR);
}
