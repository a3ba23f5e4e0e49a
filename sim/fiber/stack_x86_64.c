#include "sim/fiber/fiber_jump.h"

#include <stdint.h>

/* Default control words: all exceptions masked, double extended precision, round to nearest. */
static const uint64_t control_words = UINT64_C(0x0000037f00001f80);

enum { SAVED_REGISTERS = 6 };

void *fiber_initial_stack(void *stack, size_t stack_size, void (*entry)(void *token))
{
    uintptr_t top = ((uintptr_t)stack + stack_size) & ~(uintptr_t)15;
    uintptr_t *word = (uintptr_t *)top;

    *--word = 0;    /* a return address for entry(), which never returns: ends backtraces */
    *--word = (uintptr_t)entry;
    for (int i = 0; i < SAVED_REGISTERS; i++) {
        *--word = 0;
    }
    *--word = control_words;
    return word;
}
