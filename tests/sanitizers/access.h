/*
 * Instrumented accesses of a user, each in a process of its own: does the sanitizer stop it at the
 * instruction?
 */
#ifndef TESTS_SANITIZERS_ACCESS_H
#define TESTS_SANITIZERS_ACCESS_H

#include <stdbool.h>

#include "tests/support/test_heap.h"

struct access {
    const char *name;
    void (*act)(struct test_heap *fixture);
};

/* Runs the act on a heap of config in a child process; true if the child did not end well. */
bool access_is_stopped(const struct access *access, const struct heap_config *config);

/* A correct program: allocations, resizes and frees of every kind. Must never be stopped. */
void access_correctly(struct test_heap *fixture);

#endif
