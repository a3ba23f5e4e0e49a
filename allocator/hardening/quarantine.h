/*
 * The quarantine: freed objects wait before they can be handed out again.
 *
 * Threat. What was freed last is handed out next. Whoever still has a pointer to it reads and
 * writes the next owner's bytes, and an attacker chooses who that is.
 *
 * Mechanism. A freed object goes to the end of a queue. Only when the queue holds more bytes than
 * its bound does the front of it, which was freed first, go back to where objects are taken from.
 * So many bytes have to be freed before an object comes back.
 *
 * What it does not stop. Use after free: it only makes that hit nobody. Whoever can free more than
 * the bound gets the object back, which is why it is no substitute for checking.
 *
 * Cost. The bound in memory, per queue; a push and mostly one pop a free; cold cache lines.
 */
#ifndef ALLOCATOR_HARDENING_QUARANTINE_H
#define ALLOCATOR_HARDENING_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A queue of objects of one size, by whatever number names them; 0 names none. */
struct quarantine {
    uint32_t first;    /* freed first: leaves next */
    uint32_t last;
    uint32_t bytes;    /* of all of them */
};

/* The queue with one object more behind the last one, which the caller links to it. */
static inline struct quarantine quarantine_with(struct quarantine queue, uint32_t object,
                                                uint32_t size)
{
    return (struct quarantine){
        .first = queue.first != 0 ? queue.first : object,
        .last = object,
        .bytes = queue.bytes + size,
    };
}

/* The queue without its first object, behind which next lies. It is not empty. */
static inline struct quarantine quarantine_without_first(struct quarantine queue, uint32_t next,
                                                         uint32_t size)
{
    return (struct quarantine){
        .first = next,
        .last = next != 0 ? queue.last : 0,
        .bytes = queue.bytes - size,
    };
}

/* The first object has to leave. */
static inline bool quarantine_is_over(struct quarantine queue, uint32_t bound)
{
    return queue.bytes > bound;
}

#endif
