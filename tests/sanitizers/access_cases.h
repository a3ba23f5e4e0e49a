/* The acts of access_cases.def, and programs that do nothing wrong. */
#ifndef TESTS_SANITIZERS_ACCESS_CASES_H
#define TESTS_SANITIZERS_ACCESS_CASES_H

#include "tests/sanitizers/access_cases.def"

#define X(name, asan, msan, memcheck, what) void name(void);
ACCESS_CASES(X)
#undef X

/* Never stopped, never reported; each ends the program by itself if memory does not keep. */
#define CORRECT_CASES(X)                                                                           \
    X(use_pages)                                                                                   \
    X(use_cache)                                                                                   \
    X(use_bulk)                                                                                    \
    X(use_kmalloc)                                                                                 \
    X(use_zeroed)                                                                                  \
    X(use_zeroed_growth)                                                                           \
    X(use_deferred_free)

#define X(name) void name(void);
CORRECT_CASES(X)
#undef X

/* What a case needs: a cache that exists, and a decision that depends on a byte. */
struct kmem_cache *access_cache(unsigned size, unsigned flags);
void access_decide_on(unsigned char byte);

#endif
