#include "fuzz/triage/narrate.h"

#include <inttypes.h>
#include <stdio.h>

#include "allocator/debug/render.h"
#include "fuzz/trace.h"
#include "fuzz/triage/changes.h"
#include "sim/sim.h"

/* The text of the op that runs, before anything else is told about it. */
static void tell_op(struct narration *narration)
{
    char text[TRACE_OP_SIZE] = "end";

    if (narration->op_is_told) {
        return;
    }
    narration->op_is_told = true;
    if (narration->next_op < narration->program->op_count) {
        trace_write_op(&narration->program->ops[narration->next_op], text, sizeof(text));
        printf("%4zu  %s\n", narration->next_op + 1, text);
    } else {
        printf("      %s\n", text);
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

static void on_event(void *context, const struct run *run, const struct run_event *event)
{
    struct narration *narration = context;

    tell_op(narration);
    tell_result(event);
    if (event->outcome == RUN_OP_STEP) {
        tell_changes(narration, run);
    }
    narration->last = *event;
    narration->next_op = event->op != NULL ? event->op_index + 1 : event->op_index;
    narration->op_is_told = false;
}

static void on_report(void *context, const struct run *run, const struct report *report)
{
    struct narration *narration = context;
    const unsigned char *arena = run_heap(run)->zone.arena;

    tell_op(narration);
    printf("    report %s at %s: %s", report_kind_name(report->kind),
           render_stage_name(report->stage), report_kind_headline(report->kind));
    if (report->object != NULL) {
        printf(", object +0x%" PRIxPTR, (uintptr_t)report->object - (uintptr_t)arena);
    }
    printf("; %s\n", render_action_name(report->action));
}

/* An op that was abandoned had no event: its changes are told as far as they went. */
static void on_end(void *context, const struct run *run, const struct run_result *result)
{
    struct narration *narration = context;

    if (result->verdict == RUN_FAILED) {
        if (narration->last.step != result->step) {
            tell_op(narration);
            tell_changes(narration, run);
        }
        printf("    step %" PRIu64 " fails: %s, %s\n", result->step, result->rule,
               result->statement);
    }
    changes_destroy(narration->changes);
}

struct trial_observer narrate(struct narration *narration, const struct program *program)
{
    *narration = (struct narration){.program = program};
    return (struct trial_observer){
        .context = narration,
        .on_begin = on_begin,
        .on_event = on_event,
        .on_report = on_report,
        .on_end = on_end,
    };
}
