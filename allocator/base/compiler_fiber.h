/*
 * What compilers and sanitizers want to know of stacks that are switched by hand, and of hand-overs
 * that they cannot see. Without a sanitizer all of it is empty.
 */
#ifndef ALLOCATOR_BASE_COMPILER_FIBER_H
#define ALLOCATOR_BASE_COMPILER_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#include "allocator/base/compiler.h"

#if COMPILER_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

/* The build says so where TSan is linked but does not look at the code: in judge and scheduler. */
#if COMPILER_TSAN || defined(SLUBBED_RACE_RUNTIME)
#define COMPILER_FINDS_RACES 1
#include <sanitizer/tsan_interface.h>
#else
#define COMPILER_FINDS_RACES 0
#endif

/*
 * A function that TSan must not enter or leave by its own book: it starts on one fiber and ends on
 * another.
 */
#if defined(__clang__)
#define NO_INSTRUMENT __attribute__((disable_sanitizer_instrumentation))
#else
#define NO_INSTRUMENT NO_SANITIZE
#endif

/*
 * A switch of stacks, told to ASan: start before it, naming the stack gone to; finish after it, on
 * that stack, which learns the bounds of the one left. fake_stack is kept by the fiber that leaves.
 */
static inline void compiler_start_switch(void **fake_stack, const void *stack, size_t stack_size)
{
    (void)fake_stack;
    (void)stack;
    (void)stack_size;
#if COMPILER_ASAN
    __sanitizer_start_switch_fiber(fake_stack, stack, stack_size);
#endif
}

static inline void compiler_finish_switch(void *fake_stack, void **stack_left, size_t *size_left)
{
    (void)fake_stack;
    (void)stack_left;
    (void)size_left;
#if COMPILER_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, (const void **)stack_left, size_left);
#endif
}

/* True in builds that find races: they want each simulated CPU on a fiber of its own. */
static inline bool compiler_finds_races(void)
{
    return COMPILER_FINDS_RACES;
}

/* TSan's name for the running fiber, and for a new one; NULL without TSan. */
static inline void *compiler_current_fiber(void)
{
#if COMPILER_FINDS_RACES
    return __tsan_get_current_fiber();
#else
    return NULL;
#endif
}

static inline void *compiler_create_fiber(void)
{
#if COMPILER_FINDS_RACES
    return __tsan_create_fiber(0);
#else
    return NULL;
#endif
}

static inline void compiler_destroy_fiber(void *fiber)
{
    (void)fiber;
#if COMPILER_FINDS_RACES
    __tsan_destroy_fiber(fiber);
#endif
}

/* TSan goes on as another fiber; with orders, what this one did happens before what that does. */
static inline void compiler_switch_fiber(void *fiber, bool orders)
{
    (void)fiber;
    (void)orders;
#if COMPILER_FINDS_RACES
    __tsan_switch_to_fiber(fiber, orders ? 0 : __tsan_switch_to_fiber_no_sync);
#endif
}

/* What happened before the release of an address happens before what follows its acquisition. */
static inline void compiler_release(const void *address)
{
    (void)address;
#if COMPILER_FINDS_RACES
    __tsan_release((void *)address);
#endif
}

static inline void compiler_acquire(const void *address)
{
    (void)address;
#if COMPILER_FINDS_RACES
    __tsan_acquire((void *)address);
#endif
}

#endif
