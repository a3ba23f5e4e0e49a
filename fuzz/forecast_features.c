#include "fuzz/forecast_features.h"

/* But for what is in flight on its own CPU, which ends before it begins, an op is the only one. */
static bool is_alone(const struct forecast *forecast)
{
    const struct forecast_schedule *schedule = &forecast->schedule;

    return schedule->flight_count ==
           (schedule->next_is_interrupt ? 0 : forecast_depth(forecast, forecast->cpu));
}

bool forecast_allows_features(const struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_CREATE:
    case OP_CREATE_ARGS:
    case OP_CREATE_USERCOPY:
        /* It would look at names and caches that others may change. */
        return !(forecast->config->name_checks || forecast->config->merging) ||
               is_alone(forecast);
    case OP_STAT_CLEAR:
    case OP_STAT_READ:
        return forecast->config->stats;
    case OP_FAILSLAB:
    case OP_FAIL_PAGES:
    case OP_FAIL_NTH:
    case OP_FAIL_BOOT:
    case OP_MARK_FAILING:
        return forecast->config->fault_injection;
    case OP_PAGE_OWNER:
        return forecast->config->page_owner;
    case OP_QUARANTINE_PURGE:
        return forecast->config->quarantine_bytes != 0;
    default:
        return true;
    }
}
