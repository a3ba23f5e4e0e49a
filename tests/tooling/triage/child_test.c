/* Children that end in every way there is, and what their parent learns of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz/triage/child.h"

enum { STALL_MILLISECONDS = 200 };

/* The note comes first, so that one pointer does for both. */
struct shared {
    struct child_note note;
    volatile int value;
};

static struct shared *share(void)
{
    struct shared *shared = child_share(sizeof(*shared));

    assert_non_null(shared);
    return shared;
}

static enum child_end run(struct shared *shared, void (*work)(void *context))
{
    return child_run(&(struct child_work){
        .work = work,
        .context = shared,
        .note = &shared->note,
        .stall_milliseconds = STALL_MILLISECONDS,
        .is_quiet = true,
    });
}

static void note_value(void *context)
{
    ((struct shared *)context)->value = 42;
}

static void what_it_shares_is_seen(void **unused)
{
    struct shared *shared = share();

    (void)unused;
    assert_int_equal(run(shared, note_value), CHILD_DONE);
    assert_int_equal(shared->value, 42);
    assert_string_equal(shared->note.cause, "");
    child_unshare(shared, sizeof(*shared));
}

static void crash(void *context)
{
    ((struct shared *)context)->value = 1;
    raise(SIGSEGV);
}

static void give_up(void *context)
{
    (void)context;
    abort();
}

static void leave(void *context)
{
    (void)context;
    _exit(0);
}

static void death_is_told_by_its_signal(void **unused)
{
    struct shared *shared = share();

    (void)unused;
    assert_int_equal(run(shared, crash), CHILD_DIED);
    assert_string_equal(shared->note.cause, "SIGSEGV");
    assert_int_equal(shared->value, 1);
    assert_int_equal(run(shared, give_up), CHILD_DIED);
    assert_string_equal(shared->note.cause, "SIGABRT");
    child_unshare(shared, sizeof(*shared));
}

/* Work that ends the process has not returned, whatever the exit code says. */
static void exit_is_a_death(void **unused)
{
    struct shared *shared = share();

    (void)unused;
    assert_int_equal(run(shared, leave), CHILD_DIED);
    assert_string_equal(shared->note.cause, "exit");
    child_unshare(shared, sizeof(*shared));
}

static void loop(void *context)
{
    (void)context;
    for (volatile unsigned i = 0;; i++) {
    }
}

/* Longer than the stall in all, but never without a beat. */
static void work_long(void *context)
{
    struct shared *shared = context;

    for (volatile uint64_t i = 0; i < UINT64_C(1) << 29; i++) {
        if (i % 4096 == 0) {
            shared->note.beat++;
        }
    }
}

static void loop_without_a_beat_hangs(void **unused)
{
    struct shared *shared = share();

    (void)unused;
    assert_int_equal(run(shared, loop), CHILD_HUNG);
    assert_int_equal(run(shared, work_long), CHILD_DONE);
    child_unshare(shared, sizeof(*shared));
}

static void stop_parent(void *context)
{
    (void)context;
    kill(getppid(), SIGTERM);
    for (;;) {
        pause();
    }
}

/* In a process of its own, since nothing takes the wish to stop back. */
static int run_stopped(struct shared *shared)
{
    child_watch_stop();
    return child_stop_asked() || run(shared, stop_parent) != CHILD_STOPPED ||
           !child_stop_asked() || run(shared, note_value) != CHILD_STOPPED || shared->value != 0;
}

static void signal_to_the_parent_ends_the_child(void **unused)
{
    struct shared *shared = share();
    pid_t parent = fork();
    int status = -1;

    (void)unused;
    assert_true(parent >= 0);
    if (parent == 0) {
        _exit(run_stopped(shared));
    }
    assert_int_equal(waitpid(parent, &status, 0), parent);
    assert_int_equal(status, 0);
    child_unshare(shared, sizeof(*shared));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_shares_is_seen),
        cmocka_unit_test(death_is_told_by_its_signal),
        cmocka_unit_test(exit_is_a_death),
        cmocka_unit_test(loop_without_a_beat_hangs),
        cmocka_unit_test(signal_to_the_parent_ends_the_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
