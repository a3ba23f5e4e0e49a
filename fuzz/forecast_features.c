#include "fuzz/forecast_features.h"

bool forecast_allows_features(const struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
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
