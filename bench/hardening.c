/*
 * The figures of docs/HARDENING.md, for tools/cli/bench/hardening.py:
 *
 *     list             a line an idea
 *     misuse IDEA      a line an act: its name, and "now", "later" or "unnoticed"
 *     pairs IDEA N     allocates and frees an object of 64 bytes N times, for a counter of
 *                      instructions
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocator/api/kmem_cache.h"
#include "bench/hardening_acts.h"
#include "bench/hardening_ideas.def"
#include "bench/pair_heap.h"

enum { BED_FAILED = 3, EXIT_NOW = 40, EXIT_LATER = 41 };

struct idea {
    const char *title;
    size_t config_row;
    uint64_t value;
    uint32_t debug_flags;
};

static const struct idea ideas[] = {
#define X(title, row, value, flags) {title, HEAP_CONFIG_##row, value, flags},
    HARDENING_IDEAS(X)
#undef X
};

enum { IDEA_COUNT = sizeof(ideas) / sizeof(ideas[0]) };

/* Everything off but the idea. */
static struct heap_config config_of(const struct idea *idea)
{
    static const size_t others[] = {
        HEAP_CONFIG_freelist_encoded,
        HEAP_CONFIG_freelist_shuffled,
        HEAP_CONFIG_double_free_check,
        HEAP_CONFIG_owner_check,
    };
    struct heap_config config = heap_config_default();

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        heap_config_set(&config, others[i], 0);
    }
    if (!heap_config_set(&config, idea->config_row, idea->value)) {
        exit(BED_FAILED);
    }
    config.debug_flags = idea->debug_flags;
    return config;
}

/* What is reported ends the process; the exit code says when it was. */
static void note_report(void *context, const struct report *report)
{
    const int *code = context;

    (void)report;
    _exit(*code);
}

static void act_in_child(const struct idea *idea, enum hardening_act act)
{
    int code = EXIT_NOW;
    struct heap_config config = config_of(idea);
    struct platform platform = pair_platform();
    struct hardening_stage stage = {0};

    platform.context = &code;
    platform.report = note_report;
    stage.heap = pair_heap(&config, &platform);
    stage.cache = pair_cache_of(stage.heap, "pair", 64, SLAB_NO_MERGE);
    stage.other = pair_cache_of(stage.heap, "other", 64, SLAB_NO_MERGE);
    hardening_act(act, &stage);
    code = EXIT_LATER;
    hardening_look(&stage);
    _exit(0);
}

/* A child that crashed or went astray noticed nothing. */
static const char *notice(const struct idea *idea, enum hardening_act act)
{
    enum { SECONDS = 5 };
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        alarm(SECONDS);
        act_in_child(idea, act);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        exit(BED_FAILED);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOW) {
        return "now";
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_LATER ? "later" : "unnoticed";
}

static void tell_misuse(const struct idea *idea)
{
    for (unsigned act = 0; act < ACT_COUNT; act++) {
        printf("%s %s\n", hardening_act_name(act), notice(idea, act));
        fflush(stdout);
    }
}

static void run_pairs(const struct idea *idea, unsigned long count)
{
    struct heap_config config = config_of(idea);
    struct platform platform = pair_platform();

    pair_repeat(pair_cache_of(pair_heap(&config, &platform), "pair", 64, 0), count);
}

int main(int argc, char **argv)
{
    unsigned long index = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (int i = 0; i < IDEA_COUNT; i++) {
            puts(ideas[i].title);
        }
    } else if (argc == 3 && strcmp(argv[1], "misuse") == 0 && index < IDEA_COUNT) {
        tell_misuse(&ideas[index]);
    } else if (argc == 4 && strcmp(argv[1], "pairs") == 0 && index < IDEA_COUNT) {
        run_pairs(&ideas[index], strtoul(argv[3], NULL, 10));
    } else {
        fprintf(stderr, "usage: hardening list | misuse IDEA | pairs IDEA COUNT\n");
        return 2;
    }
    return 0;
}
