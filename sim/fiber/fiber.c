#include "sim/fiber/fiber.h"

#include "allocator/base/compiler_fiber.h"
#include "sim/fiber/fiber_jump.h"

/* First code on a new stack: completes the switch that got here. */
static NO_INSTRUMENT void enter(void *token)
{
    struct fiber *self = token;

    compiler_finish_switch(NULL, &self->left->stack, &self->left->stack_size);
    self->body(self->argument);
    __builtin_trap();
}

void fiber_init_main(struct fiber *fiber)
{
    *fiber = (struct fiber){.tsan_fiber = compiler_current_fiber()};
}

void fiber_prepare(struct fiber *fiber, void *stack, size_t stack_size,
                   void (*body)(void *argument), void *argument)
{
    void *tsan_fiber = fiber->tsan_fiber;

    /* What an abandoned run left poisoned on this stack is nobody's any more. */
    memory_show_defined(stack, stack_size);
    *fiber = (struct fiber){
        .stack_pointer = fiber_initial_stack(stack, stack_size, enter),
        .stack = stack,
        .stack_size = stack_size,
        .tsan_fiber = tsan_fiber != NULL ? tsan_fiber : compiler_create_fiber(),
        .body = body,
        .argument = argument,
    };
}

void fiber_fini(struct fiber *fiber)
{
    compiler_destroy_fiber(fiber->tsan_fiber);
    *fiber = (struct fiber){0};
}

NO_INSTRUMENT void fiber_switch(struct fiber *from, struct fiber *to, bool orders)
{
    to->left = from;
    compiler_start_switch(&from->asan_fake_stack, to->stack, to->stack_size);
    compiler_switch_fiber(to->tsan_fiber, orders);

    struct fiber *self = fiber_jump(&from->stack_pointer, to->stack_pointer, to);

    compiler_finish_switch(self->asan_fake_stack, &self->left->stack, &self->left->stack_size);
}
