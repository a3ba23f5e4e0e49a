/*
 * Who ran when: what ops did in turn, and the words of shared memory they touched.
 *
 *     op 7 on CPU 0   [r r | parked before CAS]                      [goes on: CAS, done]
 *     op 9 on CPU 1                              [r CAS, done]
 *                      -- a part --              -- a part --        -- a part --
 *
 * A part is what an op does on its CPU while nothing else runs. The parts are found from what the
 * callbacks of a run tell, which must all be passed on; the last ones are kept, and their accesses.
 */
#ifndef FUZZ_TRIAGE_INTERLEAVING_H
#define FUZZ_TRIAGE_INTERLEAVING_H

#include "fuzz/run.h"
#include "sim/lock_graph.h"
#include "sim/word_text.h"

enum {
    INTERLEAVING_PARTS = 256,        /* kept */
    INTERLEAVING_ACCESSES = 4096,    /* kept */
};

enum part_end {
    PART_RUNS,        /* it has no end yet */
    PART_DONE,        /* the op is over */
    PART_PARKED,      /* right before the access `next` */
    PART_WAITS,       /* for the lock of its last access, which somebody has */
    PART_UNLOCKED,    /* behind its last access, an unlock: whoever waited for that goes on */
};

struct access {
    enum world_access kind;
    const void *address;         /* NULL: it is about no word, and has no name */
    bool is_lost;                /* a CAS that changed nothing: somebody was faster */
    char word[WORD_TEXT_SIZE];
};

struct part {
    size_t op_index;
    cpu_id_t cpu;
    enum sim_context context;
    uint32_t parked_cpus;      /* bit for each that is in the middle of another op meanwhile */
    bool is_first;             /* the op begins with it */
    bool is_shared;            /* another op was in flight, or it was cut itself */
    enum part_end end;
    struct access next;        /* PART_PARKED: what it was about to do */
    struct run_event event;    /* PART_DONE */
    uint64_t access_first;     /* number since the beginning */
    uint64_t access_count;
    uint64_t step;
};

struct interleaving;

/* NULL if there is no memory. */
struct interleaving *interleaving_create(void);
void interleaving_destroy(struct interleaving *interleaving);

/*
 * The op makes an access, or has its event. Returns the part that was cut by that, if one was; what
 * happens belongs to the part interleaving_last() then. Pointers are good until the next call.
 */
const struct part *interleaving_access(struct interleaving *interleaving, const struct run *run,
                                       size_t op_index, const struct sim_access *access);
const struct part *interleaving_event(struct interleaving *interleaving, const struct run *run,
                                      const struct run_event *event);

/* The run is over, and its last part wherever it was. */
void interleaving_end(struct interleaving *interleaving, const struct run *run);

/* Parts since the beginning, and those of them that are not kept any more. */
uint64_t interleaving_part_count(const struct interleaving *interleaving);
uint64_t interleaving_parts_lost(const struct interleaving *interleaving);

/* A part that is kept; NULL for the last one of none. */
const struct part *interleaving_part(const struct interleaving *interleaving, uint64_t number);
const struct part *interleaving_last(const struct interleaving *interleaving);

/* An access by its number, or NULL if it is not kept any more. */
const struct access *interleaving_access_at(const struct interleaving *interleaving,
                                            uint64_t number);

#endif
