/*
 * The immediate double free: freeing what was freed last.
 *
 * Threat. An object freed twice stands on its freelist twice and is handed out to two owners.
 *
 * Mechanism. Before an object is pushed on a freelist it is compared with the head of that list.
 * Freed twice in a row, it is the head.
 *
 * What it does not stop. Any other double free: one object freed in between hides it, as does a
 * free through another list. Finding those takes a walk of the list, or a bit an object.
 *
 * Cost. One comparison with a word that the push reads anyway.
 */
#ifndef ALLOCATOR_HARDENING_DOUBLE_FREE_H
#define ALLOCATOR_HARDENING_DOUBLE_FREE_H

#include <stdbool.h>

/* True if object, which is about to be pushed, already heads the list. head is NULL if empty. */
static inline bool double_free_is_immediate(const void *object, const void *head)
{
    return object == head;
}

#endif
