/*
 * What schedule lines of a forecast do: who is parked, and where. Private to the forecast.
 */
#ifndef FUZZ_FORECAST_SCHEDULE_H
#define FUZZ_FORECAST_SCHEDULE_H

#include "fuzz/forecast.h"

/* Whether a schedule line has an effect here; false for other ops. */
bool forecast_allows_schedule(const struct forecast *forecast, const struct op *op);

/* Follows who runs when an op is carried out; before its slots change. */
void forecast_schedule(struct forecast *forecast, const struct op *op);

/* The same for an op that decodes to nothing: it has its turn, too. */
void forecast_skip(struct forecast *forecast, const struct op *op);

#endif
