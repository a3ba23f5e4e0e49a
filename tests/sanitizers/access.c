#include "tests/sanitizers/access.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/conformance/kernel.h"

/* Exit codes of the child: no sanitizer uses so high ones. */
enum { EXIT_SILENT = 0, EXIT_REPORT = 100 };

static_assert(EXIT_REPORT + REPORT_KIND_COUNT < 256, "a kind fits in an exit code");

/* What the sanitizer prints about an expected death would only be noise in a test's log. */
static void silence_stderr(void)
{
    int null_device = open("/dev/null", O_WRONLY);

    if (null_device >= 0) {
        dup2(null_device, STDERR_FILENO);
        close(null_device);
    }
}

static void run_in_child(const struct access *access, const struct heap_config *config)
{
    static struct test_heap fixture;

    silence_stderr();
    kernel_boot(&fixture, config);
    access->act();
    kernel_validate_kmalloc();
    _exit(fixture.test.report_count == 0 ? EXIT_SILENT
                                         : EXIT_REPORT + (int)fixture.test.reports[0].kind);
}

static int outcome_of(int status)
{
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

    if (code == EXIT_SILENT) {
        return ACCESS_SILENT;
    }
    return code >= EXIT_REPORT && code < EXIT_REPORT + REPORT_KIND_COUNT ? code - EXIT_REPORT
                                                                         : ACCESS_STOPPED;
}

int access_run(const struct access *access, const struct heap_config *config)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        run_in_child(access, config);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        abort();
    }
    return outcome_of(status);
}

const char *access_outcome_name(int outcome)
{
    static const char *const names[] = {"SILENT", "STOPPED", "NOT_RUN"};

    return outcome < REPORT_KIND_COUNT ? report_kind_name((enum report_kind)outcome)
                                       : names[outcome - REPORT_KIND_COUNT];
}
