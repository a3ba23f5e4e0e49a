/* The acts of kfence_cases.def. */
#ifndef TESTS_CONFORMANCE_KFENCE_CASES_H
#define TESTS_CONFORMANCE_KFENCE_CASES_H

#include "tests/conformance/kfence_cases.def"

#define X(name, sanitizer, plain) void name(void);
KFENCE_CASES(X)
KFENCE_WIPING_CASES(X)
#undef X

#endif
