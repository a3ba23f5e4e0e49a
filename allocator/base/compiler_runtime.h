/*
 * What the sanitizers' runtimes offer, declared here so that calls compile in every build. Where a
 * sanitizer is not compiled in its calls stand in dead code, and nothing is linked.
 */
#ifndef ALLOCATOR_BASE_COMPILER_RUNTIME_H
#define ALLOCATOR_BASE_COMPILER_RUNTIME_H

#include <stddef.h>

/* ASan: which bytes may be touched, and the shadow that says so; stacks that are switched. */
void __asan_poison_memory_region(const volatile void *first, size_t size);
void __asan_unpoison_memory_region(const volatile void *first, size_t size);
int __asan_address_is_poisoned(const volatile void *byte);
void *__asan_region_is_poisoned(void *first, size_t size);
void __asan_get_shadow_mapping(size_t *scale, size_t *offset);
void __sanitizer_start_switch_fiber(void **fake_stack, const void *stack, size_t stack_size);
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **stack_left, size_t *stack_size);

/* MSan: which bytes hold a value. */
void __msan_poison(const volatile void *first, size_t size);
void __msan_unpoison(const volatile void *first, size_t size);

/* TSan: fibers, and order that it cannot see. */
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_acquire(void *address);
void __tsan_release(void *address);

/* Valgrind, whose requests are instructions in its own header: see compiler_memcheck.c. */
void memcheck_look_away(void);
void memcheck_look_back(void);
void memcheck_hide(const void *first, size_t size);
void memcheck_show_undefined(const void *first, size_t size);
void memcheck_show_defined(const void *first, size_t size);
void memcheck_show_as_it_is(const void *first, size_t size);

#endif
