/* Valgrind told what users may touch and what holds a value; a part of builds for it alone. */
#include <valgrind/memcheck.h>

#include "allocator/base/compiler_runtime.h"

void memcheck_look_away(void)
{
    VALGRIND_DISABLE_ERROR_REPORTING;
}

void memcheck_look_back(void)
{
    VALGRIND_ENABLE_ERROR_REPORTING;
}

void memcheck_hide(const void *first, size_t size)
{
    (void)VALGRIND_MAKE_MEM_NOACCESS(first, size);
}

void memcheck_show_undefined(const void *first, size_t size)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(first, size);
}

void memcheck_show_defined(const void *first, size_t size)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(first, size);
}

/* What was hidden held no value. */
void memcheck_show_as_it_is(const void *first, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const unsigned char *byte = (const unsigned char *)first + i;
        unsigned char held;

        if (VALGRIND_GET_VBITS(byte, &held, 1) == 3) {
            (void)VALGRIND_MAKE_MEM_UNDEFINED(byte, 1);
        }
    }
}
