/*
 * Pages at hand: each CPU keeps a few runs of orders 0 .. 3 of each zone, to give and take without
 * zone->lock.
 *
 *     page_alloc    pop the first run       list empty: take config->pcp_batch pages from the zone
 *     page_free     push in front           pcp_high pages: give a batch back, last first
 *
 * A run on such a list is PAGE_CACHED: neither free nor anybody's, and it names its CPU. It is as a
 * free run is otherwise: verified, filled, hidden.
 *
 * Lists have a lock, since others drain them: who needs all free pages in one piece, and whoever
 * finds none. Their CPU only tries it, interrupts on, and goes to the zone where somebody has it;
 * so does a handler that interrupted the holder. pcp->lock comes before zone->lock.
 *
 * There are none where config->pcp_high is 0. A CPU has lists of each zone: a run returns to those
 * of its own, and who is to be served from a zone looks at the lists of that one. What is at hand
 * is not free, so where pages are kept back (watermark.h) whoever takes some of it is asked what he
 * is as if he took it of the zone, and nothing of what is kept goes there. While a block is
 * isolated all lists are barred, so that nobody gets what lies there.
 *
 * With pageblocks there are lists with config->pcp_types alone: each type that can be asked for has
 * its own. Who asks for the reserve of larger runs is sent to the zone, and so is a page that is
 * freed in it. A run returns to the list of the type that it was asked for. Its block may be of
 * another one, which only zone->lock would tell, and which decides where it goes from the list.
 */
#ifndef ALLOCATOR_PAGE_PCP_H
#define ALLOCATOR_PAGE_PCP_H

#include "allocator/page/memory.h"
#include "allocator/page/page_request.h"

/* Makes the lists of a zone, empty. */
void pcp_init(struct page_zone *zone);

/* True if runs of this order may be on lists at all. Fixed. */
bool pcp_serves(const struct page_memory *memory, unsigned order);

/* A run taken off a list, and its state word, as it was and as the list says it is. */
struct pcp_run {
    struct page *head;       /* NULL: none */
    uint64_t word_found;
    uint64_t word_listed;    /* if it is that, it is a PAGE_RUN now */
};

/*
 * Takes a run of an order that is served off the list of the caller's CPU, refilled if it is empty.
 * None, if there is none, or somebody has the lock. The zone's watermark allows the request.
 */
struct pcp_run pcp_take(struct page_memory *memory, struct page_zone *zone,
                        const struct page_request *request);

/*
 * Puts a run that is fit to be free, and of an order that is served, on the list of the caller's
 * CPU; false: see above. May take zone->lock.
 */
bool pcp_give(struct page_memory *memory, struct page_zone *zone, struct page *head,
              unsigned order);

/* Gives all that one CPU holds back to its zones; waits for the locks. Not in a handler. */
void pcp_drain(struct page_memory *memory, cpu_id_t cpu);

/* The same for all CPUs; with try, those are left out whose lock somebody has. */
void pcp_drain_all(struct page_memory *memory);
void pcp_try_drain_all(struct page_memory *memory);

/* Bars all lists, and drains them, for so many reasons; and ends that. */
void pcp_bar(struct page_memory *memory, uint32_t reasons);
void pcp_allow(struct page_memory *memory, uint32_t reasons);

#endif
