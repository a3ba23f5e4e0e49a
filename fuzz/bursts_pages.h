/*
 * Bursts about pages: what is kept in reserve, and pages that several CPUs meet at. Private to the
 * bursts.
 */
#ifndef FUZZ_BURSTS_PAGES_H
#define FUZZ_BURSTS_PAGES_H

#include "fuzz/draft.h"

/* All but a reserve is taken by those who may not touch it; then those come whom it is for. */
void burst_reserve(struct draft *draft);

/* Holders of one run come and go at the same time. */
void burst_race_holders(struct draft *draft);

/*
 * A CPU whose pages at hand are used up asks for more while another one bars all of them; or a page
 * comes back while its pageblock is isolated, or claimed for another type.
 */
void burst_race_pages(struct draft *draft);

#endif
