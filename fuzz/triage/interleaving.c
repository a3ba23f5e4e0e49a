#include "fuzz/triage/interleaving.h"

#include <stdlib.h>

#include "allocator/cache/heap_state.h"
#include "sanitizers/view.h"
#include "sim/sim.h"

struct interleaving {
    uint64_t part_count;
    uint64_t access_count;
    size_t cut_ops[SIM_IN_FLIGHT_MAX];    /* ops that are neither over nor running */
    size_t cut_count;
    const struct world_word *swapped;     /* word of the last access if that is a CAS, or NULL */
    uint64_t swapped_bits;                /* before it */
    struct part parts[INTERLEAVING_PARTS];              /* rings */
    struct access accesses[INTERLEAVING_ACCESSES];
};

struct interleaving *interleaving_create(void)
{
    return calloc(1, sizeof(struct interleaving));
}

void interleaving_destroy(struct interleaving *interleaving)
{
    free(interleaving);
}

static struct part *last_part(struct interleaving *interleaving)
{
    uint64_t last = interleaving->part_count - 1;

    return interleaving->part_count != 0 ? &interleaving->parts[last % INTERLEAVING_PARTS] : NULL;
}

static struct access *last_access(struct interleaving *interleaving)
{
    return &interleaving->accesses[(interleaving->access_count - 1) % INTERLEAVING_ACCESSES];
}

static void set_access(struct access *access, const struct run *run,
                       const struct sim_access *made)
{
    *access = (struct access){.kind = made->kind, .address = made->address};
    if (made->address != NULL) {
        word_text(run_heap(run), made->address, access->word);
    }
}

/* What came of a CAS is seen as soon as anything else happens. */
static void settle_swap(struct interleaving *interleaving)
{
    const struct world_word *word = interleaving->swapped;

    if (word != NULL) {
        last_access(interleaving)->is_lost = view_word(word) == interleaving->swapped_bits;
        interleaving->swapped = NULL;
    }
}

/* With store buffers the word may change by a store that the CAS lets out. */
static void note_swap(struct interleaving *interleaving, const struct run *run,
                      const struct sim_access *access)
{
    if (access->kind == WORLD_CAS && !run_heap(run)->config.store_buffers) {
        interleaving->swapped = access->address;
        interleaving->swapped_bits = view_word(access->address);
    }
}

/* Position of an op among those cut, or their number. */
static size_t find_cut(const struct interleaving *interleaving, size_t op_index)
{
    size_t i = 0;

    while (i < interleaving->cut_count && interleaving->cut_ops[i] != op_index) {
        i++;
    }
    return i;
}

/* True if the op was cut before; it is not any more. */
static bool take_cut(struct interleaving *interleaving, size_t op_index)
{
    size_t i = find_cut(interleaving, op_index);

    if (i == interleaving->cut_count) {
        return false;
    }
    interleaving->cut_ops[i] = interleaving->cut_ops[--interleaving->cut_count];
    return true;
}

/* Fills in why a part came to its end before its op did. */
static void note_standstill(struct interleaving *interleaving, struct part *part,
                            const struct run *run)
{
    struct sim_in_flight list[SIM_IN_FLIGHT_MAX];
    size_t count = sim_list_in_flight(run_sim(run), list);
    size_t i = 0;

    while (i < count && list[i].step != part->step) {
        i++;
    }
    if (i == count) {
        return;
    }

    const struct sim_access *next = &list[i].next;
    const struct access *last = last_access(interleaving);
    bool is_behind = next->kind == WORLD_UNLOCK && last->kind == WORLD_UNLOCK &&
                     next->address == last->address;

    part->end = list[i].waits_for != NULL ? PART_WAITS : is_behind ? PART_UNLOCKED : PART_PARKED;
    set_access(&part->next, run, next);
}

/* Whatever happens is another op's: the part that runs, if one does, is over. */
static const struct part *cut(struct interleaving *interleaving, const struct run *run,
                              size_t op_index)
{
    struct part *part = last_part(interleaving);

    settle_swap(interleaving);
    if (part == NULL || part->end != PART_RUNS || part->op_index == op_index) {
        return NULL;
    }
    part->end = PART_PARKED;
    part->is_shared = true;
    note_standstill(interleaving, part, run);
    if (interleaving->cut_count < SIM_IN_FLIGHT_MAX) {
        interleaving->cut_ops[interleaving->cut_count++] = part->op_index;
    }
    return part;
}

/* Fills in what the part runs as, and beside. */
static void note_company(struct part *part, const struct sim *sim)
{
    struct sim_in_flight list[SIM_IN_FLIGHT_MAX];
    size_t count = sim_list_in_flight(sim, list);

    for (size_t i = 0; i < count; i++) {
        if (list[i].runs) {
            part->context = list[i].context;
        } else {
            part->parked_cpus |= 1u << list[i].cpu;
        }
    }
}

/* The part that an op is at: the one that runs, or a new one. */
static struct part *part_of(struct interleaving *interleaving, const struct run *run,
                            size_t op_index)
{
    const struct part *last = last_part(interleaving);

    if (last == NULL || last->end != PART_RUNS) {
        bool is_first = !take_cut(interleaving, op_index);
        uint64_t number = interleaving->part_count++;

        interleaving->parts[number % INTERLEAVING_PARTS] = (struct part){
            .op_index = op_index,
            .cpu = sim_cpu(run_sim(run)),
            .is_first = is_first,
            .is_shared = interleaving->cut_count != 0 || !is_first,
            .access_first = interleaving->access_count,
            .step = sim_step(run_sim(run)),
        };
        note_company(last_part(interleaving), run_sim(run));
    }
    return last_part(interleaving);
}

const struct part *interleaving_access(struct interleaving *interleaving, const struct run *run,
                                       size_t op_index, const struct sim_access *access)
{
    const struct part *before = cut(interleaving, run, op_index);
    struct part *part = part_of(interleaving, run, op_index);

    part->access_count++;
    interleaving->access_count++;
    set_access(last_access(interleaving), run, access);
    note_swap(interleaving, run, access);
    return before;
}

const struct part *interleaving_event(struct interleaving *interleaving, const struct run *run,
                                      const struct run_event *event)
{
    const struct part *before = cut(interleaving, run, event->op_index);
    struct part *part = part_of(interleaving, run, event->op_index);

    part->end = PART_DONE;
    part->event = *event;
    return before;
}

void interleaving_end(struct interleaving *interleaving, const struct run *run)
{
    struct part *part = last_part(interleaving);

    settle_swap(interleaving);
    if (part != NULL && part->end == PART_RUNS) {
        struct part end = *part;

        note_standstill(interleaving, &end, run);
        if (end.end == PART_WAITS) {
            *part = end;
        }
    }
}

uint64_t interleaving_part_count(const struct interleaving *interleaving)
{
    return interleaving->part_count;
}

uint64_t interleaving_parts_lost(const struct interleaving *interleaving)
{
    uint64_t count = interleaving->part_count;

    return count > INTERLEAVING_PARTS ? count - INTERLEAVING_PARTS : 0;
}

const struct part *interleaving_part(const struct interleaving *interleaving, uint64_t number)
{
    return &interleaving->parts[number % INTERLEAVING_PARTS];
}

const struct part *interleaving_last(const struct interleaving *interleaving)
{
    uint64_t count = interleaving->part_count;

    return count != 0 ? interleaving_part(interleaving, count - 1) : NULL;
}

const struct access *interleaving_access_at(const struct interleaving *interleaving,
                                            uint64_t number)
{
    bool is_lost = interleaving->access_count - number > INTERLEAVING_ACCESSES;

    return is_lost ? NULL : &interleaving->accesses[number % INTERLEAVING_ACCESSES];
}
