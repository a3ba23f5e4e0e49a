/* Resource failure and bad requests, as negative numbers; 0 is success. Values are Linux's. */
#ifndef ALLOCATOR_BASE_ERRORS_H
#define ALLOCATOR_BASE_ERRORS_H

enum heap_error {
    HEAP_OK = 0,
    HEAP_ENOMEM = -12,   /* no pages, or no descriptor left */
    HEAP_EBUSY = -16,    /* live objects remain */
    HEAP_EINVAL = -22,   /* a request that no state could grant */
    HEAP_ERANGE = -34,   /* a number that is too large */
};

#endif
