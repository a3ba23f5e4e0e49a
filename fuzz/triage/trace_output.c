#include "fuzz/triage/trace_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/trace.h"
#include "fuzz/triage/child.h"
#include "fuzz/triage/output.h"

enum { HEADER_SIZE = 8192 };

/* The file as others can name it: a path that is good on one machine only goes without folders. */
static const char *name_for_others(const char *out)
{
    const char *path = out[0] == '/' ? strrchr(out, '/') + 1 : out;
    bool has_name = strcmp(path, "-") != 0 && strpbrk(path, "\r\n") == NULL;

    return has_name ? path : "FILE";
}

/* What it shows and how to replay it. */
static void write_header(const struct trace_finding *finding, const char *out, char *header)
{
    const char *path = name_for_others(out);
    bool is_evident = target_is_evident(finding->target, path);

    snprintf(header, HEADER_SIZE, "# %s: %s\n# ./slubbed replay %s%s%s%s%s\n", finding->signature,
             finding->statement, child_is_under_asan() ? "--asan " : "",
             is_evident ? "" : "--target ", is_evident ? "" : finding->target->name,
             is_evident ? "" : " ", path);
}

bool trace_output_write(const char *path, const struct program *program,
                        const struct trace_finding *finding)
{
    char header[HEADER_SIZE];
    size_t trace_size = trace_write(program, NULL, 0);

    write_header(finding, path, header);

    size_t header_size = strlen(header);
    char *text = malloc(trace_size + 1 + header_size);

    if (text == NULL) {
        fprintf(stderr, "%s: no memory for %zu bytes\n", path, trace_size + header_size);
        return false;
    }
    trace_write(program, text, trace_size + 1);

    size_t first_line = strcspn(text, "\n") + 1;

    memmove(text + first_line + header_size, text + first_line, trace_size - first_line);
    memcpy(text + first_line, header, header_size);

    bool is_written = output_write(path, text, trace_size + header_size);

    free(text);
    return is_written;
}
