/* Which ops play which role in a race, and how they meet its focus. Private to race.c. */
#ifndef FUZZ_RACE_ROWS_H
#define FUZZ_RACE_ROWS_H

#include "fuzz/race.h"

enum { RACE_FEW_OBJECTS = 4 };

/* Sets slots and operands so that an op meets the focus; false if there is nothing for it. */
typedef bool race_aim(const struct race *race, struct op *op);

struct race_row {
    uint8_t code;
    uint8_t focuses;                     /* races that it takes part in, enum race_focus */
    uint8_t weights[RACE_ROLE_COUNT];
    race_aim *aim;                       /* NULL: any slots will do */
};

extern const struct race_row race_rows[];
extern const size_t race_row_count;

/* A slot for something new. */
bool race_find_room(const struct race *race, struct op *op);

static inline struct random *race_chance(const struct race *race)
{
    return &race->draft->generator->random;
}

static inline const struct forecast *race_forecast(const struct race *race)
{
    return &race->draft->generator->forecast;
}

#endif
