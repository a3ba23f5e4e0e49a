/*
 * Explicit-state search: every state that the buddy layer can reach on up to 8 frames.
 *
 * From a fresh arena, every operation is tried in every state found so far until no new one turns
 * up: a run of each order is taken, each allocated run is given back, each allocated run is
 * isolated. The code searched is the real one; a state is the bytes of its descriptors and lists,
 * put back in place before each operation. Two states are the same if frames, lists and the order
 * of the lists are the same.
 *
 * In each state all rules of test_zone_find_fault() hold, and each operation is held to what
 * buddy.h promises of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/page/buddy.h"
#include "tests/support/test_zone.h"

enum {
    FRAMES = 8,
    ORDERS = 5,           /* tried: 0..4, the last one larger than any arena here */
    STATES_MAX = 1 << 17,
    TABLE_SIZE = 1 << 19,
};

/* What can be put back: everything that the buddy layer writes. */
struct snapshot {
    struct page pages[FRAMES];
    struct free_area free_areas[FREE_AREA_COUNT];
    uint32_t free_page_count;
    uint32_t type_page_counts[MIGRATE_TYPE_COUNT];
    uint32_t isolated_page_count;
};

/* What makes two states the same: no address, no link of a frame that is on no list. */
struct signature {
    uint64_t words[FRAMES];
    unsigned char lists[ORDERS][FRAMES];    /* frame + 1 in list order; 0 behind the end */
};

struct search {
    struct snapshot *snapshots;
    struct signature *signatures;
    uint32_t *table;                        /* state number + 1, by hash of its signature */
    uint32_t state_count;
    uint64_t transition_count;
};

static struct test_zone fixture;
static struct page_memory *const frames = &fixture.memory;
static struct page_zone *const zone = &fixture.memory.zones[0];
static struct search search;

static void save(struct snapshot *snapshot)
{
    memset(snapshot, 0, sizeof *snapshot);
    memcpy(snapshot->pages, frames->pages, frames->page_count * sizeof *frames->pages);
    memcpy(snapshot->free_areas, zone->free_areas, sizeof snapshot->free_areas);
    snapshot->free_page_count = zone->free_page_count;
    memcpy(snapshot->type_page_counts, zone->type_page_counts, sizeof snapshot->type_page_counts);
    snapshot->isolated_page_count = zone->isolated_page_count;
}

static void restore(const struct snapshot *snapshot)
{
    memcpy(frames->pages, snapshot->pages, frames->page_count * sizeof *frames->pages);
    memcpy(zone->free_areas, snapshot->free_areas, sizeof snapshot->free_areas);
    zone->free_page_count = snapshot->free_page_count;
    memcpy(zone->type_page_counts, snapshot->type_page_counts, sizeof snapshot->type_page_counts);
    zone->isolated_page_count = snapshot->isolated_page_count;
}

static struct signature sign(void)
{
    struct signature signature;

    memset(&signature, 0, sizeof signature);
    for (pfn_t pfn = 0; pfn < frames->page_count; pfn++) {
        signature.words[pfn] = page_state_pack(page_state(memory_page(frames, pfn)));
    }
    for (unsigned order = 0; order < ORDERS; order++) {
        unsigned place = 0;
        list_for_each (link, &zone->free_areas[order].list) {
            pfn_t pfn = memory_pfn(frames, container_of(link, struct page, link));
            signature.lists[order][place++] = (unsigned char)(pfn + 1);
        }
    }
    return signature;
}

static uint32_t hash(const struct signature *signature)
{
    const unsigned char *bytes = (const unsigned char *)signature;
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < sizeof *signature; i++) {
        value = (value ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return (uint32_t)(value >> 32 ^ value) % TABLE_SIZE;
}

/* The zone as it is now is a reachable state: checks it and keeps it if it is new. */
static void reach(void)
{
    const char *fault = test_zone_find_fault(zone);
    struct signature signature;
    uint32_t slot;

    if (fault != NULL) {
        fail_msg("%s", fault);
    }

    signature = sign();
    slot = hash(&signature);
    while (search.table[slot] != 0) {
        if (memcmp(&search.signatures[search.table[slot] - 1], &signature, sizeof signature) == 0) {
            return;
        }
        slot = (slot + 1) % TABLE_SIZE;
    }
    assert_true(search.state_count < STATES_MAX);
    search.signatures[search.state_count] = signature;
    save(&search.snapshots[search.state_count]);
    search.table[slot] = ++search.state_count;
}

/* The frame that buddy_take() must return, or FRAMES: head of the least sufficient list. */
static pfn_t expected_frame(const struct signature *signature, unsigned order)
{
    for (; order < ORDERS; order++) {
        if (signature->lists[order][0] != 0) {
            return signature->lists[order][0] - 1u;
        }
    }
    return FRAMES;
}

static void try_take(uint32_t state, unsigned order)
{
    pfn_t expected = expected_frame(&search.signatures[state], order);
    struct page *head;

    restore(&search.snapshots[state]);
    head = buddy_take(zone, order, MIGRATE_MOVABLE);
    search.transition_count++;
    if (expected == FRAMES) {
        struct signature after = sign();
        assert_null(head);
        assert_memory_equal(&after, &search.signatures[state], sizeof after);
        return;
    }
    assert_ptr_equal(head, memory_page(frames, expected));
    assert_int_equal(page_state(head).kind, PAGE_RUN);
    assert_int_equal(page_state(head).order, order);
    assert_int_equal(zone->free_page_count,
                     search.snapshots[state].free_page_count - (1u << order));
    reach();
}

static void try_give(uint32_t state, pfn_t pfn, unsigned order)
{
    restore(&search.snapshots[state]);
    buddy_give(zone, memory_page(frames, pfn));
    search.transition_count++;
    assert_int_equal(zone->free_page_count,
                     search.snapshots[state].free_page_count + (1u << order));
    reach();
}

static void try_isolate(uint32_t state, pfn_t pfn, unsigned order)
{
    restore(&search.snapshots[state]);
    buddy_isolate(zone, memory_page(frames, pfn), order);
    search.transition_count++;
    assert_int_equal(zone->free_page_count, search.snapshots[state].free_page_count);
    assert_int_equal(zone->isolated_page_count,
                     search.snapshots[state].isolated_page_count + (1u << order));
    reach();
}

static void explore(uint32_t state)
{
    for (unsigned order = 0; order < ORDERS; order++) {
        try_take(state, order);
    }
    for (pfn_t pfn = 0; pfn < frames->page_count; pfn++) {
        struct page_state frame = page_state_unpack(search.signatures[state].words[pfn]);
        if (frame.kind == PAGE_RUN) {
            try_give(state, pfn, frame.order);
            try_isolate(state, pfn, frame.order);
        }
    }
}

static void every_reachable_state_keeps_every_rule(void **state)
{
    (void)state;
    for (uint32_t page_count = 1; page_count <= FRAMES; page_count++) {
        test_zone_init(&fixture, page_count);
        search.state_count = 0;
        search.transition_count = 0;
        memset(search.table, 0, TABLE_SIZE * sizeof *search.table);

        reach();
        for (uint32_t next = 0; next < search.state_count; next++) {
            explore(next);
        }
        print_message("%u frames: %u states, %llu transitions, every rule holds\n", page_count,
                      search.state_count, (unsigned long long)search.transition_count);
        test_zone_fini(&fixture);
    }
    /* Without a count a search that stops early would pass. It follows from where buddy.h says that
       split and freed runs are put. */
    assert_int_equal(search.state_count, 35211);
}

static int allocate_tables(void **state)
{
    (void)state;
    search.snapshots = malloc(STATES_MAX * sizeof *search.snapshots);
    search.signatures = malloc(STATES_MAX * sizeof *search.signatures);
    search.table = malloc(TABLE_SIZE * sizeof *search.table);
    return search.snapshots == NULL || search.signatures == NULL || search.table == NULL;
}

static int free_tables(void **state)
{
    (void)state;
    free(search.snapshots);
    free(search.signatures);
    free(search.table);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reachable_state_keeps_every_rule),
    };

    return cmocka_run_group_tests(tests, allocate_tables, free_tables);
}
