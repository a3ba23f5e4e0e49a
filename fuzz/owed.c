#include "fuzz/owed.h"

#include "allocator/cache/freelist.h"
#include "sanitizers/peek.h"

void owed_begin(struct owed *owed, struct model *model)
{
    owed->model = model;
    owed->debt_count = 0;
    owed->report_count = 0;
    owed->surprise = REPORT_KIND_COUNT;
    owed_begin_step(owed);
}

void owed_begin_step(struct owed *owed)
{
    owed->now_count = 0;
    owed->validated = NULL;
    owed->kmalloc_is_validated = false;
    owed->destroyed = NULL;
    owed->named_count = 0;
    owed->cut_slab = NULL;
    owed->kept_count = 0;
}

void owed_now(struct owed *owed, enum report_kind kind, const void *object)
{
    owed->now[owed->now_count++] = (struct owed_report){kind, object};
}

static bool is_of_pool(const struct misuse_row *row)
{
    return (row->checks & (MISUSE_DUE_AT_GUARDED_FREE | MISUSE_DUE_AT_GUARDED_USE)) != 0;
}

static bool is_of_slab(const struct misuse_row *row)
{
    return (row->checks & MISUSE_DUE_AT_PAGE_ALLOC) == 0 && !is_of_pool(row);
}

/* One damage to a region of an object or slab, so that each report is about one byte. */
bool owed_can_owe(const struct owed *owed, const struct misuse_row *row, const void *object,
                  const void *byte)
{
    const struct slab *slab = is_of_slab(row) ? peek_slab(owed->model->heap, byte) : NULL;

    for (uint32_t i = 0; i < owed->debt_count; i++) {
        const struct debt *debt = &owed->debts[i];
        bool is_same_region = debt->row == row && debt->object == object &&
                              (is_of_pool(row) || (slab != NULL && debt->slab == slab));

        if (debt->byte == byte || is_same_region) {
            return false;
        }
    }
    return owed->debt_count < OWED_DEBT_MAX;
}

void owed_later(struct owed *owed, const struct misuse_row *row, void *object, void *byte,
                unsigned char xor)
{
    struct debt *debt = &owed->debts[owed->debt_count++];

    *debt = (struct debt){
        .row = row,
        .byte = byte,
        .original = raw_load_byte(byte),
        .object = object,
    };
    debt->damaged = debt->original ^ xor;
    if (is_of_slab(row)) {
        debt->slab = peek_slab(owed->model->heap, byte);
        debt->is_checked = (debt->slab->cache->flags & SLAB_CONSISTENCY_CHECKS) != 0;
        debt->cache_id = debt->slab->cache->id;
        debt->ordinal = debt->slab->ordinal;
        debt->slab_state = view_slab(debt->slab);
        debt->was_live = object != NULL && model_is_owned(owed->model, object);
    }
    if (is_of_pool(row)) {
        debt->guarded = peek_guarded(owed->model->heap, byte);
        debt->ordinal = debt->guarded->use_count;
    }
    raw_store_byte(byte, debt->damaged);
}

static bool is_bad_link(const struct debt *debt)
{
    return debt->row->act == OP_FREE_POINTER;
}

bool owed_has_bad_link(const struct owed *owed, const struct slab *slab)
{
    for (uint32_t i = 0; i < owed->debt_count; i++) {
        if (is_bad_link(&owed->debts[i]) && owed->debts[i].slab == slab) {
            return true;
        }
    }
    return false;
}

bool owed_can_cut_off(const struct owed *owed, const struct slab *slab)
{
    uint32_t count = OWED_DEBT_MAX + view_slab(slab).object_count;

    for (uint32_t i = 0; i < owed->debt_count; i++) {
        if (is_bad_link(&owed->debts[i])) {
            count += view_slab(owed->debts[i].slab).object_count;
        }
    }
    return model_can_isolate(owed->model, count);
}

static void drop_debt(struct owed *owed, uint32_t index)
{
    owed->debts[index] = owed->debts[--owed->debt_count];
}

void owed_forgive_slack(struct owed *owed, const void *object)
{
    for (uint32_t i = owed->debt_count; i > 0; i--) {
        const struct debt *debt = &owed->debts[i - 1];

        if (debt->object == object && debt->row->kind == REPORT_KMALLOC_REDZONE) {
            drop_debt(owed, i - 1);
        }
    }
}

static bool surprise(struct owed *owed, enum model_rule rule, enum report_kind kind,
                     const void *subject)
{
    if (owed->model->violation == MODEL_RULE_COUNT) {
        owed->surprise = kind;
    }
    return model_expect(owed->model, false, rule, subject);
}

/* The checks that a stage stands for. */
static uint32_t checks_of_stage(enum report_stage stage)
{
    static const uint32_t checks[STAGE_COUNT] = {
        [STAGE_ALLOC] =
            MISUSE_DUE_AT_ALLOC | MISUSE_DUE_AT_SLAB_USE | MISUSE_DUE_AT_GUARDED_USE,
        [STAGE_FREE] = MISUSE_DUE_AT_FREE | MISUSE_DUE_AT_SLAB_USE | MISUSE_DUE_AT_SLAB_FREE |
                       MISUSE_DUE_AT_GUARDED_FREE,
        [STAGE_VALIDATE] = MISUSE_DUE_AT_VALIDATE,
        [STAGE_DISCARD] = MISUSE_DUE_AT_DISCARD,
        [STAGE_PAGE_ALLOC] = MISUSE_DUE_AT_PAGE_ALLOC,
    };

    return checks[stage];
}

/* A walk of the freelist calls a bad link a broken chain; a look at the object does not. */
static enum report_kind kind_at_stage(const struct debt *debt, enum report_stage stage)
{
    bool is_walk = stage == STAGE_FREE || stage == STAGE_VALIDATE;

    return is_bad_link(debt) && is_walk ? REPORT_FREE_CHAIN : debt->row->kind;
}

/* The report points at the damaged byte and at nothing else. */
static bool is_exact(const struct debt *debt, const struct report *report)
{
    return is_bad_link(debt) || (report->damage == debt->byte && report->damage_size == 1 &&
                                 report->expected_byte == debt->original);
}

static bool pays(const struct debt *debt, const struct report *report)
{
    bool is_there = debt->slab != NULL ? debt->slab == report->slab : debt->guarded != NULL;

    return !debt->is_paid && is_there &&
           debt->object == report->object && kind_at_stage(debt, report->stage) == report->kind &&
           (debt->row->checks & checks_of_stage(report->stage)) != 0 && is_exact(debt, report);
}

/* The object behind the damaged link, as it was. */
static void *behind_bad_link(const struct debt *debt)
{
    raw_store_byte(debt->byte, debt->original);

    void *next = freelist_next(debt->slab->cache, debt->object);

    raw_store_byte(debt->byte, debt->damaged);
    return next;
}

/* What was listed behind a bad link is lost, and damage to it with it. */
static void note_cut(struct owed *owed, const struct debt *paid)
{
    const struct slab *slab = paid->slab;
    void *object = behind_bad_link(paid);
    uint32_t left = view_slab(slab).object_count;

    for (; left > 0 && peek_slab_has(slab, object) && !model_is_owned(owed->model, object);
         left--) {
        model_cut_off(owed->model, slab->cache, object, slab->cache->layout.object_size);
        owed->cut_slab = slab;
        object = freelist_next(slab->cache, object);
    }
    for (uint32_t i = owed->debt_count; i > 0; i--) {
        const struct debt *debt = &owed->debts[i - 1];

        if (debt->slab == slab && debt->object != NULL && !debt->was_live &&
            model_is_owned(owed->model, debt->object)) {
            drop_debt(owed, i - 1);
        }
    }
}

static bool pay_slab_debt(struct owed *owed, const struct report *report)
{
    for (uint32_t i = 0; i < owed->debt_count; i++) {
        if (pays(&owed->debts[i], report)) {
            owed->debts[i].is_paid = true;
            if (report->kind == REPORT_FREE_CHAIN) {
                note_cut(owed, &owed->debts[i]);
            }
            return true;
        }
    }
    return false;
}

/* All damage to a run is one report: a bit error only if it is a single bit. */
static bool pay_page_debts(struct owed *owed, const struct report *report)
{
    uint32_t paid_count = 0;
    bool is_bit_error = false;

    for (uint32_t i = 0; i < owed->debt_count; i++) {
        struct debt *debt = &owed->debts[i];
        uintptr_t offset = (uintptr_t)debt->byte - (uintptr_t)report->damage;
        bool is_of_page = debt->slab == NULL && debt->guarded == NULL;

        if (is_of_page && !debt->is_paid && offset < report->damage_size) {
            debt->is_paid = true;
            paid_count++;
            is_bit_error = __builtin_popcount((unsigned)(debt->damaged ^ debt->original)) == 1;
        }
    }
    return paid_count != 0 &&
           (report->kind == REPORT_PAGE_POISON_BIT) == (paid_count == 1 && is_bit_error);
}

static bool pay_now(struct owed *owed, const struct report *report)
{
    for (uint32_t i = 0; i < owed->now_count; i++) {
        const struct owed_report *now = &owed->now[i];

        if (now->kind == report->kind && (now->object == NULL || now->object == report->object)) {
            owed->now[i] = owed->now[--owed->now_count];
            return true;
        }
    }
    return false;
}

/*
 * Destroying a cache names each object that somebody has; and free ones that are on no freelist as
 * far as it can see: those of isolated slabs, and those behind a bad link.
 */
static bool names_remaining(struct owed *owed, const struct report *report)
{
    if (report->kind != REPORT_OBJECTS_REMAINING || report->cache != owed->destroyed) {
        return false;
    }
    if (model_is_owned(owed->model, report->object)) {
        owed->named_count++;
        return true;
    }
    return report->slab != NULL && (view_place(report->slab) == SLAB_ON_ISOLATED ||
                                    owed_has_bad_link(owed, report->slab));
}

/* What a cut makes true later in the same step, or for good. */
static bool follows_from_cut(struct owed *owed, const struct report *report)
{
    if (report->kind == REPORT_OBJECT_COUNT && report->slab == owed->cut_slab) {
        owed->cut_slab = NULL;
        return true;
    }
    /* Who is on no freelist counts as live, but a lost object's redzones say that it is free. */
    return report->stage == STAGE_VALIDATE &&
           (report->kind == REPORT_LEFT_REDZONE || report->kind == REPORT_RIGHT_REDZONE ||
            report->kind == REPORT_KMALLOC_REDZONE) &&
           model_is_cut_off(owed->model, report->object);
}

static bool is_about_page(const struct report *report)
{
    return report->kind == REPORT_PAGE_POISON || report->kind == REPORT_PAGE_POISON_BIT;
}

void owed_on_report(void *context, const struct report *report)
{
    struct owed *owed = context;
    bool is_owed = is_about_page(report) ? pay_page_debts(owed, report)
                                         : pay_now(owed, report) || pay_slab_debt(owed, report) ||
                                               names_remaining(owed, report) ||
                                               follows_from_cut(owed, report);

    owed->report_count++;
    if (!is_owed) {
        surprise(owed, MODEL_RULE_REPORT_NOT_OWED, report->kind, report->object);
    }
    if (report->stage == STAGE_FREE && report->action == ACTION_KEEP_OBJECT &&
        owed->kept_count < OWED_KEPT_MAX) {
        owed->kept[owed->kept_count++] = report->object;
    }
}

/* Is it the same slab that was damaged? */
static bool slab_is_there(const struct owed *owed, const struct debt *debt)
{
    const struct kmem_heap *heap = owed->model->heap;
    const struct slab *slab = peek_slab(heap, slab_base(heap, debt->slab));

    return slab == debt->slab && slab->cache->id == debt->cache_id &&
           slab->ordinal == debt->ordinal;
}

/* Isolated with its last live object gone. */
static bool slab_was_retired(const struct owed *owed, const struct debt *debt)
{
    return peek_page_state(slab_page(owed->model->heap, debt->slab)).kind == PAGE_ISOLATED;
}

static bool slab_was_validated(const struct owed *owed, const struct slab *slab)
{
    enum slab_place place = view_place(slab);
    bool is_listed = place == SLAB_ON_PARTIAL || place == SLAB_ON_FULL;
    bool is_asked = slab->cache == owed->validated ||
                    (owed->kmalloc_is_validated && (slab->cache->flags & SLAB_KMALLOC) != 0);

    return is_listed && is_asked;
}

/* What a step means for a debt that it did not pay. */
enum fate { FATE_STANDS, FATE_LAPSED, FATE_MISSED };

/* Freed, or used again, and nothing was said. */
static enum fate fate_of_guarded(const struct debt *debt)
{
    enum guard_state state =
        (debt->row->checks & MISUSE_DUE_AT_GUARDED_FREE) != 0 ? GUARD_ALLOCATED : GUARD_FREED;
    bool is_as_it_was = peek_guarded_is(debt->guarded, state) &&
                        debt->guarded->use_count == debt->ordinal;

    return is_as_it_was ? FATE_STANDS : FATE_MISSED;
}

static enum fate fate_of_page(const struct owed *owed, const struct debt *debt)
{
    uint32_t circumstances = misuse_of_page(owed->model, debt->byte);

    return (circumstances & MISUSE_IF_ON_FREE_PAGE) != 0 ? FATE_STANDS : FATE_MISSED;
}

/* Allocations and frees that this slab has seen in this step. */
static bool slab_was_checked(const struct debt *debt)
{
    struct slab_state state = view_slab(debt->slab);
    uint32_t checks = debt->row->checks;
    bool was_freed_to = state.inuse_count < debt->slab_state.inuse_count;
    bool was_used =
        was_freed_to || slab_state_pack(state) != slab_state_pack(debt->slab_state);

    return ((checks & MISUSE_DUE_AT_SLAB_FREE) != 0 && was_freed_to) ||
           ((checks & MISUSE_DUE_AT_SLAB_USE) != 0 && was_used);
}

static enum fate fate_of_slab(const struct owed *owed, struct debt *debt)
{
    const struct slab *slab = debt->slab;
    bool checks = debt->is_checked;
    bool is_live = debt->object != NULL && model_is_owned(owed->model, debt->object);
    bool has_changed_hands =
        is_live != debt->was_live || (is_live && model_is_kept(owed->model, debt->object));

    if (slab_was_validated(owed, slab) || (checks && slab_was_checked(debt)) ||
        (checks && has_changed_hands)) {
        return FATE_MISSED;
    }
    if (!debt->was_live && debt->object != NULL && view_place(slab) == SLAB_ON_ISOLATED) {
        return FATE_LAPSED;
    }
    if ((debt->row->checks & MISUSE_DUE_FOR_GOOD) == 0 &&
        (has_changed_hands || raw_load_byte(debt->byte) != debt->damaged)) {
        return checks ? FATE_MISSED : FATE_LAPSED;
    }
    debt->was_live = is_live;
    debt->slab_state = view_slab(slab);
    return FATE_STANDS;
}

static enum fate fate_of(const struct owed *owed, struct debt *debt)
{
    if (debt->is_paid) {
        return FATE_LAPSED;
    }
    if (debt->guarded != NULL) {
        return fate_of_guarded(debt);
    }
    if (debt->slab == NULL) {
        return fate_of_page(owed, debt);
    }
    if (!slab_is_there(owed, debt)) {
        return debt->is_checked && !slab_was_retired(owed, debt) ? FATE_MISSED : FATE_LAPSED;
    }
    return fate_of_slab(owed, debt);
}

static bool settle_debts(struct owed *owed)
{
    for (uint32_t i = owed->debt_count; i > 0; i--) {
        struct debt *debt = &owed->debts[i - 1];
        enum fate fate = fate_of(owed, debt);

        if (fate == FATE_MISSED) {
            return surprise(owed, MODEL_RULE_REPORT_OWED, debt->row->kind, debt->byte);
        }
        if (fate == FATE_LAPSED) {
            drop_debt(owed, i - 1);
        }
    }
    return true;
}

bool owed_settle(struct owed *owed)
{
    if (owed->now_count != 0) {
        return surprise(owed, MODEL_RULE_REPORT_OWED, owed->now[0].kind, owed->now[0].object);
    }
    if (owed->cut_slab != NULL) {
        return surprise(owed, MODEL_RULE_REPORT_OWED, REPORT_OBJECT_COUNT, owed->cut_slab);
    }
    return owed->debt_count == 0 || settle_debts(owed);
}
