/*
 * What compilers and sanitizers want to know of stacks that are switched by hand, and of hand-overs
 * that they cannot see. Without a sanitizer all of it is empty.
 */
#ifndef ALLOCATOR_BASE_COMPILER_FIBER_H
#define ALLOCATOR_BASE_COMPILER_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#include "allocator/base/compiler.h"
#include "allocator/base/compiler_runtime.h"

/*
 * A switch of stacks, told to ASan: start before it, naming the stack gone to; finish after it, on
 * that stack, which learns the bounds of the one left. fake_stack is kept by the fiber that leaves.
 */
static inline void compiler_start_switch(void **fake_stack, const void *stack, size_t stack_size)
{
    if (COMPILER_ASAN) {
        __sanitizer_start_switch_fiber(fake_stack, stack, stack_size);
    }
}

static inline void compiler_finish_switch(void *fake_stack, void **stack_left, size_t *size_left)
{
    if (COMPILER_ASAN) {
        __sanitizer_finish_switch_fiber(fake_stack, (const void **)stack_left, size_left);
    }
}

/* True in builds that find races: they want each simulated CPU on a fiber of its own. */
static inline bool compiler_finds_races(void)
{
    return COMPILER_FINDS_RACES;
}

/* TSan's name for the running fiber, and for a new one; NULL without TSan. */
static inline void *compiler_current_fiber(void)
{
    return COMPILER_FINDS_RACES ? __tsan_get_current_fiber() : NULL;
}

static inline void *compiler_create_fiber(void)
{
    return COMPILER_FINDS_RACES ? __tsan_create_fiber(0) : NULL;
}

static inline void compiler_destroy_fiber(void *fiber)
{
    if (COMPILER_FINDS_RACES) {
        __tsan_destroy_fiber(fiber);
    }
}

/* TSan goes on as another fiber; with orders, what this one did happens before what that does. */
static inline void compiler_switch_fiber(void *fiber, bool orders)
{
    const unsigned no_sync = 1;

    if (COMPILER_FINDS_RACES) {
        __tsan_switch_to_fiber(fiber, orders ? 0 : no_sync);
    }
}

/* What happened before the release of an address happens before what follows its acquisition. */
static inline void compiler_release(const void *address)
{
    if (COMPILER_FINDS_RACES) {
        __tsan_release((void *)(uintptr_t)address);
    }
}

static inline void compiler_acquire(const void *address)
{
    if (COMPILER_FINDS_RACES) {
        __tsan_acquire((void *)(uintptr_t)address);
    }
}

#endif
