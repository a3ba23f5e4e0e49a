/* The acts of kasan_cases.def. */
#ifndef TESTS_CONFORMANCE_KASAN_CASES_H
#define TESTS_CONFORMANCE_KASAN_CASES_H

#include "tests/conformance/kasan_cases.def"

#define X(name, sanitizer, plain) void name(void);
KASAN_OUT_OF_BOUNDS(X)
KASAN_AFTER_FREE(X)
KASAN_MEMPOOL(X)
KASAN_QUARANTINE(X)
#undef X

#endif
