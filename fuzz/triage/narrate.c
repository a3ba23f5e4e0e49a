#include "fuzz/triage/narrate.h"

#include <inttypes.h>
#include <stdio.h>

#include "allocator/debug/render.h"
#include "fuzz/trace.h"
#include "fuzz/triage/changes.h"
#include "fuzz/triage/draw_lists.h"
#include "fuzz/triage/interleaving.h"
#include "sim/sim.h"
#include "sim/smp.h"

/* What makes this part of the op different from the whole of one: NULL if nothing does. */
static const char *find_manner(const struct part *part, size_t op_index)
{
    if (part == NULL || part->op_index != op_index) {
        return NULL;
    }
    if (!part->is_first) {
        return "goes on";
    }
    return part->context == SIM_IRQ   ? "interrupts"
           : part->context == SIM_NMI ? "as an NMI"
                                      : NULL;
}

/* The text of the op that runs, before anything else is told about it. */
static void tell_op(struct narration *narration)
{
    const struct part *part = interleaving_last(narration->interleaving);
    const char *manner = find_manner(part, narration->next_op);
    char text[TRACE_OP_SIZE] = "end";

    if (narration->op_is_told) {
        return;
    }
    narration->op_is_told = true;
    if (narration->next_op < narration->program->op_count) {
        trace_write_op(&narration->program->ops[narration->next_op], text, sizeof(text));
        printf("%4zu  %s", narration->next_op + 1, text);
    } else {
        printf("      %s", text);
    }
    if (manner != NULL) {
        printf("  (%s on CPU %u)", manner, part->cpu);
    }
    printf("\n");
}

/* Why a part of an op ended before the op did. */
static void tell_cut(const struct part *part)
{
    static const char *const names[WORLD_ACCESS_COUNT] = {
        [WORLD_LOAD] = "it loads ",         [WORLD_STORE] = "it stores ",
        [WORLD_CAS] = "the CAS of ",        [WORLD_LOCK] = "it locks ",
        [WORLD_UNLOCK] = "it unlocks ",     [WORLD_IRQS_OFF] = "interrupts are off",
        [WORLD_IRQS_ON] = "interrupts are on",
    };

    printf("    on CPU %u, accesses to shared memory: %" PRIu64 "; ", part->cpu,
           part->access_count);
    if (part->end == PART_WAITS) {
        printf("waits for %s\n", part->next.word);
    } else if (part->end == PART_UNLOCKED) {
        printf("stopped behind the unlock of %s, for which others waited\n", part->next.word);
    } else {
        printf("parked before %s%s\n", names[part->next.kind], part->next.word);
    }
}

static void tell_result(const struct run_event *event)
{
    switch (event->outcome) {
    case RUN_OP_SKIPPED:
        printf("    skipped: its slots are not in the state it needs\n");
        break;
    case RUN_OP_ACT:
        printf("    done, without a call\n");
        break;
    case RUN_OP_STEP:
        printf("    step %" PRIu64 ", returned %" PRId64, event->step, event->value);
        if (event->has_address) {
            printf(", address +0x%" PRIx64, event->address);
        }
        printf("\n");
        break;
    }
}

static void tell_changes(const struct narration *narration, const struct run *run)
{
    const struct kmem_heap *heap = run_heap(run);

    if (heap != NULL && narration->changes != NULL) {
        changes_print(narration->changes, heap, sim_journal(run_sim(run)));
    }
}

/* A run without ops leaves the heap as it is before the first one. */
static void on_begin(void *context, struct run *run)
{
    struct narration *narration = context;
    struct program nothing = {.config = narration->program->config};

    run_program(run, &nothing, &(struct run_options){.skips_end = true});
    if (run_heap(run) != NULL) {
        narration->changes = changes_create(run_heap(run));
    }
}

/* The op that ran before, if it was cut. */
static void finish_part(struct narration *narration, const struct run *run,
                        const struct part *part)
{
    if (part != NULL) {
        tell_cut(part);
        tell_changes(narration, run);
        narration->op_is_told = false;
    }
}

static void note_begun(struct narration *narration, size_t count)
{
    narration->begun_count = count > narration->begun_count ? count : narration->begun_count;
}

/* All ops are over, and the end did not free anything yet. */
static void draw_at_end(struct narration *narration, const struct run *run)
{
    bool is_last = narration->begun_count == narration->program->op_count &&
                   narration->last.op != NULL && sim_is_quiet(run_sim(run));

    if (is_last && !narration->is_drawn && run_heap(run) != NULL) {
        narration->is_drawn = true;
        printf("\nthe heap behind the last op:\n");
        draw_heap(run_heap(run));
        printf("\n");
    }
}

static void on_access(void *context, const struct run *run, size_t op_index,
                      const struct sim_access *access)
{
    struct narration *narration = context;

    finish_part(narration, run,
                interleaving_access(narration->interleaving, run, op_index, access));
    note_begun(narration, op_index + 1);
    narration->next_op = op_index;
    tell_op(narration);
}

static void on_event(void *context, const struct run *run, const struct run_event *event)
{
    struct narration *narration = context;

    finish_part(narration, run, interleaving_event(narration->interleaving, run, event));
    narration->next_op = event->op_index;
    tell_op(narration);
    tell_result(event);
    if (event->outcome == RUN_OP_STEP) {
        tell_changes(narration, run);
    }
    narration->last = *event;
    note_begun(narration, event->op != NULL ? event->op_index + 1 : event->op_index);
    draw_at_end(narration, run);
    narration->next_op = narration->begun_count;
    narration->op_is_told = false;
}

static void on_report(void *context, const struct run *run, const struct report *report)
{
    struct narration *narration = context;
    const unsigned char *arena = run_heap(run)->memory.arena;

    tell_op(narration);
    printf("    report %s at %s: %s", report_kind_name(report->kind),
           render_stage_name(report->stage), report_kind_headline(report->kind));
    if (report->object != NULL) {
        printf(", object +0x%" PRIxPTR, (uintptr_t)report->object - (uintptr_t)arena);
    }
    printf("; %s\n", render_action_name(report->action));
}

static void on_trace(void *context, const struct run *run, const struct object_trace *trace)
{
    struct narration *narration = context;
    const unsigned char *arena = run_heap(run)->memory.arena;

    tell_op(narration);
    printf("    trace %s %s, object +0x%" PRIxPTR ", %u in use in its slab\n",
           trace->cache->name, trace->is_free ? "free" : "alloc",
           (uintptr_t)trace->object - (uintptr_t)arena, trace->inuse_count);
}

/* An op that was abandoned had no event: its changes are told as far as they went. */
static void on_end(void *context, const struct run *run, const struct run_result *result)
{
    struct narration *narration = context;
    const struct part *part;

    interleaving_end(narration->interleaving, run);
    part = interleaving_last(narration->interleaving);
    if (result->verdict == RUN_FAILED) {
        if (narration->last.step != result->step) {
            tell_op(narration);
            tell_changes(narration, run);
        }
        if (part != NULL && part->end == PART_WAITS) {
            tell_cut(part);
        }
        printf("    step %" PRIu64 " fails: %s, %s\n", result->step, result->rule,
               result->statement);
    }
    changes_destroy(narration->changes);
}

bool narrate(struct narration *narration, const struct program *program,
             struct trial_observer *observer)
{
    *narration = (struct narration){.program = program, .interleaving = interleaving_create()};
    *observer = (struct trial_observer){
        .context = narration,
        .on_begin = on_begin,
        .on_event = on_event,
        .on_report = on_report,
        .on_trace = on_trace,
        .on_access = on_access,
        .on_end = on_end,
    };
    return narration->interleaving != NULL;
}

void narrate_release(struct narration *narration)
{
    interleaving_destroy(narration->interleaving);
}
