/*
 * The fallback for machines without a switch of their own. Twelve times slower: each swapcontext()
 * is two system calls.
 */
#include "sim/fiber/fiber_jump.h"

#include <stdint.h>
#include <ucontext.h>

/* Lies at the top of a new stack, and in the frame of the call that left a running one. */
struct saved {
    ucontext_t context;
    void *token;
    void (*entry)(void *token);
};

/* makecontext() passes ints only: a pointer comes in two halves. */
static void start(unsigned high, unsigned low)
{
    struct saved *saved = (struct saved *)((uintptr_t)high << 32 | low);

    saved->entry(saved->token);
}

void *fiber_initial_stack(void *stack, size_t stack_size, void (*entry)(void *token))
{
    uintptr_t top = ((uintptr_t)stack + stack_size - sizeof(struct saved)) & ~(uintptr_t)63;
    struct saved *saved = (struct saved *)top;

    getcontext(&saved->context);
    saved->entry = entry;
    saved->context.uc_stack.ss_sp = stack;
    saved->context.uc_stack.ss_size = (size_t)(top - (uintptr_t)stack);
    saved->context.uc_link = NULL;
    makecontext(&saved->context, (void (*)(void))start, 2, (unsigned)(top >> 32), (unsigned)top);
    return saved;
}

void *fiber_jump(void **save, void *to, void *token)
{
    struct saved here;
    struct saved *target = to;

    *save = &here;
    target->token = token;
    swapcontext(&here.context, &target->context);
    return here.token;
}
