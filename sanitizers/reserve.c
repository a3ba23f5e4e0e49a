#include "sanitizers/reserve.h"

#include <sys/mman.h>

void *reserve_memory(size_t size)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void reserve_release(void *memory, size_t size)
{
    if (memory != NULL) {
        munmap(memory, size);
    }
}
