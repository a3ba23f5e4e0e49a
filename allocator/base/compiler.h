/*
 * What differs between compilers and sanitizers. This file and compiler_fiber.h are the only ones
 * of the allocator with an #if.
 *
 * The memory_* functions tell the sanitizer that is compiled in (ASan, MSan or, with
 * SLUBBED_MEMCHECK, Valgrind) what the allocator knows: which bytes a user may touch and which hold
 * a value. Without a sanitizer they are empty and cost nothing.
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

#if defined(SLUBBED_MEMCHECK)
#include <valgrind/memcheck.h>
#endif

/* A function that reads or writes bytes which users may not: no sanitizer looks at it. */
#if defined(__clang__)
#define NO_SANITIZE __attribute__((no_sanitize("address", "memory", "thread", "undefined")))
#else
#define NO_SANITIZE                                                                                \
    __attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
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

/* True in builds in which memory_hide() makes a touch of the bytes stop the program. */
static inline bool memory_is_guarded(void)
{
#if COMPILER_ASAN
    return true;
#else
    return false;
#endif
}

/* No user may touch the bytes from now on. first is 8-byte aligned, or lies in a shown object. */
static inline void memory_hide(const void *first, size_t size)
{
    (void)first;
    (void)size;
#if COMPILER_ASAN
    ASAN_POISON_MEMORY_REGION(first, size);
#endif
#if COMPILER_MSAN
    __msan_poison(first, size);
#endif
#if defined(SLUBBED_MEMCHECK)
    (void)VALGRIND_MAKE_MEM_NOACCESS(first, size);
#endif
}

/* The user may touch the bytes; they hold no value yet. first is 8-byte aligned. */
static inline void memory_show_undefined(const void *first, size_t size)
{
    (void)first;
    (void)size;
#if COMPILER_ASAN
    ASAN_UNPOISON_MEMORY_REGION(first, size);
#endif
#if COMPILER_MSAN
    __msan_poison(first, size);
#endif
#if defined(SLUBBED_MEMCHECK)
    (void)VALGRIND_MAKE_MEM_UNDEFINED(first, size);
#endif
}

/* The user may touch the bytes, and reading them is fine. first as for memory_hide(). */
static inline void memory_show_defined(const void *first, size_t size)
{
    (void)first;
    (void)size;
#if COMPILER_ASAN
    ASAN_UNPOISON_MEMORY_REGION(first, size);
#endif
#if COMPILER_MSAN
    __msan_unpoison(first, size);
#endif
#if defined(SLUBBED_MEMCHECK)
    (void)VALGRIND_MAKE_MEM_DEFINED(first, size);
#endif
}

/* The user may touch the bytes; which of them hold a value stays as it was. Aligned likewise. */
static inline void memory_show_as_it_is(const void *first, size_t size)
{
    (void)first;
    (void)size;
#if COMPILER_ASAN
    ASAN_UNPOISON_MEMORY_REGION(first, size);
#endif
#if defined(SLUBBED_MEMCHECK)
    (void)VALGRIND_MAKE_MEM_DEFINED(first, size);
#endif
}

/* True if touching the byte would stop the program. Exact under ASan only; false elsewhere. */
static inline bool memory_byte_is_hidden(const void *byte)
{
    (void)byte;
#if COMPILER_ASAN
    return __asan_address_is_poisoned(byte) != 0;
#else
    return false;
#endif
}

/* The first hidden byte of a range, or NULL. Exact under ASan only; NULL elsewhere. */
static inline const void *memory_first_hidden(const void *first, size_t size)
{
    (void)first;
    (void)size;
#if COMPILER_ASAN
    return __asan_region_is_poisoned((void *)(uintptr_t)first, size);
#else
    return NULL;
#endif
}

/*
 * The first 8 bytes of a range of which a user may touch any, or NULL if all of it is hidden. first
 * and size are multiples of 8. Exact under ASan only; NULL elsewhere.
 */
static inline NO_SANITIZE const void *memory_first_shown(const void *first, size_t size)
{
    (void)first;
    (void)size;
#if COMPILER_ASAN
    size_t scale;
    size_t offset;
    unsigned char shown = 0;
    size_t index = 0;

    __asan_get_shadow_mapping(&scale, &offset);

    /* One shadow byte for 8 bytes: 0x80 and above if all of them are hidden. */
    const unsigned char *shadow = (const unsigned char *)(((uintptr_t)first >> scale) + offset);

    for (size_t i = 0; i < size / 8; i++) {
        shown |= (unsigned char)~shadow[i];
    }
    if ((shown & 0x80) == 0) {
        return NULL;
    }
    while ((shadow[index] & 0x80) != 0) {
        index++;
    }
    return (const unsigned char *)first + index * 8;
#else
    return NULL;
#endif
}

#endif
