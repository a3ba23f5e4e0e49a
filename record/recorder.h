/*
 * The recorder: appends what a process asks of its allocator to the recording.
 *
 * It lives in a stranger's process and must not be felt there: it allocates nothing, keeps no file
 * descriptor, leaves errno alone, and where it cannot go on it counts what it leaves out. Variables
 * of the environment tell it what to do; without a file, a process and a largest number it does
 * nothing:
 *
 *   SLUBBED_RECORD_FILE        absolute path of the recording
 *   SLUBBED_RECORD_PID         the process to be recorded; others only count themselves
 *   SLUBBED_RECORD_PROGRAM     if it is there, whom to record instead: the first process that runs
 *                              a program of this name
 *   SLUBBED_RECORD_EVENT_MAX   events after which the rest is counted, not recorded
 */
#ifndef RECORD_RECORDER_H
#define RECORD_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/recording.h"

/*
 * Appends one event, whose fields recording.h describes. The first call in a process starts the
 * recording. O(1), now and then with four system calls, besides waiting for other threads.
 */
void recorder_note(enum recording_kind kind, const void *pointer, size_t size, uint64_t detail);

/*
 * For an event that is a free and an allocation at once: between the two calls no other thread
 * notes anything. False if nothing will be recorded; then recorder_end() is not called.
 */
bool recorder_begin(void);
void recorder_end(enum recording_kind kind, const void *pointer, size_t size, uint64_t detail);

#endif
