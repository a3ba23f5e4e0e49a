/*
 * What differs between compilers and sanitizers, told by constants and attributes: no other file of
 * the allocator has an #if.
 */
#ifndef ALLOCATOR_BASE_COMPILER_H
#define ALLOCATOR_BASE_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__has_feature)
#define COMPILER_HAS(feature) __has_feature(feature)
#else
#define COMPILER_HAS(feature) 0
#endif

#if COMPILER_HAS(address_sanitizer) || defined(__SANITIZE_ADDRESS__)
#define COMPILER_ASAN true
#else
#define COMPILER_ASAN false
#endif

#if COMPILER_HAS(memory_sanitizer)
#define COMPILER_MSAN true
#else
#define COMPILER_MSAN false
#endif

/* The build says so where TSan is linked but does not look at the code: in judge and scheduler. */
#if COMPILER_HAS(thread_sanitizer) || defined(__SANITIZE_THREAD__) || defined(SLUBBED_RACE_RUNTIME)
#define COMPILER_FINDS_RACES true
#else
#define COMPILER_FINDS_RACES false
#endif

/* The build says so: the program runs under Valgrind. */
#if defined(SLUBBED_MEMCHECK)
#define COMPILER_MEMCHECK true
#else
#define COMPILER_MEMCHECK false
#endif

/*
 * A function that reads or writes bytes which users may not: no sanitizer looks at it. To MSan what
 * NO_SANITIZE writes holds a value from then on; what UNSEEN writes is to a user what it was.
 * NO_INSTRUMENT is for one that TSan must not enter or leave by its own book: it starts on one
 * fiber and ends on another.
 */
#if defined(__clang__)
#define NO_SANITIZE __attribute__((no_sanitize("address", "memory", "thread", "undefined")))
#define NO_INSTRUMENT __attribute__((disable_sanitizer_instrumentation))
#else
#define NO_SANITIZE                                                                                \
    __attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#define NO_INSTRUMENT NO_SANITIZE
#endif
#define UNSEEN NO_SANITIZE NO_INSTRUMENT

/* Functions whose own frame must not hide the user's call site from a track. */
#define NO_INLINE __attribute__((noinline))
#define RETURN_ADDRESS() ((uintptr_t)__builtin_return_address(0))

/* A thread-local that only an executable has, not a shared library: one instruction away. */
#define TLS_OF_EXECUTABLE __attribute__((tls_model("local-exec")))

static inline bool compiler_likely(bool condition)
{
    return __builtin_expect(condition, 1);
}

static inline bool compiler_unlikely(bool condition)
{
    return __builtin_expect(condition, 0);
}

#include "allocator/base/compiler_memory.h"

#endif
