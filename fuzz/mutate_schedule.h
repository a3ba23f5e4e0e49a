/*
 * Kinds of mutation that change who runs: park lines, CPU switches, interrupts. Private to the
 * mutator. A program without what a kind looks for gets a park line instead.
 */
#ifndef FUZZ_MUTATE_SCHEDULE_H
#define FUZZ_MUTATE_SCHEDULE_H

#include "fuzz/mutation.h"

/* An op is parked where none was. */
void mutate_insert_park(struct mutation *mutation);

/* A parked op is not. */
void mutate_drop_park(struct mutation *mutation);

/* An op parks a little earlier or later, or somewhere else. */
void mutate_nudge_park(struct mutation *mutation);

/* Another op near by is parked instead. */
void mutate_shift_park(struct mutation *mutation);

/* What is done around a park line is done again, and each time it parks one access later. */
void mutate_sweep_park(struct mutation *mutation);

/* An op is parked, those that follow run on another CPU, and then it goes on. */
void mutate_wrap_op(struct mutation *mutation);

/* An op runs on another CPU. */
void mutate_move_to_cpu(struct mutation *mutation);

/* What ran after a parked op, or on another CPU, interrupts it instead; and the reverse. */
void mutate_switch_to_interrupt(struct mutation *mutation);
void mutate_interrupt_to_switch(struct mutation *mutation);

/* An op does the same without a lock, or later, or the reverse; an interrupt becomes an NMI. */
void mutate_change_flavour(struct mutation *mutation);

/* A parked op goes on on another CPU. */
void mutate_insert_migrate(struct mutation *mutation);

#endif
