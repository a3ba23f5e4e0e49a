/*
 * The story of a finding, told by running its program once more and looking on: the last steps, the
 * reports of the step that failed as they were sent, the object concerned and who had it, and the
 * heap around it. Of ops that came between each other's accesses it is told who ran when, and who
 * held which lock.
 *
 * Of a step that brought the process down the heap is shown as it was before, if others were in
 * flight, before its last access to shared memory.
 */
#ifndef FUZZ_TRIAGE_STORY_H
#define FUZZ_TRIAGE_STORY_H

#include "fuzz/triage/palette.h"
#include "fuzz/triage/trial.h"

enum { STORY_EVENTS = 10, STORY_REPORTS_SIZE = 1 << 15 };

struct interleaving;

struct story {
    const struct program *program;
    const struct trial *trial;                  /* the finding */
    const struct palette *palette;
    struct interleaving *interleaving;
    uint64_t moment_count;                      /* as in a trial */
    struct run_event events[STORY_EVENTS];      /* the last ones, in a ring */
    uint64_t event_count;
    size_t *op_of_step;                         /* op number of each step, from 1 */
    size_t next_op;
    char reports[STORY_REPORTS_SIZE];           /* and traces of the step that failed */
    size_t reports_size;
    bool is_told;
};

/*
 * Makes an observer that tells the story on stdout. All is the caller's and outlives the trial; so
 * does story, which story_release() ends. False if there is no memory.
 */
bool story_begin(struct story *story, const struct program *program, const struct trial *trial,
                 struct trial_observer *observer);
void story_release(struct story *story);

#endif
