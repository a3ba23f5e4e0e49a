#include "tests/sanitizers/access.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocator/api/kmalloc.h"
#include "allocator/api/pages.h"

/* What the sanitizer prints about an expected death would only be noise in a test's log. */
static void silence_stderr(void)
{
    int null_device = open("/dev/null", O_WRONLY);

    if (null_device >= 0) {
        dup2(null_device, STDERR_FILENO);
        close(null_device);
    }
}

static void run_in_child(const struct access *access, const struct heap_config *config)
{
    static struct test_heap fixture;

    silence_stderr();
    test_heap_init(&fixture, config);
    access->act(&fixture);
    _exit(0);
}

bool access_is_stopped(const struct access *access, const struct heap_config *config)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        run_in_child(access, config);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        abort();
    }
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void use(unsigned char *memory, size_t size)
{
    memset(memory, 0x41, size);
    if (size > 0 && memory[size - 1] != 0x41) {
        _exit(1);
    }
}

static void use_kmalloc(struct kmem_heap *heap)
{
    for (size_t size = 1; size < 20000; size += size < 300 ? 1 : 511) {
        unsigned char *object = heap_alloc(heap, size, GFP_KERNEL);

        use(object, size);
        object = heap_realloc(heap, object, size + 3, GFP_KERNEL);
        use(object, size + 3);
        object = heap_realloc(heap, object, size / 2 + 1, GFP_KERNEL);
        use(object, size / 2 + 1);
        heap_free(heap, object);
    }
}

static void use_zeroed(struct kmem_heap *heap)
{
    unsigned char *object = heap_zalloc(heap, 100, GFP_KERNEL);

    for (int i = 0; i < 100; i++) {
        if (object[i] != 0) {
            _exit(1);
        }
    }
    object = heap_realloc(heap, object, 120, GFP_KERNEL | __GFP_ZERO);
    if (object[119] != 0) {
        _exit(1);
    }
    heap_free(heap, object);
}

/* Where the size asked for is known, the bytes gained are zeroed, and they alone. */
static void use_zeroed_growth(struct kmem_heap *heap)
{
    unsigned char *object = heap_alloc(heap, 20000, GFP_KERNEL);

    object = heap_realloc(heap, object, 30000, GFP_KERNEL | __GFP_ZERO);
    if (object[20000] != 0 || object[29999] != 0) {
        _exit(1);
    }
    heap_free(heap, object);
}

void access_correctly(struct test_heap *fixture)
{
    struct kmem_cache *cache = test_heap_cache(fixture, 72, 0);
    struct page *page = heap_alloc_pages(fixture->heap, GFP_KERNEL, 1);

    use(heap_page_address(fixture->heap, page), 2 * PAGE_SIZE);
    heap_free_pages(fixture->heap, page, 1);
    for (int i = 0; i < 200; i++) {
        unsigned char *object = kmem_cache_alloc(cache, GFP_KERNEL);

        use(object, 72);
        kmem_cache_free(cache, object);
    }
    use_kmalloc(fixture->heap);
    use_zeroed(fixture->heap);
    use_zeroed_growth(fixture->heap);
    if (kmem_cache_destroy(cache) != HEAP_OK || fixture->test.report_count != 0) {
        _exit(1);
    }
}
