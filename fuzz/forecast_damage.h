/* Damage that nobody noticed yet; private to the forecast. */
#ifndef FUZZ_FORECAST_DAMAGE_H
#define FUZZ_FORECAST_DAMAGE_H

#include "fuzz/forecast.h"

/* Validation mends what it finds: in the caches first to final. */
void forecast_mend(struct forecast *forecast, unsigned first, unsigned final);

/* Follows an op of the misuse class. */
void forecast_follow_misuse(struct forecast *forecast, const struct op *op);

#endif
