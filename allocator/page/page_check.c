#include "allocator/page/page_check.h"

#include "allocator/base/bits.h"
#include "allocator/base/raw.h"
#include "allocator/hardening/page_poison.h"

/* A word in the descriptors of a run. */
static bool check_word(const struct page_memory *memory, const struct page *head, uint64_t found,
                       uint64_t expected, struct report *report)
{
    if (found == expected) {
        return true;
    }
    *report = (struct report){
        .kind = REPORT_BAD_PAGE_STATE,
        .page = head,
        .object = memory_address(memory, head),
        .found = found,
        .expected = expected,
    };
    return false;
}

bool page_check_listed(const struct page_memory *memory, const struct page *head,
                       uint64_t word_found, uint64_t word_listed, struct report *report)
{
    return check_word(memory, head, word_found, word_listed, report);
}

bool page_check_client(const struct page_memory *memory, const struct page *head, unsigned order,
                       struct report *report)
{
    uint64_t client = 0;

    for (pfn_t index = 0; index < order_pages(order) && client == 0; index++) {
        client = head[index].client;
    }
    return check_word(memory, head, client, 0, report);
}

bool page_check_tails(const struct page_memory *memory, const struct page *head, unsigned order,
                      struct report *report)
{
    struct page_state tail = {.kind = PAGE_TAIL, .head = memory_pfn(memory, head)};
    uint64_t expected = page_state_pack(tail);
    uint64_t found = expected;

    for (pfn_t index = 1; index < order_pages(order) && found == expected; index++) {
        found = world_load(&head[index].state);
    }
    return check_word(memory, head, found, expected, report);
}

/* Offset in the run of the first byte that is not poison in a poisoned page, or the run's size. */
static size_t find_damage(const unsigned char *bytes, const struct page *head, unsigned order)
{
    for (pfn_t index = 0; index < order_pages(order); index++) {
        size_t start = (size_t)index << PAGE_SHIFT;
        size_t offset = head[index].poisoned
                            ? raw_find_other(bytes + start, PAGE_SIZE, PAGE_POISON_BYTE)
                            : PAGE_SIZE;

        if (offset < PAGE_SIZE) {
            return start + offset;
        }
    }
    return order_size(order);
}

/* Offset behind the final such byte; there is one. */
static size_t find_damage_end(const unsigned char *bytes, const struct page *head, unsigned order)
{
    size_t end = order_size(order);

    while (!head[(end - 1) >> PAGE_SHIFT].poisoned ||
           raw_load_byte(bytes + end - 1) == PAGE_POISON_BYTE) {
        end--;
    }
    return end;
}

bool page_check_poison(const struct page_memory *memory, const struct page *head, unsigned order,
                       struct report *report)
{
    const unsigned char *bytes = memory_address(memory, head);
    size_t first = find_damage(bytes, head, order);

    if (first == order_size(order)) {
        return true;
    }

    size_t damage_size = find_damage_end(bytes, head, order) - first;
    bool is_bit_error = page_poison_is_bit_error(raw_load_byte(bytes + first), damage_size);
    *report = (struct report){
        .kind = is_bit_error ? REPORT_PAGE_POISON_BIT : REPORT_PAGE_POISON,
        .page = head,
        .object = bytes,
        .damage = bytes + first,
        .damage_size = damage_size,
        .expected_byte = PAGE_POISON_BYTE,
    };
    return false;
}

/* True for a pointer to an element of the descriptor table. */
static bool owns_descriptor(const struct page_memory *memory, const struct page *page)
{
    uintptr_t offset = (uintptr_t)page - (uintptr_t)memory->pages;

    return offset < memory->page_count * sizeof *page && offset % sizeof *page == 0;
}

bool page_check_freeable(const struct page_memory *memory, const struct page *head, unsigned order,
                         enum page_kind kind, struct report *report)
{
    uint64_t expected = page_state_pack((struct page_state){.kind = kind, .order = order});
    bool is_ours = owns_descriptor(memory, head);
    uint64_t found = is_ours ? world_load(&head->state) : 0;

    if (is_ours && found == expected && page_kind_is_allocated(kind)) {
        return true;
    }
    *report = (struct report){
        .kind = REPORT_BAD_PAGE_FREE,
        .page = is_ours ? head : NULL,
        .object = is_ours ? memory_address(memory, head) : (const void *)head,
        .found = found,
        .expected = expected,
    };
    return false;
}
