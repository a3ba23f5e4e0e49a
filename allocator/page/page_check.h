/*
 * What is verified about a run before it is handed out or taken back.
 *
 * Each check returns true if all is well. If not, it fills *report, all but stage, action and site;
 * nothing is sent or changed. The run belongs to the caller: no lock is needed.
 */
#ifndef ALLOCATOR_PAGE_PAGE_CHECK_H
#define ALLOCATOR_PAGE_PAGE_CHECK_H

#include "allocator/page/memory.h"

/* The state word of a free run is what its list says. O(1). */
bool page_check_listed(const struct page_memory *memory, const struct page *head,
                       uint64_t word_found, uint64_t word_listed, struct report *report);

/* The client word of every frame is 0. O(2^order). */
bool page_check_client(const struct page_memory *memory, const struct page *head, unsigned order,
                       struct report *report);

/* Every frame behind the head is a tail that names it. O(2^order). */
bool page_check_tails(const struct page_memory *memory, const struct page *head, unsigned order,
                      struct report *report);

/* Every page that was poisoned still is. The report spans all damage in the run. O(bytes). */
bool page_check_poison(const struct page_memory *memory, const struct page *head, unsigned order,
                       struct report *report);

/* head is a descriptor of the memory and heads an allocated run of this kind and order. O(1). */
bool page_check_freeable(const struct page_memory *memory, const struct page *head, unsigned order,
                         enum page_kind kind, struct report *report);

#endif
