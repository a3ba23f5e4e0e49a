#include "fuzz/triage/trial.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/triage/exit_code.h"
#include "fuzz/triage/program_size.h"
#include "sim/sim.h"

static const char hang[] = "HANG";

/*
 * How far a run came. What the result points to is the same in parent and child.
 *
 * The op that runs is the one that made the last access, until anything is over: then it is the
 * next one of the program.
 */
struct trial_note {
    struct child_note child;
    volatile size_t next_op;           /* of the program: the one that runs, or will */
    volatile size_t ops_begun;
    volatile uint64_t steps_begun;
    volatile uint64_t moment_count;    /* calls of on_event and on_access */
    volatile uint64_t next_step;       /* likewise */
    volatile uint64_t step_count;
    volatile uint64_t skipped_count;
    volatile bool has_result;
    struct run_result result;
};

/* One trial, as the child sees it. */
struct work {
    const struct trials *trials;
    const struct trial_request *request;
};

static void note_begun(struct trial_note *note, size_t ops_begun, uint64_t steps_begun)
{
    note->ops_begun = ops_begun > note->ops_begun ? ops_begun : note->ops_begun;
    note->steps_begun = steps_begun > note->steps_begun ? steps_begun : note->steps_begun;
}

static void on_event(void *context, const struct run_event *event)
{
    const struct work *work = context;
    const struct trial_observer *observer = work->request->observer;
    struct trial_note *note = work->trials->note;

    note->child.beat++;
    note->moment_count++;
    note->step_count += event->op != NULL && event->outcome == RUN_OP_STEP;
    note->skipped_count += event->outcome == RUN_OP_SKIPPED;
    note_begun(note, event->op != NULL ? event->op_index + 1 : event->op_index, event->step);
    note->next_op = note->ops_begun;
    note->next_step = note->steps_begun + 1;
    if (observer != NULL && observer->on_event != NULL) {
        observer->on_event(observer->context, work->trials->run, event);
    }
}

static void on_access(void *context, size_t op_index, const struct sim_access *access)
{
    const struct work *work = context;
    const struct trial_observer *observer = work->request->observer;
    struct trial_note *note = work->trials->note;

    note->moment_count++;
    note->next_op = op_index;
    note->next_step = sim_step(run_sim(work->trials->run));
    note_begun(note, op_index + 1, note->next_step);
    if (observer != NULL && observer->on_access != NULL) {
        observer->on_access(observer->context, work->trials->run, op_index, access);
    }
}

static void on_cache(void *context, struct kmem_cache *cache)
{
    const struct work *work = context;
    const struct trial_observer *observer = work->request->observer;

    observer->on_cache(observer->context, cache);
}

static void on_report(void *context, const struct kmem_heap *heap, const struct report *report)
{
    const struct work *work = context;
    const struct trial_observer *observer = work->request->observer;

    (void)heap;
    if (observer != NULL && observer->on_report != NULL) {
        observer->on_report(observer->context, work->trials->run, report);
    }
}

static void on_trace(void *context, const struct object_trace *trace)
{
    const struct work *work = context;
    const struct trial_observer *observer = work->request->observer;

    if (observer != NULL && observer->on_trace != NULL) {
        observer->on_trace(observer->context, work->trials->run, trace);
    }
}

static void run_child(void *context)
{
    const struct work *work = context;
    const struct trial_observer *observer = work->request->observer;
    struct trial_note *note = work->trials->note;
    struct run_options options = {
        .ops = work->request->ops,
        .is_thorough = work->request->is_thorough,
        .skips_end = work->request->skips_end,
        .op_max = work->request->op_max,
        .on_cache = observer != NULL && observer->on_cache != NULL ? on_cache : NULL,
        .context = context,
        .on_event = on_event,
        .on_report = on_report,
        .on_trace = on_trace,
        .on_access = trial_is_scheduled(work->request) ? on_access : NULL,
    };

    note->next_op = 0;
    note->next_step = 1;
    note->ops_begun = 0;
    note->steps_begun = 0;
    note->moment_count = 0;
    note->step_count = 0;
    note->skipped_count = 0;
    note->has_result = false;
    if (observer != NULL && observer->on_begin != NULL) {
        observer->on_begin(observer->context, work->trials->run);
    }
    note->result = run_program(work->trials->run, work->request->program, &options);
    note->has_result = true;
    if (observer != NULL && observer->on_end != NULL) {
        observer->on_end(observer->context, work->trials->run, &note->result);
    }
}

/* In the parent. */
static void tell_progress(void *context)
{
    const struct work *work = context;

    fprintf(stderr, "\r%s: %zu of %zu ops", work->request->progress_name,
            work->trials->note->ops_begun, work->request->program->op_count);
}

static bool tells_progress(const struct trial_request *request)
{
    return request->progress_name != NULL && isatty(STDERR_FILENO) != 0;
}

/* What is known of a run that did not return. */
static void take_death(struct trial *trial, const struct trial_note *note,
                       const struct program *program, bool is_hung)
{
    struct run_result *result = &trial->result;
    bool is_end = note->next_op >= program->op_count;
    const char *op_name = is_end ? "end" : op_rows[program->ops[note->next_op].code].name;

    snprintf(trial->cause, sizeof(trial->cause), "%s", is_hung ? hang : note->child.cause);
    *result = (struct run_result){
        .verdict = RUN_FAILED,
        .rule = trial->cause,
        .statement = is_hung ? "A step ends." : "No step brings the process down.",
        .op_name = op_name,
        .op_index = note->next_op,
        .step = note->next_step,
        .step_count = note->step_count,
        .skipped_count = note->skipped_count,
    };
    snprintf(result->signature, sizeof(result->signature), "%s@%s", trial->cause, op_name);
}

void trial_init(struct trials *trials)
{
    trials->note = child_share(sizeof(*trials->note));
    if (trials->note == NULL) {
        fprintf(stderr, "no shared memory: %s\n", strerror(errno));
        exit(EXIT_BED_FAILED);
    }
    trials->run = run_create(0);
}

void trial_fini(struct trials *trials)
{
    run_destroy(trials->run);
    child_unshare(trials->note, sizeof(*trials->note));
}

bool trial_is_scheduled(const struct trial_request *request)
{
    return (request->ops == RUN_SMP || request->ops == RUN_ALL) &&
           program_measure(request->program).change_count != 0;
}

void trial_run(const struct trials *trials, const struct trial_request *request,
               struct trial *trial)
{
    struct trial_note *note = trials->note;
    struct work work = {trials, request};
    enum child_end end = child_run(&(struct child_work){
        .work = run_child,
        .context = &work,
        .note = &note->child,
        .on_wait = tells_progress(request) ? tell_progress : NULL,
        .stall_milliseconds = request->stall_milliseconds,
        .is_quiet = request->is_quiet,
    });

    if (tells_progress(request)) {
        fprintf(stderr, "\r\033[K");
    }
    if (end == CHILD_FAILED) {
        fprintf(stderr, "no process to run a program in: %s\n", strerror(errno));
        exit(EXIT_BED_FAILED);
    }
    trial->is_thorough = request->is_thorough;
    trial->is_scheduled = trial_is_scheduled(request);
    trial->moment_count = note->moment_count;
    trial->is_complete = note->has_result;
    trial->verdict = TRIAL_STOPPED;
    if (trial->is_complete) {
        trial->result = note->result;
        trial->verdict = trial->result.verdict == RUN_PASSED ? TRIAL_PASSED : TRIAL_FOUND;
    } else if (end != CHILD_STOPPED) {
        take_death(trial, note, request->program, end == CHILD_HUNG);
        trial->verdict = TRIAL_FOUND;
    }
}

bool trial_is_hung(const struct trial *trial)
{
    return !trial->is_complete && strcmp(trial->cause, hang) == 0;
}

/* Looking at all of a heap after each step of a long program takes longer than anybody waits. */
static bool is_affordable(const struct program *program)
{
    enum { FRAME_VISITS_MAX = 1 << 27 };

    return program->op_count <= FRAME_VISITS_MAX / program->config.page_count;
}

void trial_judge(const struct trials *trials, const struct trial_request *request,
                 struct trial *trial)
{
    enum { HANG_MILLISECONDS = 200 };
    struct trial_request thorough = *request;

    thorough.is_thorough = true;
    trial_run(trials, request, trial);
    if (trial->verdict != TRIAL_FOUND || !is_affordable(request->program)) {
        return;
    }
    if (trial_is_hung(trial)) {
        thorough.stall_milliseconds = HANG_MILLISECONDS;
    }
    trial_run(trials, &thorough, trial);
    if (trial->verdict == TRIAL_PASSED) {
        trial_run(trials, request, trial);
    }
}
