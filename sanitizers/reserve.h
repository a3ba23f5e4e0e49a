/* Address space for tables that are large in theory and small in most runs. */
#ifndef SANITIZERS_RESERVE_H
#define SANITIZERS_RESERVE_H

#include <stddef.h>

/* Zero-filled memory that costs nothing until it is touched, or NULL. */
void *reserve_memory(size_t size);

/* memory may be NULL. */
void reserve_release(void *memory, size_t size);

#endif
