/*
 * The recorder: appends what a process asks of its allocator to the recording.
 *
 * It lives in a stranger's process and must not be felt there: it allocates nothing, keeps no file
 * descriptor, leaves errno alone, and where it cannot go on it counts what it leaves out. Three
 * variables of the environment tell it what to do; without all of them it does nothing:
 *
 *   SLUBBED_RECORD_FILE        absolute path of the recording
 *   SLUBBED_RECORD_PID         the process to be recorded; others only count themselves
 *   SLUBBED_RECORD_EVENT_MAX   events after which the rest is counted, not recorded
 */
#ifndef RECORD_RECORDER_H
#define RECORD_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include "record/recording.h"

/*
 * Appends one event, whose fields recording.h describes. The first call in a process starts the
 * recording, and its thread is the one recorded. O(1), now and then with four system calls.
 */
void recorder_note(enum recording_kind kind, const void *pointer, size_t size, uint64_t detail);

#endif
