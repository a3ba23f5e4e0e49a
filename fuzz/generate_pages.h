/* How operands of ops on shared, exact and bulk pages are chosen. Private to the generator. */
#ifndef FUZZ_GENERATE_PAGES_H
#define FUZZ_GENERATE_PAGES_H

#include "fuzz/generate_rows.h"

/* Somebody's run to hold; mostly small sizes at page boundaries; slots that may be entries. */
fill_function fill_get_page, fill_exact, fill_pages_bulk;

/* Pieces of a run, many small ones or a few large; one of the two caches. */
fill_function fill_frags, fill_drain_frags;

#endif
