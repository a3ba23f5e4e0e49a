/*
 * Memory for the moment in which the real allocator is being looked up: the lookup may itself ask
 * for memory. What is handed out is never reused.
 */
#ifndef RECORD_BOOTSTRAP_H
#define RECORD_BOOTSTRAP_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    BOOTSTRAP_SIZE = 16 * 1024,
    BOOTSTRAP_ALIGN = 16,    /* of everything handed out, bytes */
};

/* All zeros: nothing handed out. */
struct bootstrap {
    alignas(BOOTSTRAP_ALIGN) unsigned char bytes[BOOTSTRAP_SIZE];
    size_t used;
};

/* size bytes that read zero, or NULL if the arena is used up. */
void *bootstrap_alloc(struct bootstrap *bootstrap, size_t size);

/* True for pointers that bootstrap_alloc() returned. */
bool bootstrap_owns(const struct bootstrap *bootstrap, const void *pointer);

/* The size that such a pointer was asked for with. */
size_t bootstrap_size(const void *pointer);

#endif
