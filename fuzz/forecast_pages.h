/* What a forecast knows of runs shared, cut to measure, or had in bulk. Private to the forecast. */
#ifndef FUZZ_FORECAST_PAGES_H
#define FUZZ_FORECAST_PAGES_H

#include "fuzz/forecast.h"

/* Whether what such an op names besides its first slot is as it needs; true for all other ops. */
bool forecast_allows_pages(const struct forecast *forecast, const struct op *op);

/* Pages that such an op asks for, as the order of the run they come from; -1: none. */
int forecast_order_wanted(const struct op *op);

/* What such an op does to its slots; nothing for all other ops. */
void forecast_pages(struct forecast *forecast, const struct op *op);

/* What kvmalloc gives where kmalloc fails, into a slot; and what kvfree does to a slot. */
void forecast_alloc_view(struct forecast *forecast, uint32_t slot, uint32_t size);
void forecast_free_kv(struct forecast *forecast, uint32_t slot);

#endif
