/* The acts of lkdtm_cases.def. */
#ifndef TESTS_CONFORMANCE_LKDTM_CASES_H
#define TESTS_CONFORMANCE_LKDTM_CASES_H

#include "tests/conformance/lkdtm_cases.def"

#define X(name, sanitizer, by_default, checked) void name(void);
LKDTM_CASES(X)
LKDTM_INIT_CASES(X)
#undef X

#endif
