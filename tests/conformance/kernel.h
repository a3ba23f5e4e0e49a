/*
 * The kernel's part in tests re-written from the kernel's: one heap, bound to this thread, and
 * errors counted as the kernel's tests count them.
 */
#ifndef TESTS_CONFORMANCE_KERNEL_H
#define TESTS_CONFORMANCE_KERNEL_H

#include "allocator/api/linux_api.h"
#include "tests/support/test_heap.h"

/* Makes the heap and binds it; of a configuration, or of the default one with debug flags. */
void kernel_boot(struct test_heap *kernel, const struct heap_config *config);
void kernel_boot_debug(struct test_heap *kernel, slab_flags_t debug_flags);

/* Fails the test if a report was sent that nobody took. */
void kernel_halt(struct test_heap *kernel);

/*
 * slab_errors since the last call: each report is one, and what is then put right, or kept from
 * going wrong, is another. Where the kernel mends without saying so, a freelist that is cut behind
 * a sound object, there is none.
 */
unsigned kernel_slab_errors(struct test_heap *kernel);

/* Validates every cache of kmalloc. */
void kernel_validate_kmalloc(void);

/* vmalloc() of more than KMALLOC_CACHE_SIZE_MAX bytes: kvmalloc() where kmalloc fails. */
void *kernel_vmalloc(size_t size);

/* Fails unless size bytes, which may be hidden from users, all read value. */
void assert_reads(const void *first, size_t size, unsigned char value);

#endif
