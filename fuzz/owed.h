/*
 * The judge of reports: what is owed, what was paid, and what came unasked.
 *
 *     owed_begin_step -> owed_now, owed_later -> call -> owed_on_report ... -> owed_settle
 *
 * A debt is damage done on purpose that some later check has to report: exactly that byte, as the
 * kind that misuse.def names. Damage that the allocator wrote over in passing, where its
 * configuration asks for no check, is no debt any more. What the allocator keeps for good because
 * of a report is noted in the model.
 */
#ifndef FUZZ_OWED_H
#define FUZZ_OWED_H

#include "allocator/cache/slab.h"
#include "fuzz/misuse.h"

enum {
    OWED_DEBT_MAX = 64,       /* debts at one time; misuse beyond decodes to nothing */
    OWED_KEPT_MAX = 64,       /* objects that one step may free: a bulk, and one to spare */
    OWED_NOW_MAX = 4,         /* reports that one call may owe at once */
};

/* A report that the very call owes. */
struct owed_report {
    enum report_kind kind;
    const void *object;              /* what it is about; NULL: anything */
};

/* Damage that a check has to find. */
struct debt {
    const struct misuse_row *row;
    unsigned char *byte;             /* the damaged one; of a free pointer the first */
    unsigned char damaged;           /* what it was made to read */
    unsigned char original;          /* what it should read */
    unsigned char *object;           /* whose object; NULL: of the slab, or of a page */
    const struct slab *slab;         /* NULL: of a page, or of the guard pool */
    const struct guarded_object *guarded;    /* NULL: not of the guard pool */
    bool is_checked;                 /* its cache checks consistency */
    uint32_t cache_id;               /* of the slab, with its ordinal, to know it again */
    uint32_t ordinal;                /* or the uses of a guarded object */
    struct slab_state slab_state;    /* when last settled */
    bool was_live;                   /* the object, when last settled */
    bool is_paid;
};

struct owed {
    struct model *model;
    uint32_t debt_count;
    uint32_t report_count;                   /* of the run */
    struct debt debts[OWED_DEBT_MAX];

    /* Of this step. */
    struct owed_report now[OWED_NOW_MAX];
    uint32_t now_count;
    const struct kmem_cache *validated;      /* validated by this step, or NULL */
    bool kmalloc_is_validated;
    const struct kmem_cache *destroyed;      /* being destroyed by this step, or NULL */
    uint32_t named_count;                    /* its objects named as remaining */
    const struct slab *cut_slab;             /* whose count is owed a correction, or NULL */
    const void *kept[OWED_KEPT_MAX];
    uint32_t kept_count;

    /* The kind that was missing, or came unasked, for a model violation about reports. */
    enum report_kind surprise;
};

void owed_begin(struct owed *owed, struct model *model);
void owed_begin_step(struct owed *owed);

/* This call owes one more report of a kind, about object or, if that is NULL, about anything. */
void owed_now(struct owed *owed, enum report_kind kind, const void *object);

/* True if damage by a row may be done to this byte now: owed_later() may follow. */
bool owed_can_owe(const struct owed *owed, const struct misuse_row *row, const void *object,
                  const void *byte);

/* Changes the byte by xor, which is not 0, and owes what the row says. object: see struct debt. */
void owed_later(struct owed *owed, const struct misuse_row *row, void *object, void *byte,
                unsigned char xor);

/* True if damage to an object or slab of a cache is still to be reported. */
bool owed_concerns(const struct owed *owed, const struct kmem_cache *cache);

/* True if damage to a guarded object at this address is. */
bool owed_concerns_object(const struct owed *owed, const void *object);

/* True if a link in the slab leads nowhere. */
bool owed_has_bad_link(const struct owed *owed, const struct slab *slab);

/* True if the model can follow what cutting off any object of this slab, too, may come to. */
bool owed_can_cut_off(const struct owed *owed, const struct slab *slab);

/* A live object was resized in place: damage behind it was written over. */
void owed_forgive_slack(struct owed *owed, const void *object);

/* For sim_on_report(); context is a struct owed. */
void owed_on_report(void *context, const struct report *report);

/* True if this step reported something about a free of the object and kept it allocated. */
bool owed_was_kept(const struct owed *owed, const void *object);

/* Ends a step: what should have been reported by now? False, and a violation, if something. */
bool owed_settle(struct owed *owed);

/* For heap_check_begin(); context is a struct owed. */
bool owed_covers(void *context, const void *first, size_t size);

#endif
