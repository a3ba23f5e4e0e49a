/*
 * On the whole corpus neither the judge of the step nor the judge of everything complains, step by
 * step. That both would is what canaries prove.
 *
 *     judges_agree_test sequence|misuse|buddy|smp FILE...
 *
 * Bytes that misuse damages are not told apart here: where there is misuse, all of them are exempt.
 * While others are in the middle of an op neither can be asked.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sanitizers/heap_check.h"
#include "sim/sim.h"
#include "sim/smp.h"
#include "tests/model/replay.h"

struct bench {
    struct run *run;
    struct heap_check *of_step;
    struct heap_check *of_heap;
    heap_check_exempt *exempt;
    const struct kmem_heap *heap;    /* that of the program under way; NULL: none yet */
    uint64_t step_count;
    uint64_t disagreements;
};

static bool exempt_all(void *context, const void *first, size_t size)
{
    (void)context;
    (void)first;
    (void)size;
    return true;
}

static void judge_twice(void *context, const struct run_event *event)
{
    struct bench *bench = context;
    const struct journal *journal = sim_journal(run_sim(bench->run));
    struct violation of_step;
    struct violation of_heap;

    if (bench->heap == NULL) {
        bench->heap = run_heap(bench->run);
        heap_check_begin(bench->of_step, bench->heap, journal, bench->exempt, NULL);
        heap_check_begin(bench->of_heap, bench->heap, journal, bench->exempt, NULL);
    }
    if (event->outcome != RUN_OP_STEP || !sim_is_quiet(run_sim(bench->run))) {
        return;
    }

    bool step_is_sound = heap_check_step(bench->of_step, &of_step);
    bool heap_is_sound = heap_check_full(bench->of_heap, &of_heap);

    bench->step_count++;
    bench->disagreements += step_is_sound != heap_is_sound;
    if (!step_is_sound || !heap_is_sound) {
        printf("step %llu: %s by the step, %s by all\n", (unsigned long long)event->step,
               rule_name(of_step.rule), rule_name(of_heap.rule));
    }
}

static bool program_is_sound(struct bench *bench, const char *path, enum run_ops ops)
{
    const struct program program = replay_read(path);
    const struct run_options options = {.ops = ops, .context = bench, .on_event = judge_twice};

    bench->heap = NULL;

    enum run_verdict verdict = run_program(bench->run, &program, &options).verdict;

    free(program.ops);
    if (verdict != RUN_PASSED) {
        printf("%s: does not pass\n", path);
    }
    return verdict == RUN_PASSED;
}

int main(int argc, char **argv)
{
    bool has_misuse = strcmp(argv[1], "misuse") == 0;
    enum run_ops ops = replay_ops_of(argv[1]);
    struct bench bench = {
        .run = run_create(0),
        .of_step = heap_check_create(),
        .of_heap = heap_check_create(),
        .exempt = has_misuse ? exempt_all : NULL,
    };
    bool all_pass = argc > 2;

    for (int i = 2; i < argc; i++) {
        all_pass &= program_is_sound(&bench, argv[i], ops);
    }
    printf("%llu steps, %llu disagreements\n", (unsigned long long)bench.step_count,
           (unsigned long long)bench.disagreements);
    all_pass &= bench.disagreements == 0 && bench.step_count > 0;
    heap_check_destroy(bench.of_step);
    heap_check_destroy(bench.of_heap);
    run_destroy(bench.run);
    return all_pass ? 0 : 1;
}
