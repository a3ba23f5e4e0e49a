/*
 * A lock with a key of KEY_LENGTH bytes. No branch tells a right byte from a wrong one.
 */
#ifndef TESTS_TOOLING_BUILD_LOCK_H
#define TESTS_TOOLING_BUILD_LOCK_H

#include <stdint.h>

enum { KEY_LENGTH = 4 };

/* How far the lock is open after one more byte, having been open as far as turned before. */
uint32_t lock_turn(uint32_t turned, uint8_t byte);

#endif
