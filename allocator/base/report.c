#include "allocator/base/report.h"

static const struct {
    const char *name;
    const char *headline;
} kinds[REPORT_KIND_COUNT] = {
#define X(id, headline) {#id, headline},
    REPORT_KINDS(X)
#undef X
};

const char *report_kind_name(enum report_kind kind)
{
    return kinds[kind].name;
}

const char *report_kind_headline(enum report_kind kind)
{
    return kinds[kind].headline;
}
