#include "tests/conformance/kernel.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "allocator/base/params.h"
#include "allocator/base/raw.h"

void kernel_boot(struct test_heap *kernel, const struct heap_config *config)
{
    test_heap_init(kernel, config);
    linux_api_bind(kernel->heap);
}

void kernel_boot_debug(struct test_heap *kernel, slab_flags_t debug_flags)
{
    struct heap_config config = heap_config_default();

    config.debug_flags = debug_flags;
    kernel_boot(kernel, &config);
}

void kernel_halt(struct test_heap *kernel)
{
    assert_int_equal(kernel->test.report_count, 0);
    linux_api_bind(NULL);
    test_heap_fini(kernel);
}

void *kernel_vmalloc(size_t size)
{
    heap_fail_page_alloc(linux_api_heap(), 1);
    return kvmalloc(size, GFP_KERNEL);
}

static unsigned errors_of(const struct report *report)
{
    switch (report->action) {
    case ACTION_RESTORE_BYTES:
    case ACTION_FIX_COUNT:
    case ACTION_KEEP_OBJECT:
    case ACTION_KEEP_CACHE:
        return 2;
    default:
        return 1;
    }
}

unsigned kernel_slab_errors(struct test_heap *kernel)
{
    unsigned errors = 0;

    assert_in_range(kernel->test.report_count, 0, TEST_REPORTS_KEPT);
    for (size_t i = 0; i < kernel->test.report_count; i++) {
        errors += errors_of(&kernel->test.reports[i]);
    }
    test_platform_clear(&kernel->test);
    return errors;
}

void kernel_validate_kmalloc(void)
{
    for (size_t size = 1; size <= KMALLOC_CACHE_SIZE_MAX;) {
        struct kmem_cache *cache = heap_kmalloc_cache(linux_api_heap(), size);

        kmem_cache_validate(cache);
        size = kmem_cache_size(cache) + 1;
    }
}

void assert_reads(const void *first, size_t size, unsigned char value)
{
    assert_int_equal(raw_find_other(first, size, value), size);
}
