/* What must hold of any text that claims to be a trace. */
#ifndef FUZZ_TARGETS_ROUND_TRIP_H
#define FUZZ_TARGETS_ROUND_TRIP_H

#include <stddef.h>

/*
 * Reads a text of size bytes; if it is a trace, writes and reads it again, and encodes and decodes
 * it. NULL if nothing was lost, else the signature of what broke.
 */
const char *round_trip(const char *text, size_t size);

#endif
