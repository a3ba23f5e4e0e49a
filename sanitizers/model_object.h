/* What the shadow model knows of one slot of the program: an object, or a cache. */
#ifndef SANITIZERS_MODEL_OBJECT_H
#define SANITIZERS_MODEL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/flags.h"
#include "allocator/base/params.h"
#include "sanitizers/content.h"

struct kmem_cache;

enum model_state { MODEL_EMPTY, MODEL_LIVE, MODEL_STALE, MODEL_LOST };

enum model_kind {
    MODEL_CACHE_OBJECT,
    MODEL_KMALLOC,         /* size 0 is ZERO_SIZE_PTR and owns nothing */
    MODEL_PAGES,
    MODEL_REFERENCE,       /* a run that another slot allocated: sharing.h */
    MODEL_EXACT,           /* single pages one behind the other */
    MODEL_CONTIG,          /* a range of frames, each a run of order 0 */
    MODEL_FRAGMENT,        /* cut from a run: fragments.h */
    MODEL_VIEW,            /* single pages that kvmalloc gave in place of an object */
};

/* An object or run of a slot: live, or as it was when it was freed. */
struct model_object {
    unsigned char *address;
    struct content content;        /* of a live object */
    uint32_t size;                 /* bytes the user may touch */
    uint32_t usable;               /* bytes that a resize in place can grant */
    uint32_t fill_count;           /* patterns written so far */
    uint32_t charge;               /* bytes charged for it */
    uint32_t cache_generation;     /* of the cache slot, for cache objects */
    uint32_t sibling;              /* slot + 1 of the next holder of a shared run; 0: not shared */
    uint32_t run;                  /* first frame + 1 of the run of a fragment that is counted */
    uint32_t alloc_step;
    uint32_t free_step;
    uint8_t state;                 /* enum model_state */
    uint8_t kind;                  /* enum model_kind */
    uint8_t cache;                 /* cache slot, for cache objects */
    uint8_t order;                 /* of a run, log2 pages */
    uint8_t free_cpu;
    bool is_compound;              /* of a run: its pages stay together */
    uint8_t account;               /* number of the account that pays, plus 1; 0: none */
    uint8_t ctor_size;             /* first bytes that its user leaves as a set's constructor */
    uint8_t pool;                  /* number of the pool it was allocated from, plus 1; 0: none */
    bool is_zero_kept;             /* each allocation and resize asked for zeroing */
    bool is_busy;                  /* an op in flight is about it, or its free waits for readers */
    bool is_reused;                /* of a stale object that readers may find: somebody got it */
    bool is_lent;                  /* its bytes belong to nobody while a resize is in flight */
};

/* The bytes of an object that users may see. */
struct model_window {
    uint32_t offset;
    uint32_t size;
};

/* Single pages one behind the other, all of which their user may touch. */
static inline bool model_is_row(const struct model_object *object)
{
    return object->kind == MODEL_EXACT || object->kind == MODEL_CONTIG ||
           object->kind == MODEL_VIEW;
}

struct model_cache {
    struct kmem_cache *handle;     /* NULL: the slot is empty */
    uint32_t generation;           /* of the slot: caches created in it */
    size_t size;                   /* bytes of an object */
    size_t slot;                   /* bytes from object to object, if it may be shared */
    size_t align;
    slab_flags_t flags;            /* those of the heap included */
    char name[CACHE_NAME_SIZE];
    struct model_window window;
    uint32_t ctor_size;            /* bytes that the constructor writes; 0: none */
    uint32_t live_count;           /* objects in users' hands */
    uint32_t isolated_count;       /* objects that users gave back and the cache kept */
    uint32_t cut_off_count;        /* of those, free ones that the cache lost sight of */
    uint32_t traced_count;         /* allocations that were told, less the frees that were */
    uint32_t busy_count;           /* ops in flight that use the cache */
    bool is_closed;                /* being created or destroyed by an op in flight */
};

#endif
