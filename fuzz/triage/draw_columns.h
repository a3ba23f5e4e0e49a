/*
 * The interleaving as columns, one for each CPU; time goes down.
 *
 *        op  CPU 0                              CPU 1
 *         7  free o1
 *              r      cpu->word of c0 on CPU 0
 *              parked before CAS cpu->word of c0 on CPU 0
 *         9  :                                  alloc c0 o2
 *            :                                    r      cpu->word of c0 on CPU 1
 *         7  goes on: free o1
 *              CAS    cpu->word of c0 on CPU 0
 */
#ifndef FUZZ_TRIAGE_DRAW_COLUMNS_H
#define FUZZ_TRIAGE_DRAW_COLUMNS_H

#include "fuzz/triage/interleaving.h"
#include "fuzz/triage/palette.h"

/*
 * Draws to stdout the last parts, which came to the finding that the signature names. Ops that ran
 * alone take a line each, the others one for each word they touched.
 */
void draw_columns(const struct interleaving *interleaving, const struct program *program,
                  const char *signature, const struct palette *palette);

#endif
