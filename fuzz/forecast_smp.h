/*
 * CPUs that come and go, and frees that wait for readers, in a forecast. Private to the forecast.
 */
#ifndef FUZZ_FORECAST_SMP_H
#define FUZZ_FORECAST_SMP_H

#include "fuzz/forecast.h"

/* The CPU that has its turn when this one is named. */
uint32_t forecast_turn(const struct forecast *forecast, uint32_t cpu);

/* Whether an op would be a step, as far as CPUs and readers go. */
bool forecast_allows_smp(const struct forecast *forecast, const struct op *op);

/* What an op does to CPUs, readers, and frees that wait for them. */
void forecast_smp(struct forecast *forecast, const struct op *op);

/* Of forecast.c: a CPU gives back its slabs of some caches. */
void forecast_flush(struct forecast *forecast, unsigned first, unsigned final, uint32_t cpu);

#endif
