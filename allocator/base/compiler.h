/*
 * What differs between compilers and sanitizers. This file, compiler_memory.h, which is a part of
 * it, and compiler_fiber.h are the only ones of the allocator with an #if.
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
#define COMPILER_ASAN 1
#include <sanitizer/asan_interface.h>
#else
#define COMPILER_ASAN 0
#endif

#if COMPILER_HAS(memory_sanitizer)
#define COMPILER_MSAN 1
#include <sanitizer/msan_interface.h>
#else
#define COMPILER_MSAN 0
#endif

#if COMPILER_HAS(thread_sanitizer) || defined(__SANITIZE_THREAD__)
#define COMPILER_TSAN 1
#else
#define COMPILER_TSAN 0
#endif

/*
 * A function that reads or writes bytes which users may not: no sanitizer looks at it. To MSan what
 * NO_SANITIZE writes holds a value from then on; what UNSEEN writes is to a user what it was.
 */
#if defined(__clang__)
#define NO_SANITIZE __attribute__((no_sanitize("address", "memory", "thread", "undefined")))
#define UNSEEN NO_SANITIZE __attribute__((disable_sanitizer_instrumentation))
#else
#define NO_SANITIZE                                                                                \
    __attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#define UNSEEN NO_SANITIZE
#endif

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
