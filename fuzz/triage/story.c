#include "fuzz/triage/story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocator/debug/render.h"
#include "allocator/debug/track.h"
#include "fuzz/trace.h"
#include "fuzz/triage/draw_cache.h"
#include "fuzz/triage/draw_columns.h"
#include "fuzz/triage/draw_pages.h"
#include "fuzz/triage/draw_slab.h"
#include "fuzz/triage/locate.h"
#include "sim/lock_graph.h"
#include "sim/shared_word.h"
#include "sim/sim.h"
#include "sim/word_text.h"

static const char *op_text(const struct story *story, size_t index, char text[TRACE_OP_SIZE])
{
    if (index < story->program->op_count) {
        trace_write_op(&story->program->ops[index], text, TRACE_OP_SIZE);
    } else {
        snprintf(text, TRACE_OP_SIZE, "the end: all is freed and destroyed");
    }
    return text;
}

/* "  12  alloc c0 o1   step 9, +0x2040" */
static void tell_event(const struct story *story, const struct run_event *event)
{
    char text[TRACE_OP_SIZE];

    if (event->op != NULL) {
        printf("  %5zu  %s", event->op_index + 1, op_text(story, event->op_index, text));
    } else {
        printf("    end  ");
    }
    if (event->outcome == RUN_OP_SKIPPED) {
        printf("  (skipped)");
    } else if (event->outcome == RUN_OP_STEP) {
        printf("  (step %" PRIu64, event->step);
        if (event->has_address) {
            printf(", +0x%" PRIx64, event->address);
        }
        printf(event->value != 0 ? ", %" PRId64 ")" : ")", event->value);
    }
    printf("\n");
}

/* The last events; the op that failed comes last, and may have had no time for an event. */
static void tell_steps(const struct story *story)
{
    const struct run_result *result = &story->trial->result;
    uint64_t first = story->event_count > STORY_EVENTS ? story->event_count - STORY_EVENTS : 0;
    bool is_there = result->op_index >= story->program->op_count;
    char text[TRACE_OP_SIZE];

    printf("\nlast ops:\n");
    for (uint64_t i = first; i < story->event_count; i++) {
        const struct run_event *event = &story->events[i % STORY_EVENTS];

        tell_event(story, event);
        is_there |= event->op_index == result->op_index;
    }
    if (!is_there) {
        printf("  %5zu  %s\n", result->op_index + 1, op_text(story, result->op_index, text));
    }
    printf("         ^ %s\n", result->signature);
}

/* "op 7 free o1" */
static void put_name(void *context, uint64_t step, char *text, size_t size)
{
    const struct story *story = context;
    size_t number = step <= story->program->op_count ? story->op_of_step[step] : 0;
    char op[TRACE_OP_SIZE];

    if (number == 0) {
        snprintf(text, size, "the end");
    } else {
        snprintf(text, size, "op %zu %s", number, op_text(story, number - 1, op));
    }
}

/* A rule of the simulated machine: most of them are about locks. */
static bool is_of_machine(const struct run_result *result)
{
    return strncmp(result->rule, "SIM_", 4) == 0;
}

static void tell_locks(struct story *story, const struct run *run)
{
    enum { LOCKS_SIZE = 4096 };
    const struct sim_namer namer = {story, put_name};
    char text[LOCKS_SIZE];

    if (is_of_machine(&story->trial->result) &&
        sim_describe_locks(run_sim(run), &namer, text, sizeof(text)) != 0) {
        printf("\nlocks:\n%s", text);
    }
}

static void tell_reports(const struct story *story)
{
    if (story->reports_size == 0) {
        printf("\nno reports in that step\n");
        return;
    }
    printf("\nreports of that step:\n\n%s", story->reports);
    if (story->reports_size >= sizeof(story->reports)) {
        printf("\n... and more\n");
    }
}

static void tell_act(const struct story *story, const char *act, uint64_t step)
{
    char text[TRACE_OP_SIZE];

    if (step == 0 || step > story->program->op_count || story->op_of_step[step] == 0) {
        return;
    }
    printf("  %s in step %" PRIu64 ", op %zu: %s\n", act, step, story->op_of_step[step],
           op_text(story, story->op_of_step[step] - 1, text));
}

/* What the allocator itself remembers, where the cache stores users. */
static void tell_tracks(const struct story *story, const struct location *location)
{
    const void *object = slab_object(location->slab, location->object_index);

    if (!cache_stores_users(location->cache)) {
        return;
    }
    tell_act(story, "track: allocated", track_get(location->cache, object, TRACK_ALLOC).site);
    tell_act(story, "track: freed", track_get(location->cache, object, TRACK_FREE).site);
}

static void tell_owner(const struct story *story, const struct model *model,
                       const struct location *location)
{
    const struct model_object *owner = locate_owner(model, location->address);

    if (owner == NULL) {
        printf("  no slot of the program ever had it\n");
        return;
    }
    printf("  %s slot o%u: %u bytes\n", owner->state == MODEL_LIVE ? "live in" : "last in",
           (unsigned)(owner - model->objects), owner->size);
    tell_act(story, "allocated", owner->alloc_step);
    if (owner->state != MODEL_LIVE) {
        tell_act(story, "freed", owner->free_step);
    }
}

static void tell_location(const struct story *story, const struct kmem_heap *heap,
                          const struct model *model, const struct location *location)
{
    const struct run_result *result = &story->trial->result;
    char word[WORD_TEXT_SIZE];

    if (is_of_machine(result) && shared_word_at(heap, result->subject) != WORD_OTHER) {
        printf("\nit is about %s\n", word_text(heap, result->subject, word));
        return;
    }
    printf("\nit is about the %s", location->what);
    if (location->address != NULL) {
        printf(" at +0x%zx,", (size_t)(location->address - heap->memory.arena));
    }
    if (location->has_frame) {
        printf(location->address != NULL ? " in frame %u" : " at frame %u", location->pfn);
    }
    if (location->cache != NULL) {
        printf("%s %.*s", location->has_frame ? ", of cache" : "", CACHE_NAME_SIZE,
               location->cache->name);
    }
    printf("\n");
    if (location->address != NULL) {
        tell_owner(story, model, location);
        if (location->slab != NULL) {
            tell_tracks(story, location);
        }
    }
}

/* The page layer is drawn for its own rules, and where no cache is concerned. */
static bool concerns_pages(const struct run_result *result, const struct location *location)
{
    return location->cache == NULL || strncmp(result->rule, "PAGE_", 5) == 0 ||
           strncmp(result->rule, "BUDDY_", 6) == 0 || strcmp(result->rule, "LEAK") == 0;
}

static struct location find_subject(const struct story *story, const struct kmem_heap *heap,
                                    const struct model *model)
{
    const struct run_result *result = &story->trial->result;
    struct location location = locate_pointer(heap, result->subject);

    if (location.what == NULL && result->op_index < story->program->op_count) {
        location = locate_op(heap, model, &story->program->ops[result->op_index]);
    }
    return location;
}

static void draw(const struct story *story, const struct kmem_heap *heap,
                 const struct model *model, const struct location *location)
{
    printf("\n");
    if (location->cache != NULL) {
        draw_cache(location->cache);
    }
    if (location->slab != NULL) {
        draw_slab(model, location->slab,
                  location->address != NULL ? location->object_index : UINT32_MAX, story->palette);
    }
    if (concerns_pages(&story->trial->result, location)) {
        draw_pages(heap, location->has_frame ? location->pfn : UINT64_MAX, story->palette);
    } else {
        draw_free_lists(heap);
    }
}

/* What is certain goes out first: drawing a broken heap may come to grief. */
static void tell(struct story *story, const struct run *run)
{
    const struct kmem_heap *heap = run_heap(run);

    story->is_told = true;
    if (story->trial->is_scheduled) {
        draw_columns(story->interleaving, story->program, story->trial->result.signature,
                     story->palette);
    } else {
        tell_steps(story);
    }
    if (story->trial->is_complete) {
        tell_locks(story, run);
        tell_reports(story);
    }
    fflush(stdout);
    if (heap == NULL) {
        printf("\nthere is no heap\n");
        return;
    }

    const struct model *model = run_model(run);
    struct location location = find_subject(story, heap, model);

    if (!story->trial->is_complete) {
        printf("\nwhat follows is the heap as it was before that %s\n",
               story->trial->is_scheduled ? "access" : "step");
    }
    if (location.what != NULL) {
        tell_location(story, heap, model, &location);
    }
    fflush(stdout);
    draw(story, heap, model, &location);
    fflush(stdout);
}

/* For a finding that will not return: the op before it, or the last access, is the last chance. */
static bool is_last_chance(const struct story *story)
{
    const struct trial *trial = story->trial;
    bool is_next = trial->is_scheduled ? story->moment_count == trial->moment_count
                                       : story->next_op == trial->result.op_index;

    return !trial->is_complete && !story->is_told && is_next;
}

static void note_step(struct story *story, uint64_t step, size_t op_index)
{
    if (step != 0 && step <= story->program->op_count && op_index < story->program->op_count) {
        story->op_of_step[step] = op_index + 1;
    }
}

/* The very first op failed: there is no event before it. */
static void on_begin(void *context, struct run *run)
{
    struct story *story = context;

    if (is_last_chance(story)) {
        tell(story, run);
    }
}

static void on_event(void *context, const struct run *run, const struct run_event *event)
{
    struct story *story = context;

    story->events[story->event_count++ % STORY_EVENTS] = *event;
    story->moment_count++;
    interleaving_event(story->interleaving, run, event);
    if (event->op != NULL) {
        story->next_op = event->op_index + 1;
        note_step(story, event->step, event->op_index);
    }
    if (is_last_chance(story)) {
        tell(story, run);
    }
}

static void on_access(void *context, const struct run *run, size_t op_index,
                      const struct sim_access *access)
{
    struct story *story = context;

    story->moment_count++;
    note_step(story, sim_step(run_sim(run)), op_index);
    interleaving_access(story->interleaving, run, op_index, access);
    if (is_last_chance(story)) {
        tell(story, run);
    }
}

/* Where text of the step that fails goes, and how much fits; NULL: nothing of this step is kept. */
static char *room_for_text(struct story *story, const struct run *run, size_t *size)
{
    *size = sizeof(story->reports) - story->reports_size;
    return sim_step(run_sim(run)) == story->trial->result.step && *size > 0
               ? story->reports + story->reports_size
               : NULL;
}

static void keep_text(struct story *story, const char *text, size_t size)
{
    story->reports_size += size;
    if (story->is_told) {
        printf("\nreported in that step:\n\n%s", text);
        fflush(stdout);
    }
}

static void on_report(void *context, const struct run *run, const struct report *report)
{
    struct story *story = context;
    size_t size;
    char *text = room_for_text(story, run, &size);

    if (text != NULL) {
        keep_text(story, text, render_report(run_heap(run), report, text, size));
    }
}

static void on_trace(void *context, const struct run *run, const struct object_trace *trace)
{
    struct story *story = context;
    size_t size;
    char *text = room_for_text(story, run, &size);

    if (text != NULL) {
        keep_text(story, text, render_trace(trace, text, size));
    }
}

static void on_end(void *context, const struct run *run, const struct run_result *result)
{
    struct story *story = context;

    interleaving_end(story->interleaving, run);
    if (result->verdict == RUN_FAILED) {
        tell(story, run);
    } else {
        printf("\nthis time it passes: the run depends on more than the program\n");
    }
}

bool story_begin(struct story *story, const struct program *program, const struct trial *trial,
                 struct trial_observer *observer)
{
    *story = (struct story){
        .program = program,
        .trial = trial,
        .palette = palette_choose(),
        .interleaving = interleaving_create(),
        .op_of_step = calloc(program->op_count + 1, sizeof(size_t)),
    };
    *observer = (struct trial_observer){
        .context = story,
        .on_begin = on_begin,
        .on_event = on_event,
        .on_report = on_report,
        .on_trace = on_trace,
        .on_access = on_access,
        .on_end = on_end,
    };
    return story->op_of_step != NULL && story->interleaving != NULL;
}

void story_release(struct story *story)
{
    interleaving_destroy(story->interleaving);
    free(story->op_of_step);
}
