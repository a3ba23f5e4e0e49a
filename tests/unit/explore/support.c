#include "tests/unit/explore/support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/hardening/keyed_random.h"
#include "fuzz/trace.h"
#include "sanitizers/view.h"

static struct op *make_ops(size_t capacity)
{
    struct op *ops = calloc(capacity, sizeof(*ops));

    assert_non_null(ops);
    return ops;
}

static void read_program(struct program *program, const char *heap, const char *ops)
{
    static const char format[] = "slubbed trace 1\nheap %s\n%s";
    size_t capacity = strlen(format) + strlen(heap) + strlen(ops);
    char *text = malloc(capacity);
    struct trace_error error;

    assert_non_null(text);

    size_t size = (size_t)snprintf(text, capacity, format, heap, ops);

    program->ops = make_ops(trace_op_capacity(text, size));
    if (!trace_read(text, size, program, trace_op_capacity(text, size), &error)) {
        fail_msg("%zu: %s", error.line, error.cause);
    }
    free(text);
}

void exploration_init(struct exploration *exploration, const char *heap, const char *ops)
{
    read_program(&exploration->program, heap, ops);
    exploration->trace.ops = make_ops(explore_trace_capacity(&exploration->program));
    exploration->explore =
        explore_create(&exploration->program, explore_setup_count(&exploration->program),
                       &exploration->trace);
    exploration->run = run_create(0);
}

void exploration_fini(struct exploration *exploration)
{
    run_destroy(exploration->run);
    explore_destroy(exploration->explore);
    free(exploration->trace.ops);
    free(exploration->program.ops);
}

void exploration_check_replay(const struct exploration *exploration,
                              const struct run_result *result)
{
    struct run_result again = run_program(exploration->run, &exploration->trace, NULL);

    assert_int_equal(again.hash, result->hash);
    assert_int_equal(again.step_count, result->step_count);
    assert_int_equal(again.skipped_count, result->skipped_count);
    assert_string_equal(again.signature, result->signature);
}

char *exploration_text(const struct exploration *exploration)
{
    const struct program *trace = &exploration->trace;
    size_t capacity = trace->op_count * TRACE_OP_SIZE + 1;
    char *text = malloc(capacity);
    size_t size = 0;

    assert_non_null(text);
    text[0] = '\0';
    for (size_t i = 0; i < trace->op_count; i++) {
        size += trace_write_op(&trace->ops[i], text + size, capacity - size);
        size += (size_t)snprintf(text + size, capacity - size, "\n");
    }
    return text;
}

/* What one run has come to so far. */
struct outcome {
    const struct run *run;
    uint64_t results;    /* of the ops, in no order */
    uint64_t heap;       /* as the last op left it */
};

/* What its frames are, and of slabs what is free, and where they are kept. */
static uint64_t hash_heap(const struct kmem_heap *heap)
{
    uint64_t hash = 0;

    for (pfn_t pfn = 0; pfn < heap->memory.page_count; pfn++) {
        const struct slab *slab = &heap->slabs[pfn];

        hash = keyed_random(hash, pfn, view_word(&heap->memory.pages[pfn].state), 0);
        if (view_page(heap, pfn).kind == PAGE_SLAB) {
            hash = keyed_random(hash, pfn, view_word(&slab->state), view_word(&slab->place));
        }
    }
    return hash;
}

static void add_event(void *context, const struct run_event *event)
{
    struct outcome *outcome = context;
    const struct op *op = event->op;

    if (op != NULL && op_class(op) != OP_CLASS_SCHEDULE && op->code != OP_CPU) {
        uint64_t what = (uint64_t)op->code << 32 | op->object;
        uint64_t result = event->has_address ? event->address : (uint64_t)event->value;

        outcome->results += keyed_random(what, op->cache, event->outcome, result);
        outcome->heap = hash_heap(run_heap(outcome->run));
    }
}

uint64_t exploration_outcome(const struct exploration *exploration)
{
    struct outcome outcome = {.run = exploration->run};
    const struct run_options options = {.context = &outcome, .on_event = add_event};

    run_program(exploration->run, &exploration->trace, &options);
    return outcome.results ^ outcome.heap;
}
