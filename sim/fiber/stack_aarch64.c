#include "sim/fiber/fiber_jump.h"

#include <stdint.h>

enum { SAVED_WORDS = 20, RETURN_ADDRESS_INDEX = 11 };

void *fiber_initial_stack(void *stack, size_t stack_size, void (*entry)(void *token))
{
    uintptr_t top = ((uintptr_t)stack + stack_size) & ~(uintptr_t)15;
    uintptr_t *word = (uintptr_t *)top - SAVED_WORDS;

    for (int i = 0; i < SAVED_WORDS; i++) {
        word[i] = 0;
    }
    word[RETURN_ADDRESS_INDEX] = (uintptr_t)entry;
    return word;
}
