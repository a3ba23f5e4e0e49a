/*
 * Fibers: several stacks in one thread, switched by hand.
 *
 * A switch saves what the calling convention says a callee keeps, and nothing else: no signal mask,
 * no system call. ASan, MSan and TSan are told of each switch. The switch itself is one function
 * per machine (switch_*.S), with ucontext as the fallback; the build chooses.
 *
 * Under TSan a switch does not order anything by default: two fibers that touch the same word
 * without a lock are a race, whatever the schedule was.
 */
#ifndef SIM_FIBER_FIBER_H
#define SIM_FIBER_FIBER_H

#include <stdbool.h>
#include <stddef.h>

struct fiber {
    void *stack_pointer;      /* of a fiber that does not run */
    void *stack;              /* lowest byte; the thread's own for the main fiber */
    size_t stack_size;
    struct fiber *left;       /* fiber that the latest switch to this one came from */
    void *asan_fake_stack;
    void *tsan_fiber;
    void (*body)(void *argument);
    void *argument;
};

/* What is known of the thread's own stack; the thread calls it before any other fiber runs. */
void fiber_init_main(struct fiber *fiber);

/*
 * Makes a fiber on the caller's stack that will call body(argument) when it is first switched to.
 * body must never return. May be called again for a fiber that does not run: whatever it was doing
 * is forgotten.
 */
void fiber_prepare(struct fiber *fiber, void *stack, size_t stack_size,
                   void (*body)(void *argument), void *argument);

/* Releases what TSan keeps of a fiber that does not run. The stack stays its owner's. */
void fiber_fini(struct fiber *fiber);

/*
 * Leaves the running fiber `from` and goes on in `to`, which never ran or left itself by this call.
 * With orders, what `from` did happens before what `to` does, in TSan's eyes too.
 */
void fiber_switch(struct fiber *from, struct fiber *to, bool orders);

#endif
