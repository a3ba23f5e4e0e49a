/* Colours of a terminal, or none: empty strings where nobody would see them. */
#ifndef FUZZ_TRIAGE_PALETTE_H
#define FUZZ_TRIAGE_PALETTE_H

struct palette {
    const char *bad;      /* damage */
    const char *focus;    /* what it is all about */
    const char *dim;      /* what is as it should be */
    const char *reset;
};

/* Colours if stdout is a terminal and the variable NO_COLOR is unset or empty. */
const struct palette *palette_choose(void);

#endif
