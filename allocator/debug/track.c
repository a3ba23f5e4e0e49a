#include "allocator/debug/track.h"

#include "allocator/base/raw.h"

static unsigned char *track_address(const struct kmem_cache *cache, const void *object,
                                    enum track_kind kind)
{
    return (unsigned char *)(uintptr_t)object + cache->layout.tracks_offset +
           (size_t)kind * TRACK_SIZE;
}

void track_set(const struct kmem_cache *cache, void *object, enum track_kind kind, uint64_t site)
{
    if (!cache_stores_users(cache)) {
        return;
    }

    uint64_t *words = (void *)track_address(cache, object, kind);

    raw_store_word(&words[0], site);
    raw_store_word(&words[1], world_time());
    raw_store_word(&words[2], world_cpu());
    raw_store_word(&words[3], 0);
}

struct track track_get(const struct kmem_cache *cache, const void *object, enum track_kind kind)
{
    if (!cache_stores_users(cache)) {
        return (struct track){0};
    }

    const uint64_t *words = (const void *)track_address(cache, object, kind);

    return (struct track){
        .site = raw_load_word(&words[0]),
        .time = raw_load_word(&words[1]),
        .cpu = raw_load_word(&words[2]),
    };
}

void track_clear(const struct kmem_cache *cache, void *object)
{
    if (cache_stores_users(cache)) {
        raw_fill((unsigned char *)object + cache->layout.tracks_offset, TRACKS_SIZE, 0);
    }
}
