#include "fuzz/engines/last_words.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

enum { ALTERNATE_STACK_BYTES = 64 * 1024, EXIT_FINDINGS = 1 };

/* Absent from a binary without a sanitizer, which then takes the signals itself. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

static const struct last_words *words;
static uint64_t progress_before;
static unsigned idle_seconds;
static volatile sig_atomic_t stop_asked;

static void handle_death(int signal_number)
{
    words->say(signal_number == SIGABRT ? "ABORT" : "SIGNAL");
    _exit(EXIT_FINDINGS);
}

static void handle_sanitizer_report(void)
{
    words->say("SANITIZER");
}

static void handle_second(int signal_number)
{
    (void)signal_number;
    idle_seconds = *words->progress == progress_before ? idle_seconds + 1 : 0;
    progress_before = *words->progress;
    if (idle_seconds >= HANG_SECONDS) {
        words->say("HANG");
        _exit(EXIT_FINDINGS);
    }
}

static void handle_stop(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

/* On a stack of its own, because the one in use may be what overflowed. */
static void install(int signal_number, void (*handler)(int signal_number))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_RESTART};
    sigaction(signal_number, &action, NULL);
}

void last_words_prepare(const struct last_words *new_words)
{
    words = new_words;
    static char alternate_stack[ALTERNATE_STACK_BYTES];
    sigaltstack(&(stack_t){.ss_sp = alternate_stack, .ss_size = sizeof(alternate_stack)}, NULL);

    install(SIGINT, handle_stop);
    install(SIGTERM, handle_stop);
    install(SIGABRT, handle_death);
    install(SIGALRM, handle_second);
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(handle_sanitizer_report);
    } else {
        install(SIGSEGV, handle_death);
        install(SIGBUS, handle_death);
        install(SIGFPE, handle_death);
        install(SIGILL, handle_death);
    }
    setitimer(ITIMER_REAL, &(struct itimerval){.it_interval = {1, 0}, .it_value = {1, 0}}, NULL);
}

bool last_words_stop_asked(void)
{
    return stop_asked != 0;
}
