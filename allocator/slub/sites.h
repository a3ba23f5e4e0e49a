/*
 * Who allocated the objects of a cache, and who freed what lay there before: the tracks of all
 * objects in use, added up by site. For caches that store users.
 */
#ifndef ALLOCATOR_SLUB_SITES_H
#define ALLOCATOR_SLUB_SITES_H

#include "allocator/debug/track.h"

/* Objects in use whose tracks name the same site and which waste the same number of bytes. */
struct site {
    uint64_t site;         /* as world_site() names it; 0: not known */
    uint64_t waste;        /* bytes of each object that nobody asked for */
    uint64_t count;        /* objects */
    uint64_t age_sum;      /* ages, as world_time() counts */
    uint64_t age_min;
    uint64_t age_max;
    uint32_t cpus;         /* that did it, one bit each */
    uint32_t nodes;        /* that the objects lie on, one bit each */
};

struct site_table {
    struct site *sites;    /* the caller's, sorted by site and waste */
    uint32_t capacity;
    uint32_t count;
    uint64_t left_out;     /* objects whose site found no room */
};

/*
 * Adds the objects of a cache to a table. O(objects * log(sites)), and O(sites) for each new one;
 * takes each node->lock. Slabs found corrupt are on no list and left out.
 */
void slub_collect_sites(struct kmem_cache *cache, enum track_kind kind, struct site_table *table);

#endif
