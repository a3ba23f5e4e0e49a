#include "allocator/base/fault.h"

#include <limits.h>

enum { PERCENT = 100 };

/* Where the settings hold what. */
enum { PROBABILITY_SHIFT = 32, WAIT_SHIFT = 40, FILTER_SHIFT = 41, ORDER_SHIFT = 42 };

bool fault_attr_is_valid(const struct fault_attr *attr)
{
    return attr->probability <= FAULT_PROBABILITY_MAX && attr->times >= FAULT_TIMES_UNLIMITED &&
           attr->order_min <= FAULT_ORDER_MAX;
}

/* The settings come last: until then nothing new fails. */
void fault_set(struct fault *fault, const struct fault_attr *attr)
{
    world_store(&fault->settings, 0);
    world_store(&fault->space, attr->space);
    world_store(&fault->times, attr->times < 0 ? UINT64_MAX : (uint64_t)attr->times);
    world_store(&fault->turn, 0);
    world_store(&fault->settings, (uint64_t)attr->interval |
                                      (uint64_t)attr->probability << PROBABILITY_SHIFT |
                                      (uint64_t)attr->includes_wait << WAIT_SHIFT |
                                      (uint64_t)attr->is_filtered << FILTER_SHIFT |
                                      (uint64_t)attr->order_min << ORDER_SHIFT);
}

void fault_set_nth(struct fault *fault, uint64_t nth)
{
    world_store(&fault->nth, nth);
}

/* Adds to a word and returns what it was. */
static uint64_t fetch_add(struct world_word *word, uint64_t count)
{
    uint64_t old = world_load(word);

    while (!world_cas(word, &old, old + count)) {
    }
    return old;
}

/* Takes one from a word that holds something; returns what it held. */
static uint64_t take_one(struct world_word *word)
{
    uint64_t old = world_load(word);

    while (old != 0 && !world_cas(word, &old, old - 1)) {
    }
    return old;
}

/* True if the size fits into what may still pass, which it is taken from. */
static bool passes(struct fault *fault, uint64_t size)
{
    uint64_t space = world_load(&fault->space);

    while (space > size) {
        if (world_cas(&fault->space, &space, space - size)) {
            return true;
        }
    }
    return false;
}

/* One failure less to come, unless any number may. False if others had the last one meanwhile. */
static bool use_up(struct fault *fault)
{
    uint64_t times = world_load(&fault->times);

    while (times != 0 && times != UINT64_MAX && !world_cas(&fault->times, &times, times - 1)) {
    }
    return times != 0;
}

static bool is_due_by_settings(struct fault *fault, const struct platform *platform,
                               enum heap_fault kind, uint64_t size)
{
    uint64_t settings = world_load(&fault->settings);
    uint32_t interval = (uint32_t)settings;
    uint32_t probability = (uint32_t)(settings >> PROBABILITY_SHIFT & UCHAR_MAX);

    if (probability == 0 || world_load(&fault->times) == 0 || passes(fault, size) ||
        (interval > 1 && (fetch_add(&fault->turn, 1) + 1) % interval != 0)) {
        return false;
    }

    uint64_t call = fetch_add(&fault->calls, 1);

    return platform->random(platform->context, RANDOM_FAULT, kind, call) % PERCENT < probability &&
           use_up(fault);
}

bool fault_is_due(struct fault *fault, const struct platform *platform, enum heap_fault kind,
                  uint64_t size)
{
    uint64_t nth = take_one(&fault->nth);
    bool is_due = nth != 0 ? nth == 1 : is_due_by_settings(fault, platform, kind, size);

    if (is_due) {
        fetch_add(&fault->failures, 1);
    }
    return is_due;
}

/* Reads digits, and a sign before them if one may be there. False if there are none. */
static bool read_number(const char **text, bool may_be_negative, int64_t *value)
{
    const char *at = *text;
    bool is_negative = may_be_negative && *at == '-';

    at += is_negative;
    if (*at < '0' || *at > '9') {
        return false;
    }
    *value = 0;
    for (; *at >= '0' && *at <= '9' && *value <= UINT32_MAX; at++) {
        *value = *value * 10 + (*at - '0');
    }
    *value = is_negative ? -*value : *value;
    *text = at;
    return true;
}

/* Field by field: its name in a complaint, and its range. */
static const struct {
    const char *missing;
    const char *out_of_range;
    int64_t minimum;
    int64_t maximum;
} fields[] = {
    {"interval is no number", "interval is too large", 0, UINT32_MAX},
    {"probability is no number", "probability is above 100", 0, FAULT_PROBABILITY_MAX},
    {"space is no number", "space is too large", 0, UINT32_MAX},
    {"times is no number", "times is neither -1 nor a number of failures", -1, INT32_MAX},
};

enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };

const char *fault_attr_parse(const char *text, struct fault_attr *attr)
{
    int64_t values[FIELD_COUNT];

    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        bool is_last = i == FIELD_COUNT - 1;

        if (!read_number(&text, is_last, &values[i])) {
            return fields[i].missing;
        }
        if (values[i] < fields[i].minimum || values[i] > fields[i].maximum) {
            return fields[i].out_of_range;
        }
        if (*text != (is_last ? '\0' : ',')) {
            return is_last ? "something follows times" : "a comma is missing";
        }
        text++;
    }
    attr->interval = (uint32_t)values[0];
    attr->probability = (uint32_t)values[1];
    attr->space = (uint32_t)values[2];
    attr->times = (int32_t)values[3];
    return (const char *)0;
}
