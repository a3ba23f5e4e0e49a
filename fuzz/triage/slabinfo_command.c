#include "fuzz/triage/slabinfo_command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocator/api/attributes.h"
#include "allocator/api/stats.h"
#include "allocator/api/traces.h"
#include "allocator/base/errors.h"
#include "allocator/cache/heap_state.h"
#include "fuzz/triage/input.h"
#include "fuzz/triage/slabinfo_table.h"
#include "fuzz/triage/target.h"
#include "fuzz/triage/trial.h"

enum { TEXT_SIZE = 64 * 1024 };

/* What there is to be shown, by letter: those of Linux's tool. */
static const char letters[] = "ABDLPSTXeilnrstvz";

/* One call, as the child sees it. */
struct seeing {
    const struct options *options;
    struct slabinfo_view view;
    struct slabinfo_table table;
    char text[TEXT_SIZE];
    bool is_raw_told;
    bool *is_found;             /* shared with the parent: the cache that was named */
};

static bool shows(const struct seeing *seeing, char letter)
{
    return seeing->options->show != NULL && strchr(seeing->options->show, letter) != NULL;
}

/* "objects             24 N0=24" */
static void put_attributes(struct seeing *seeing, struct kmem_cache *cache, const char *indent)
{
    for (unsigned i = 0; i < CACHE_ATTRIBUTE_COUNT; i++) {
        struct text text = text_begin(seeing->text, sizeof(seeing->text));

        kmem_cache_show(cache, (enum cache_attribute)i, &text);
        if (text.size != 0) {
            printf("%s%-18s %s", indent, cache_attribute_name((enum cache_attribute)i),
                   seeing->text);
        }
    }
    for (unsigned i = 0; i < STAT_COUNT && cache->heap->config.stats; i++) {
        kmem_cache_stat_text(cache, (enum cache_stat)i, seeing->text, sizeof(seeing->text));
        printf("%s%-18s %s", indent, stats_name((enum cache_stat)i), seeing->text);
    }
}

static void put_traces(struct seeing *seeing, struct kmem_cache *cache, enum track_kind kind)
{
    struct text text = text_begin(seeing->text, sizeof(seeing->text));
    struct cache_traces *traces;
    int result = kmem_cache_traces_open(cache, kind, &traces);

    if (result == HEAP_EINVAL) {
        return;
    }
    printf("%s: %s, by the step that %s\n", cache->name,
           kind == TRACK_ALLOC ? "allocations in use" : "frees before them",
           kind == TRACK_ALLOC ? "allocated" : "freed");
    if (result == HEAP_ENOMEM) {
        printf("  no pages for a table of sites\n");
        return;
    }
    while (kmem_cache_traces_next(traces, &text)) {
    }
    kmem_cache_traces_close(traces);
    printf("%s", seeing->text);
}

static void put_nodes(struct seeing *seeing, struct kmem_cache *cache)
{
    static const enum cache_attribute counts[] = {
        CACHE_ATTRIBUTE_objects, CACHE_ATTRIBUTE_slabs, CACHE_ATTRIBUTE_partial,
        CACHE_ATTRIBUTE_cpu_slabs,
    };

    for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct text text = text_begin(seeing->text, sizeof(seeing->text));

        kmem_cache_show(cache, counts[i], &text);
        printf("%-21s %-10s %s", cache->name, cache_attribute_name(counts[i]), seeing->text);
    }
}

/* What is to be done to each cache, and told of it by itself. */
static void show_details(struct seeing *seeing, struct kmem_cache *cache)
{
    if (shows(seeing, 's')) {
        (void)kmem_cache_store(cache, CACHE_ATTRIBUTE_shrink, 1);
    }
    if (shows(seeing, 'v')) {
        (void)kmem_cache_store(cache, CACHE_ATTRIBUTE_validate, 1);
    }
    if (kmem_cache_slabinfo(cache).slabs == 0 && !shows(seeing, 'z')) {
        return;
    }
    if (shows(seeing, 'r')) {
        printf("cache %s\n", cache->name);
        put_attributes(seeing, cache, "  ");
    }
    if (shows(seeing, 'n')) {
        put_nodes(seeing, cache);
    }
    if (shows(seeing, 't')) {
        put_traces(seeing, cache, TRACK_ALLOC);
        put_traces(seeing, cache, TRACK_FREE);
    }
}

static void on_cache(void *context, struct kmem_cache *cache)
{
    struct seeing *seeing = context;
    const char *wanted = seeing->options->attributes;

    if (wanted != NULL) {
        if (strcmp(cache->name, wanted) == 0 && !*seeing->is_found) {
            put_attributes(seeing, cache, "");
            *seeing->is_found = true;
        }
    } else if (seeing->options->is_raw) {
        if (!seeing->is_raw_told) {
            heap_slabinfo(cache->heap, seeing->text, sizeof(seeing->text));
            printf("%s", seeing->text);
            seeing->is_raw_told = true;
        }
    } else {
        show_details(seeing, cache);
        slabinfo_add(&seeing->table, cache);
    }
}

static bool has_table(const struct seeing *seeing)
{
    bool has_other = shows(seeing, 'T') || shows(seeing, 'r') || shows(seeing, 'n') ||
                     shows(seeing, 't') || shows(seeing, 'X');

    return !has_other || shows(seeing, 'l');
}

static void on_end(void *context, const struct run *run, const struct run_result *result)
{
    struct seeing *seeing = context;
    bool is_table = seeing->options->attributes == NULL && !seeing->options->is_raw;

    (void)run;
    if (result->verdict != RUN_PASSED || !is_table) {
        return;
    }
    if (shows(seeing, 'T') || shows(seeing, 'X')) {
        slabinfo_print_totals(&seeing->table, &seeing->view);
    }
    if (shows(seeing, 'X')) {
        struct slabinfo_view view = seeing->view;

        view.line_max = view.line_max != 0 ? view.line_max : 5;
        view.order = 'S';
        printf("\nlargest:\n");
        slabinfo_print(&seeing->table, &view);
        view.order = 'L';
        view.shows_loss = true;
        printf("\nmost lost:\n");
        slabinfo_print(&seeing->table, &view);
    } else if (has_table(seeing)) {
        slabinfo_print(&seeing->table, &seeing->view);
    }
}

static bool read_letters(struct seeing *seeing)
{
    const char *show = seeing->options->show != NULL ? seeing->options->show : "";
    size_t known = strspn(show, letters);

    if (show[known] != '\0') {
        fprintf(stderr, "slabinfo: nothing to show for '%c'; there are: %s\n", show[known],
                letters);
        return false;
    }
    for (; *show != '\0'; show++) {
        if (*show == 'S' || *show == 'P' || *show == 'L' || *show == 'A') {
            seeing->view.order = *show;
        }
    }
    seeing->view.is_inverted = shows(seeing, 'i');
    seeing->view.shows_loss = shows(seeing, 'L');
    seeing->view.shows_activity = shows(seeing, 'A') || shows(seeing, 'D');
    seeing->view.shows_bytes = shows(seeing, 'B');
    seeing->view.hides_used = shows(seeing, 'e');
    seeing->view.shows_empty = shows(seeing, 'z') || shows(seeing, 'e');
    seeing->view.line_max = seeing->options->lines;
    return true;
}

static enum exit_code judge_outcome(const struct seeing *seeing, const struct trial *trial,
                                    const char *path)
{
    if (trial->verdict == TRIAL_STOPPED) {
        fprintf(stderr, "slabinfo: interrupted\n");
        return EXIT_INTERRUPTED;
    }
    if (trial->verdict == TRIAL_FOUND) {
        fprintf(stderr, "%s: %s at op %zu: there is nothing sound to count; try explain\n", path,
                trial->result.signature, trial->result.op_index + 1);
        return EXIT_FINDINGS;
    }
    if (seeing->options->attributes != NULL && !*seeing->is_found) {
        fprintf(stderr, "%s: no cache '%s' is there then\n", path, seeing->options->attributes);
        return EXIT_BAD_INPUT;
    }
    return EXIT_NOTHING_FOUND;
}

static enum exit_code show_program(struct seeing *seeing, const char *path,
                                   const struct program *program, enum run_ops ops)
{
    const struct trial_observer observer = {
        .context = seeing,
        .on_cache = on_cache,
        .on_end = on_end,
    };
    const struct trial_request request = {
        .program = program,
        .ops = ops,
        .stall_milliseconds = TRIAL_STALL_MILLISECONDS,
        .skips_end = true,
        .op_max = seeing->options->at,
        .progress_name = path,
        .observer = &observer,
    };
    struct trials trials;
    struct trial trial;

    child_watch_stop();
    trial_init(&trials);
    seeing->is_found = child_share(sizeof(*seeing->is_found));
    if (seeing->is_found == NULL) {
        fprintf(stderr, "slabinfo: no shared memory\n");
        return EXIT_BED_FAILED;
    }
    trial_run(&trials, &request, &trial);

    enum exit_code code = judge_outcome(seeing, &trial, path);

    child_unshare(seeing->is_found, sizeof(*seeing->is_found));
    trial_fini(&trials);
    return code;
}

static enum exit_code slabinfo_run(const struct options *options)
{
    const char *path = options->arguments[0];
    const struct target *target = target_find(options->target, path);
    struct seeing *seeing = calloc(1, sizeof(*seeing));
    enum exit_code code = EXIT_BAD_INPUT;
    struct program program;

    if (seeing == NULL) {
        return EXIT_BED_FAILED;
    }
    seeing->options = options;
    if (target != NULL && read_letters(seeing) && input_read(path, &program)) {
        if (options->at > program.op_count) {
            fprintf(stderr, "%s: has no op %" PRIu32 ", but %zu ops\n", path, options->at,
                    program.op_count);
        } else {
            /* A heap that counts works a little differently: only whoever asks gets one. */
            program.config.stats = program.config.stats || seeing->view.shows_activity;
            code = show_program(seeing, path, &program, target->ops);
        }
        input_release(&program);
    }
    free(seeing);
    return code;
}

const struct command slabinfo_command = {
    .name = "slabinfo",
    .usage = "[--target T] [--at OP] [--show LETTERS] [--lines N] [--raw | --attributes CACHE]"
             " FILE",
    .help = "run a program, up to op OP, and show its caches as Linux's slabinfo does; --raw in the"
            " form of /proc/slabinfo; --attributes all that can be read of one cache",
    .options = OPTION_TARGET | OPTION_AT | OPTION_SHOW | OPTION_LINES | OPTION_RAW |
               OPTION_ATTRIBUTES,
    .argument_count_min = 1,
    .argument_count_max = 1,
    .run = slabinfo_run,
};
