/* A word of shared memory in words, for whoever tells of a run. */
#ifndef SIM_WORD_TEXT_H
#define SIM_WORD_TEXT_H

struct kmem_heap;

enum { WORD_TEXT_SIZE = 80 };

/*
 * "cpu->lock of c0 on CPU 1", "slab->state of slab 3", "page->state of frame 5", "zone->lock":
 * shared_word_name(), and of what. Returns text. heap may be NULL.
 */
const char *word_text(const struct kmem_heap *heap, const void *address,
                      char text[WORD_TEXT_SIZE]);

#endif
