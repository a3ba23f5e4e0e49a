/*
 * Unpacking undoes packing, for every kind and order that a byte holds, every head of a tail and
 * any references of others. So packing loses nothing, and packing again what was unpacked gives the
 * same word.
 *
 * A claim a function: gcc shares work between claims, and then no longer sees through it.
 */
#include "allocator/page/page.h"
#include "tests/proof/proof.h"

void kind_survives(uint8_t kind, uint8_t order, uint32_t references, bool is_compound);
void order_survives(uint8_t kind, uint8_t order, uint32_t references, bool is_compound);
void compound_survives(uint8_t kind, uint8_t order, uint32_t references, bool is_compound);
void references_survive(uint8_t kind, uint8_t order, uint32_t references, bool is_compound);
void head_of_a_tail_survives(uint8_t order, pfn_t head);
void fresh_descriptor_is_interior(void);

static struct page_state round_trip(uint8_t kind, uint8_t order, uint32_t references,
                                    bool is_compound)
{
    struct page_state state = {
        .kind = (enum page_kind)kind,
        .order = order,
        .is_compound = is_compound,
        .references = references,
    };

    return page_state_unpack(page_state_pack(state));
}

void kind_survives(uint8_t kind, uint8_t order, uint32_t references, bool is_compound)
{
    prove(round_trip(kind, order, references, is_compound).kind == (enum page_kind)kind);
}

void order_survives(uint8_t kind, uint8_t order, uint32_t references, bool is_compound)
{
    prove(round_trip(kind, order, references, is_compound).order == order);
}

void compound_survives(uint8_t kind, uint8_t order, uint32_t references, bool is_compound)
{
    prove(round_trip(kind, order, references, is_compound).is_compound == is_compound);
}

void references_survive(uint8_t kind, uint8_t order, uint32_t references, bool is_compound)
{
    if (kind != PAGE_TAIL) {
        prove(round_trip(kind, order, references, is_compound).references == references);
    }
}

void head_of_a_tail_survives(uint8_t order, pfn_t head)
{
    struct page_state state = {.kind = PAGE_TAIL, .order = order, .head = head};

    prove(page_state_unpack(page_state_pack(state)).head == head);
}

void fresh_descriptor_is_interior(void)
{
    prove(page_state_unpack(0).kind == PAGE_INTERIOR);
}
