/* Ops of features that a heap has only if its configuration says so; private to the forecast. */
#ifndef FUZZ_FORECAST_FEATURES_H
#define FUZZ_FORECAST_FEATURES_H

#include "fuzz/forecast.h"

/* False if the op belongs to a feature that is switched off. */
bool forecast_allows_features(const struct forecast *forecast, const struct op *op);

#endif
