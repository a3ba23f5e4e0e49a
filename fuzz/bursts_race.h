/*
 * Bursts in which one op is in the middle of something while others run. Private to the bursts.
 *
 * None of them is long: what matters is where an op is parked and what happens meanwhile, and both
 * are better tried often than followed by more.
 */
#ifndef FUZZ_BURSTS_RACE_H
#define FUZZ_BURSTS_RACE_H

#include "fuzz/draft.h"

/* One op is parked while another CPU does something to the same cache. */
void burst_race(struct draft *draft);

/* Two ops are parked, and go on in turn. */
void burst_race_double(struct draft *draft);

/* An op is interrupted on its own CPU. */
void burst_race_interrupt(struct draft *draft);

/* An op begins on one CPU and ends on another. */
void burst_race_migration(struct draft *draft);

/* Meanwhile what the op has read is changed, and changed back. */
void burst_race_aba(struct draft *draft);

/* Slabs are taken away from a CPU, or from a cache, that is in use; or an emptied cache goes. */
void burst_race_upkeep(struct draft *draft);

/* A CPU goes away and comes back, with something parked on it, or while others use it. */
void burst_race_hotplug(struct draft *draft);

/* A range of frames is taken while another CPU ends its isolation and allocates. */
void burst_race_range(struct draft *draft);

/* Objects are freed while somebody still reads, and the frees happen when nobody does. */
void burst_race_readers(struct draft *draft);

/* A cache is destroyed while another CPU ends frees of its objects that were put off. */
void burst_race_leftovers(struct draft *draft);

/* What one CPU wrote comes out only after another has looked. */
void burst_race_stores(struct draft *draft);

#endif
