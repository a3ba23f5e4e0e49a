/*
 * Trials: judged runs in a process of their own, so that a program which brings the process down is
 * a finding like any other.
 *
 * The signature of such a finding is how the process ended and the op that ran: "SIGSEGV@free",
 * "use-after-poison@alloc", "HANG@shrink".
 */
#ifndef FUZZ_TRIAGE_TRIAL_H
#define FUZZ_TRIAGE_TRIAL_H

#include "fuzz/run.h"
#include "fuzz/triage/child.h"

/* Of a step, for those with time; the largest heaps are swept in a tenth of it. */
enum { TRIAL_STALL_MILLISECONDS = 1500 };

/* Made once by trial_init(), for any number of trials. */
struct trials {
    struct run *run;              /* used in children only */
    struct trial_note *note;      /* shared with them */
};

/* Who looks on. All this happens in the child; what it prints on stdout is printed. */
struct trial_observer {
    void *context;
    void (*on_begin)(void *context, struct run *run);    /* the run has not begun: it may be used */
    void (*on_event)(void *context, const struct run *run, const struct run_event *event);
    void (*on_report)(void *context, const struct run *run, const struct report *report);
    void (*on_trace)(void *context, const struct run *run, const struct object_trace *trace);

    void (*on_cache)(void *context, struct kmem_cache *cache);    /* see run_options */

    /* Of programs with a schedule; see run_options. */
    void (*on_access)(void *context, const struct run *run, size_t op_index,
                      const struct sim_access *access);
    void (*on_end)(void *context, const struct run *run, const struct run_result *result);
};

struct trial_request {
    const struct program *program;
    enum run_ops ops;
    unsigned stall_milliseconds;
    bool is_quiet;                            /* as for a child */
    bool is_thorough;                         /* as for a run; so is the next */
    bool skips_end;
    size_t op_max;                            /* ops beyond are not run; 0: all are */
    const char *progress_name;                /* of a run whose progress is told; NULL: of none */
    const struct trial_observer *observer;    /* NULL: nobody; so may be its callbacks */
};

enum trial_verdict {
    TRIAL_PASSED,
    TRIAL_FOUND,
    TRIAL_STOPPED,    /* the user wants to go */
};

struct trial {
    enum trial_verdict verdict;
    bool is_thorough;                /* the run was */
    bool is_scheduled;               /* its ops may come between each other's accesses */
    bool is_complete;                /* the run came to its end, if only by a finding */
    struct run_result result;        /* if not complete, as far as the run came; no hash then */
    char cause[CHILD_CAUSE_SIZE];    /* if not complete, what result.rule points to */
    uint64_t moment_count;           /* calls of on_event and on_access that there were */
};

/* Exits with code 3 and one line on stderr if the machine lacks memory. */
void trial_init(struct trials *trials);
void trial_fini(struct trials *trials);

/* True if ops of the program may be in flight while others run. O(ops). */
bool trial_is_scheduled(const struct trial_request *request);

/*
 * Runs a program. If it has a name for that and stderr is a terminal, a line there says how far it
 * came; the line is gone when the run is over. *trial must not be copied. Exits with code 3 if
 * there can be no process.
 */
void trial_run(const struct trials *trials, const struct trial_request *request,
               struct trial *trial);

/*
 * The same, and once more thoroughly if something is found. Whether a broken rule is seen at once
 * or steps later depends on what the run did before, so only then do two programs that break the
 * same rule by the same op have the same signature.
 */
void trial_judge(const struct trials *trials, const struct trial_request *request,
                 struct trial *trial);

/* True for a finding that is a step which did not end. */
bool trial_is_hung(const struct trial *trial);

#endif
