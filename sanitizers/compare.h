/*
 * The comparison: is what a call returned, and what it did, what its caller may expect?
 *
 * Each function judges one kind of result against the model, notes the first broken rule of
 * model_rules.def in the model, and keeps the model up to date. Nothing here is a scheduling point
 * or changes the heap; live objects are read plainly, as their users would.
 *
 *     compare_begin_step   before an op
 *     compare_end_call     after its call
 *     compare_*            what it came to
 *
 * Where other ops were in flight meanwhile (model->is_shared), nothing is concluded from counts
 * that those may have changed.
 */
#ifndef SANITIZERS_COMPARE_H
#define SANITIZERS_COMPARE_H

#include "allocator/base/report.h"
#include "allocator/cache/request.h"
#include "sanitizers/kmalloc_rules.h"
#include "sanitizers/model.h"

/* What an allocation asked for, and what it may therefore return. */
struct compare_request {
    struct model_object object;         /* of the slot if granted; its address is not yet known */
    const struct kmem_cache *home;      /* whose slab must hold it; NULL: it is a run of its own */
    size_t align;
    unsigned order;                     /* run tried first, log2 pages */
    unsigned order_least;               /* least run that can serve; above ORDER_MAX: none can */
    uint32_t ctor_size;                 /* bytes that a constructor wrote; 0: none */
    uint32_t price;                     /* bytes that the object is charged; 0: nothing */
    uint64_t price_of_all;              /* the same for all that the call allocates */
    gfp_t gfp;                          /* what the page layer is told */
    bool reads_zero;                    /* the user may rely on reading zero */
    bool is_wiped;                      /* free memory of this kind holds zeros */
    bool is_part_of_many;               /* the call took other objects, and may have freed them */
    unsigned near_node;                 /* node asked for, plus 1; 0: near the CPU */
    bool is_strict;                     /* __GFP_THISNODE */
    bool wants_dma;                     /* where devices reach */
    uint32_t slabs_before;              /* slabs of home before the call */
    bool is_retried;                    /* the call may have asked twice, and got it then */
    bool is_guardable;                  /* nothing keeps the guard pool from serving it */
    bool is_replacement;                /* the call freed the bytes that these replace */
};

/* Remembers what page failures are measured against. */
void compare_begin_step(struct model *model, uint32_t step);

/* The call of the step that began like this is over: what follows is judged against that. */
void compare_end_call(struct model *model, uint32_t step, const struct model_moment *before,
                      bool is_shared);

/* What an allocation of an object of this cache, kmalloc of this size, pages of this order ask. */
struct compare_request compare_cache_request(const struct model *model, unsigned cache,
                                             bool is_zeroed);

/* The same charged, whatever the cache says; and not charged. */
struct compare_request compare_accounted_request(const struct model *model, unsigned cache);
struct compare_request compare_free_of_charge_request(const struct model *model, unsigned cache);

struct compare_request compare_kmalloc_request(const struct model *model, size_t size,
                                               bool is_zeroed);

/* The same for kmalloc with any flags, and on behalf of a site that is not this step. */
struct compare_request compare_ask_request(const struct model *model,
                                           const struct kmalloc_ask *ask);

/* The same of a set of buckets. */
struct compare_request compare_buckets_request(const struct model *model, unsigned set,
                                               const struct kmalloc_ask *ask);

/*
 * The same without a lock, for what the call gave: it may lie in a cache of the next larger size,
 * and is not charged.
 */
struct compare_request compare_nolock_request(const struct model *model,
                                              const struct kmalloc_ask *ask, const void *given);
struct compare_request compare_pages_request(const struct model *model, unsigned order,
                                             bool is_zeroed);

/*
 * An allocation for a slot that is not live returned given. Judges NULL as well; true if the slot
 * is live now, and its content is known.
 */
bool compare_alloc(struct model *model, uint32_t slot, const struct compare_request *request,
                   void *given);

/* The same without looking at the bytes: given is where it may be, and the slot owns it now. */
bool compare_place(struct model *model, uint32_t slot, const struct compare_request *request,
                   void *given);

/* NULL was returned for a request. False if it should not have been. */
bool compare_null(struct model *model, const struct compare_request *request);

/*
 * A reader who came before the object was freed looks at it: it is an object of its cache all the
 * same, and holds what it held if nobody got it since. is_alone: no op in flight may have got it.
 */
bool compare_read(struct model *model, const struct model_object *object, bool is_alone);

/* The live object holds what it should. */
bool compare_content(struct model *model, const struct model_object *object);

/* Exactly the bytes of the live object may be touched, as far as its slot reaches. */
bool compare_shown(struct model *model, const struct model_object *object);

/* No byte of an object that was given back may be touched. */
bool compare_hidden(struct model *model, const struct model_object *object);

/*
 * The object was freed by heap_free_sensitive(): nothing that its user, or an earlier resize, left
 * in its slot can be read. Where freed memory gets a pattern, that is judged instead.
 */
bool compare_sensitive(struct model *model, const struct model_object *object);

/* kmem_cache_charge() of the live object gave result. */
bool compare_charge(struct model *model, struct model_object *object, bool result);

/* Rounding a size up for kmalloc gave result. */
bool compare_roundup(struct model *model, size_t size, size_t result);

/* usable is what ksize said of the live kmalloc object. */
bool compare_usable_size(struct model *model, const struct model_object *object, size_t usable);

/*
 * A live kmalloc object of non-zero size was to be resized to size bytes, not 0, and to lie at a
 * multiple of align, and given came back; usable is what ksize said before. was_kept: the allocator
 * reported damage and kept the old bytes. Judges everything and updates the object.
 */
struct compare_resize {
    struct model_object *object;
    size_t usable;
    size_t size;
    size_t align;      /* 1 or any other power of two */
    gfp_t gfp;
    bool was_kept;
    unsigned cpu;
    bool is_kv;        /* kvrealloc: either side may be a view */
    unsigned char *given;
};
bool compare_resize(struct model *model, const struct compare_resize *resize);

/* Creating a cache in an empty slot gave result and handle. True if the slot holds a cache now. */
struct compare_creation {
    unsigned slot;
    const struct cache_request *request;
    uint32_t ctor_size;             /* bytes that its constructor writes; 0: none */
    int result;
    struct kmem_cache *handle;
};
bool compare_create(struct model *model, const struct compare_creation *created);

/* The reports that creating owes, at most three; how many. Nobody else makes caches meanwhile. */
unsigned compare_create_owes(const struct model *model, const struct cache_request *request,
                             enum report_kind *kinds);

/* True if creating could succeed: what SLAB_PANIC must not stop. */
bool compare_create_is_possible(const struct model *model, const struct cache_request *request);

/*
 * Destroying a cache gave result; named is how many of its live and isolated objects were reported.
 * The slot is empty afterwards. O(slots ever used) if objects remain.
 */
bool compare_destroy(struct model *model, unsigned slot, int result, uint32_t named);

/* May [offset, offset + size) of a live object be copied to a user? And that was said of it. */
bool compare_copy_is_legal(const struct model *model, const struct model_object *object,
                           int64_t offset, size_t size);
bool compare_copy(struct model *model, const struct model_object *object, bool is_legal,
                  bool is_granted);

/* A bulk allocation of count objects gave taken of them, and kmem_cache_size() gave size. */
bool compare_bulk(struct model *model, const struct model_cache *cache, size_t count,
                  size_t taken);
bool compare_size(struct model *model, const struct model_cache *cache, size_t size);

/* Zero bytes were asked for. */
bool compare_zero_size(struct model *model, const void *given);

/* A node was to go offline, and came back. */
bool compare_node_offline(struct model *model, unsigned node, bool was_online, int result);
bool compare_node_online(struct model *model, unsigned node, bool was_online, int result);

bool compare_shrink(struct model *model, const struct kmem_cache *cache, int result);
/* What validating had to come to, to be asked right behind it: what follows may give slabs back. */
int compare_validate_expects(const struct kmem_cache *cache);
bool compare_validate(struct model *model, const struct kmem_cache *cache, int expected,
                      int result);

/* A cache was told to let go of what it holds back. */
bool compare_purged(struct model *model, const struct kmem_cache *cache);

/* A CPU went offline. O(caches). */
bool compare_offline(struct model *model, unsigned cpu);

/* All users gave everything back, all caches are gone or shrunk: are the pages free? O(pages). */
bool compare_end(struct model *model);

#endif
