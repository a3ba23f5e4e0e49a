/*
 * What the sanitizer that is compiled in (ASan, MSan or, with SLUBBED_MEMCHECK, Valgrind) is told:
 * which bytes a user may touch and which hold a value. Without a sanitizer the functions are empty
 * and cost nothing. A part of compiler.h, to be included through it.
 */
#ifndef ALLOCATOR_BASE_COMPILER_MEMORY_H
#define ALLOCATOR_BASE_COMPILER_MEMORY_H

#include "allocator/base/compiler.h"
#include "allocator/base/compiler_runtime.h"

/* Between the two Valgrind reports nothing of this thread: what UNSEEN is to the others. */
static inline UNSEEN void memory_look_away(void)
{
    if (COMPILER_MEMCHECK) {
        memcheck_look_away();
    }
}

static inline UNSEEN void memory_look_back(void)
{
    if (COMPILER_MEMCHECK) {
        memcheck_look_back();
    }
}

/* True in builds in which memory_hide() makes a touch of the bytes stop the program. */
static inline bool memory_is_guarded(void)
{
    return COMPILER_ASAN;
}

/* No user may touch the bytes from now on. first is 8-byte aligned, or lies in a shown object. */
static inline void memory_hide(const void *first, size_t size)
{
    if (COMPILER_ASAN) {
        __asan_poison_memory_region(first, size);
    }
    if (COMPILER_MSAN) {
        __msan_poison(first, size);
    }
    if (COMPILER_MEMCHECK) {
        memcheck_hide(first, size);
    }
}

/* The user may touch the bytes; they hold no value yet. first is 8-byte aligned. */
static inline void memory_show_undefined(const void *first, size_t size)
{
    if (COMPILER_ASAN) {
        __asan_unpoison_memory_region(first, size);
    }
    if (COMPILER_MSAN) {
        __msan_poison(first, size);
    }
    if (COMPILER_MEMCHECK) {
        memcheck_show_undefined(first, size);
    }
}

/* The user may touch the bytes, and reading them is fine. first as for memory_hide(). */
static inline void memory_show_defined(const void *first, size_t size)
{
    if (COMPILER_ASAN) {
        __asan_unpoison_memory_region(first, size);
    }
    if (COMPILER_MSAN) {
        __msan_unpoison(first, size);
    }
    if (COMPILER_MEMCHECK) {
        memcheck_show_defined(first, size);
    }
}

/* The user may touch the bytes; which of them hold a value stays as it was. Aligned likewise. */
static inline void memory_show_as_it_is(const void *first, size_t size)
{
    if (COMPILER_ASAN) {
        __asan_unpoison_memory_region(first, size);
    }
    if (COMPILER_MEMCHECK) {
        memcheck_show_as_it_is(first, size);
    }
}

/* True if touching the byte would stop the program. Exact under ASan only; false elsewhere. */
static inline bool memory_byte_is_hidden(const void *byte)
{
    return COMPILER_ASAN && __asan_address_is_poisoned(byte) != 0;
}

/* The first hidden byte of a range, or NULL. Exact under ASan only; NULL elsewhere. */
static inline const void *memory_first_hidden(const void *first, size_t size)
{
    return COMPILER_ASAN ? __asan_region_is_poisoned((void *)(uintptr_t)first, size) : NULL;
}

/* One byte of ASan's shadow stands for 8: 0x80 and above if all of them are hidden. */
static inline NO_SANITIZE const void *memory_find_shown(const void *first, size_t size)
{
    size_t scale;
    size_t offset;
    unsigned char shown = 0;
    size_t index = 0;

    __asan_get_shadow_mapping(&scale, &offset);

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
}

/*
 * The first 8 bytes of a range of which a user may touch any, or NULL if all of it is hidden. first
 * and size are multiples of 8. Exact under ASan only; NULL elsewhere.
 */
static inline NO_SANITIZE const void *memory_first_shown(const void *first, size_t size)
{
    return COMPILER_ASAN ? memory_find_shown(first, size) : NULL;
}

#endif
