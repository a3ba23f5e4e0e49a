/*
 * What the sanitizer that is compiled in (ASan, MSan or, with SLUBBED_MEMCHECK, Valgrind) is told:
 * which bytes a user may touch and which hold a value. Without a sanitizer the functions are empty
 * and cost nothing. A part of compiler.h, to be included through it.
 */
#ifndef ALLOCATOR_BASE_COMPILER_MEMORY_H
#define ALLOCATOR_BASE_COMPILER_MEMORY_H

#include "allocator/base/compiler.h"

#if defined(SLUBBED_MEMCHECK)
#include <valgrind/memcheck.h>
#endif

/* Between the two Valgrind reports nothing of this thread: what UNSEEN is to the others. */
static inline UNSEEN void memory_look_away(void)
{
#if defined(SLUBBED_MEMCHECK)
    VALGRIND_DISABLE_ERROR_REPORTING;
#endif
}

static inline UNSEEN void memory_look_back(void)
{
#if defined(SLUBBED_MEMCHECK)
    VALGRIND_ENABLE_ERROR_REPORTING;
#endif
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
    /* What was hidden held no value. */
    for (size_t i = 0; i < size; i++) {
        const unsigned char *byte = (const unsigned char *)first + i;
        unsigned char held;

        if (VALGRIND_GET_VBITS(byte, &held, 1) == 3) {
            (void)VALGRIND_MAKE_MEM_UNDEFINED(byte, 1);
        }
    }
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
