/*
 * Circular doubly linked list with the links inside the elements.
 *
 *     head <-> first <-> ... <-> final <-> head
 *
 * An element on no list is linked to itself, or zero-filled if it never was on one. The caller
 * holds whatever lock protects the list. All O(1).
 */
#ifndef ALLOCATOR_BASE_LIST_H
#define ALLOCATOR_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_link {
    struct list_link *next;
    struct list_link *prev;
};

#define container_of(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define list_for_each(cursor, head)                                                                \
    for (struct list_link *cursor = (head)->next; cursor != (head); cursor = cursor->next)

/* The body may unlink the cursor. */
#define list_for_each_safe(cursor, following, head)                                                \
    for (struct list_link *cursor = (head)->next, *following = cursor->next; cursor != (head);     \
         cursor = following, following = cursor->next)

static inline void list_init(struct list_link *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool list_is_empty(const struct list_link *head)
{
    return head->next == head;
}

static inline bool list_is_linked(const struct list_link *link)
{
    return link->next != NULL && link->next != link;
}

static inline void list_insert_between(struct list_link *link, struct list_link *prev,
                                       struct list_link *next)
{
    link->prev = prev;
    link->next = next;
    prev->next = link;
    next->prev = link;
}

static inline void list_push_front(struct list_link *head, struct list_link *link)
{
    list_insert_between(link, head, head->next);
}

static inline void list_push_back(struct list_link *head, struct list_link *link)
{
    list_insert_between(link, head->prev, head);
}

static inline void list_remove(struct list_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* First element, or NULL if the list is empty. */
static inline struct list_link *list_first(const struct list_link *head)
{
    return list_is_empty(head) ? NULL : head->next;
}

/* Moves every element of source, in order, to the front of target; source ends empty. */
static inline void list_splice_front(struct list_link *target, struct list_link *source)
{
    if (list_is_empty(source)) {
        return;
    }

    source->next->prev = target;
    source->prev->next = target->next;
    target->next->prev = source->prev;
    target->next = source->next;
    list_init(source);
}

#endif
