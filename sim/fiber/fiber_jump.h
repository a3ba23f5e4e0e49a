/* The part of a switch that is different on each machine. */
#ifndef SIM_FIBER_FIBER_JUMP_H
#define SIM_FIBER_FIBER_JUMP_H

#include <stddef.h>

/*
 * A stack that has not run yet, such that fiber_jump() to the returned value calls entry(token) on
 * it, aligned as at any call.
 */
void *fiber_initial_stack(void *stack, size_t stack_size, void (*entry)(void *token));

/*
 * Saves the running context in *save and goes on in the one that to denotes, where the call that
 * left it returns token.
 */
void *fiber_jump(void **save, void *to, void *token);

#endif
