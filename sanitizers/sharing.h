/*
 * Slots that hold one run together: who there is, and to whom its bytes belong.
 *
 *     o1 pages ---> o5 reference ---> o2 reference ---> o1
 *
 * The bytes are those of one slot, at first of the one that allocated the run; when that one lets
 * go they pass to another, all of a compound run, of any other, or of a range of frames, the first
 * page. Slots that hold nothing but a reference have size 0.
 */
#ifndef SANITIZERS_SHARING_H
#define SANITIZERS_SHARING_H

#include "sanitizers/model.h"

/* A slot that is not live becomes one more holder of what a live one holds. */
void sharing_join(struct model *model, struct model_object *holder, uint32_t slot);

/* True if others hold it, too. */
static inline bool sharing_is_shared(const struct model_object *holder)
{
    return holder->sibling != 0;
}

/*
 * A live slot lets go: what it had of the run is another holder's, and it is released as any slot
 * is. Returns one who holds it still, or NULL. O(holders).
 */
struct model_object *sharing_leave(struct model *model, struct model_object *holder);

/*
 * Judges a run at address of which somebody still holds a slot, or of which nobody does (NULL): it
 * lives as long as that, and counts its holders. Others in flight: nothing is said.
 */
bool sharing_compare(struct model *model, const struct model_object *holder, const void *address);

#endif
