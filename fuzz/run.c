#include "fuzz/run.h"

#include <stdio.h>
#include <stdlib.h>

#include "fuzz/run_state.h"
#include "sanitizers/compare.h"
#include "sanitizers/compare_stats.h"
#include "sanitizers/view.h"
#include "sim/rcu.h"

enum { EXIT_BED_FAILED = 3 };

static void *require(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "no memory for the judges of a run\n");
        exit(EXIT_BED_FAILED);
    }
    return memory;
}

static void on_report(void *context, const struct report *report)
{
    struct run *run = context;

    feedback_report(&run->direct.feedback, report);
    if (run->options->on_report != NULL) {
        run->options->on_report(run->options->context, run->direct.execution.heap, report);
    }
    if (!run->options->is_unjudged) {
        owed_on_report(&run->owed, report);
    }
}

static void on_trace(void *context, const struct object_trace *trace)
{
    struct run *run = context;

    if (run->options->on_trace != NULL) {
        run->options->on_trace(run->options->context, trace);
    }
    if (!run->options->is_unjudged) {
        compare_trace(run->model, trace);
    }
}

/* For heap_check_ask_owner(). */
static bool is_owned(void *context, const void *object)
{
    return model_is_owned(context, object);
}

/* For sim_on_ripe(). */
static void on_ripe(void *context, struct world_deferred *deferred)
{
    struct run *run = context;
    const struct kmem_heap *heap = run->direct.execution.heap;
    uintptr_t offset = (uintptr_t)deferred - (uintptr_t)heap->slabs;

    /* An object, or a slab whose objects readers may still look at. */
    if (offset >= heap->config.page_count * sizeof(struct slab)) {
        waiting_end(&run->waiting, deferred, sim_cpu(run->sim));
    }
}

static void prepare_flight(struct run *run, struct flight *flight)
{
    flight->run = run;
    flight->execution.sim = run->sim;
    flight->execution.model = run->model;
    flight->execution.owed = &run->owed;
    flight->execution.schedule = &run->schedule;
    flight->execution.waiting = &run->waiting;
}

struct run *run_create(unsigned heap_index)
{
    struct run *run = require(calloc(1, sizeof(*run)));

    run->sim = sim_create(heap_index);
    run->check = require(heap_check_create());
    run->model = require(model_create());
    heap_check_ask_owner(run->check, is_owned, run->model);
    prepare_flight(run, &run->direct);
    for (unsigned i = 0; i < SIM_TASK_COUNT; i++) {
        prepare_flight(run, &run->tasks[i]);
        run->tasks[i].execution.is_task = true;
    }
    sim_on_report(run->sim, on_report, run);
    sim_on_trace(run->sim, on_trace, run);
    sim_on_ripe(run->sim, on_ripe, run);
    return run;
}

void run_destroy(struct run *run)
{
    model_destroy(run->model);
    heap_check_destroy(run->check);
    sim_destroy(run->sim);
    free(run);
}

static bool op_is_allowed(enum run_ops ops, const struct op *op)
{
    switch (ops) {
    case RUN_BUDDY:
        return op_is_buddy(op->code);
    case RUN_SEQUENCE:
        return op_class(op) != OP_CLASS_MISUSE && op_class(op) != OP_CLASS_SCHEDULE;
    case RUN_SMP:
        return op_class(op) != OP_CLASS_MISUSE;
    default:
        return true;
    }
}

static bool next_op(struct run *run, size_t index)
{
    if (run->reader != NULL) {
        return program_next(run->reader, &run->direct.op);
    }
    if (run->source != NULL) {
        return run->source->next(run->source->context, &run->direct.op);
    }
    if (index == run->program->op_count) {
        return false;
    }
    run->direct.op = run->program->ops[index];
    return true;
}

static bool run_ops(struct run *run)
{
    size_t op_max = run->options->op_max != 0 ? run->options->op_max : RUN_OP_MAX_DEFAULT;

    for (size_t index = 0; index < op_max && next_op(run, index); index++) {
        run->direct.op_index = index;
        if (!op_is_allowed(run->options->ops, &run->direct.op)) {
            run->direct.op = (struct op){.code = OP_NOP};
        }
        if (!schedule_carry_out(run)) {
            return false;
        }
        run->direct.op_index = index + 1;
    }
    schedule_finish(run);
    return true;
}

/* The op that frees what a slot holds. */
static struct op freeing_op(const struct model_object *object, uint32_t slot)
{
    static const uint8_t codes[] = {
        [MODEL_CACHE_OBJECT] = OP_FREE,
        [MODEL_KMALLOC] = OP_KFREE,
        [MODEL_PAGES] = OP_FREE_PAGES,
        [MODEL_REFERENCE] = OP_PUT_PAGE,
        [MODEL_EXACT] = OP_FREE_EXACT,
        [MODEL_CONTIG] = OP_CONTIG_FREE,
        [MODEL_FRAGMENT] = OP_FREE_FRAGS,
        [MODEL_VIEW] = OP_KVFREE,
    };
    uint32_t count = object->kind == MODEL_FRAGMENT ? 1 : 0;

    return (struct op){.code = codes[object->kind], .object = slot, .a = count};
}

static bool wait_for_readers(struct run *run)
{
    enum run_op_outcome outcome = execute_barrier(&run->direct.execution);

    return outcome == RUN_OP_SKIPPED || flight_finish(&run->direct, outcome);
}

static bool free_all(struct run *run)
{
    for (uint32_t i = 0; i < run->model->used_count; i++) {
        uint32_t slot = run->model->used[i];
        const struct model_object *object = model_object(run->model, slot);

        if (model_is_live(object)) {
            run->direct.op = freeing_op(object, slot);
            if (!schedule_carry_out(run)) {
                return false;
            }
        }
    }
    return true;
}

/* Caches of fragments let go of their runs. */
static bool drain_fragments(struct run *run)
{
    for (unsigned set = 0; set < FRAGMENT_CACHE_COUNT; set++) {
        run->direct.op = (struct op){.code = OP_DRAIN_FRAGS, .a = set};
        if (run->model->fragments.caches[set].head != NULL && !schedule_carry_out(run)) {
            return false;
        }
    }
    return true;
}

/* Sets of buckets go like caches, unless something was kept of them for good. */
static bool destroy_buckets(struct run *run)
{
    for (unsigned set = 0; set < MODEL_BUCKETS_COUNT; set++) {
        run->direct.op = (struct op){.code = OP_BUCKETS_DESTROY, .a = set};
        if (run->model->buckets[set].heap != NULL && !schedule_carry_out(run)) {
            return false;
        }
    }
    return true;
}

/* What they have in reserve goes back before the caches that it came from are destroyed. */
static bool destroy_pools(struct run *run)
{
    for (unsigned pool = 0; pool < MODEL_POOL_COUNT; pool++) {
        run->direct.op = (struct op){.code = OP_POOL_DESTROY, .b = pool};
        if (run->model->pools[pool].is_there && !schedule_carry_out(run)) {
            return false;
        }
    }
    return true;
}

static bool destroy_all(struct run *run)
{
    for (unsigned slot = 0; slot < MODEL_CACHE_COUNT; slot++) {
        if (run->model->caches[slot].handle != NULL) {
            run->direct.op = (struct op){.code = OP_DESTROY, .cache = (uint8_t)slot};
            if (!schedule_carry_out(run)) {
                return false;
            }
        }
    }
    return true;
}

/* A cache gives back what it can, if it has anything. */
static bool shrink(struct run *run, struct kmem_cache *cache)
{
    return cache == NULL || view_slab_count(cache) == 0 ||
           flight_finish(&run->direct, execute_shrink_cache(&run->direct.execution, cache));
}

/* One pass over the caches of kmalloc, and of buckets that are still there. */
static bool shrink_once(struct run *run)
{
    struct kmem_cache **caches = run->direct.execution.heap->kmalloc_caches;

    for (unsigned index = 0; index < KMALLOC_CACHE_TOTAL; index++) {
        if (!shrink(run, caches[index])) {
            return false;
        }
    }
    for (unsigned i = 0; i < MODEL_BUCKETS_COUNT * KMALLOC_CACHE_COUNT; i++) {
        const struct kmem_buckets *set = &run->model->buckets[i / KMALLOC_CACHE_COUNT];

        if (set->heap != NULL && !shrink(run, set->caches[i % KMALLOC_CACHE_COUNT])) {
            return false;
        }
    }
    return true;
}

/* What one cache gives back may have been what another one kept a slab for. */
static bool shrink_all(struct run *run)
{
    return shrink_once(run) &&
           (!run->direct.execution.heap->config.object_extensions || shrink_once(run));
}

static bool give_back(struct run *run)
{
    return wait_for_readers(run) && free_all(run) && drain_fragments(run) && destroy_pools(run) &&
           destroy_all(run) && destroy_buckets(run) && shrink_all(run);
}

/* The loaded heap is judged as a whole before freeing it could hide what is wrong with it. */
static void finish_heap(struct run *run)
{
    run->is_end = true;
    if (!run->options->is_unjudged && !heap_check_full(run->check, &run->violation)) {
        return;
    }
    if (!give_back(run) || run->options->is_unjudged) {
        return;
    }
    if (compare_end(run->model) && heap_check_full(run->check, &run->violation)) {
        heap_destroy(run->direct.execution.heap);
    }
}

static void show_caches(struct run *run)
{
    struct kmem_heap *heap = run->direct.execution.heap;

    list_for_each_safe(link, following, &heap->caches) {
        sim_begin_step(run->sim);
        run->options->on_cache(run->options->context, container_of(link, struct kmem_cache, link));
        sim_end_step(run->sim);
    }
}

static void body(void *argument)
{
    struct run *run = argument;
    struct kmem_heap *heap = heap_create(run->config, sim_platform(run->sim));

    sim_drain_all(run->sim);
    execute_start(&run->direct.execution, heap);
    for (unsigned i = 0; i < SIM_TASK_COUNT; i++) {
        execute_start(&run->tasks[i].execution, heap);
    }
    model_begin(run->model, heap, !run->options->is_unjudged);
    owed_begin(&run->owed, run->model);
    waiting_begin(&run->waiting, run->model);
    heap_check_begin(run->check, heap, sim_journal(run->sim), owed_covers, &run->owed);
    if (!run_ops(run)) {
        return;
    }
    if (run->options->on_cache != NULL) {
        show_caches(run);
    }
    if (!run->options->skips_end) {
        finish_heap(run);
    }
}

static void fail(struct run *run, const char *rule, const char *statement, const void *subject)
{
    struct run_result *result = &run->result;
    const struct flight *flight = flight_now(run);

    result->verdict = RUN_FAILED;
    result->rule = rule;
    result->statement = statement;
    result->subject = subject;
    result->op_name = run->is_end ? "end" : op_rows[flight->op.code].name;
    result->op_index = flight->op_index;
    result->step = sim_step(run->sim);
    snprintf(result->signature, sizeof(result->signature), "%s@%s", rule, result->op_name);
}

static void fail_model(struct run *run)
{
    enum model_rule rule = run->model->violation;
    struct run_result *result = &run->result;

    fail(run, model_rule_name(rule), model_rule_statement(rule), run->model->subject);
    if (rule == MODEL_RULE_REPORT_OWED || rule == MODEL_RULE_REPORT_NOT_OWED) {
        snprintf(result->signature, sizeof(result->signature), "%s:%s@%s", result->rule,
                 report_kind_name(run->owed.surprise), result->op_name);
    }
}

/* A panic is right where the cache could not be made, a stop where the report was owed. */
static void conclude(struct run *run, const struct sim_outcome *outcome)
{
    bool is_panic = outcome->end == SIM_PANIC && !flight_now(run)->execution.panic_is_due;

    if (run->model->violation != MODEL_RULE_COUNT) {
        fail_model(run);
    } else if (is_panic) {
        fail(run, model_rule_name(MODEL_RULE_CREATE_RESULT),
             model_rule_statement(MODEL_RULE_CREATE_RESULT), NULL);
    } else if (outcome->end == SIM_VIOLATED || outcome->end == SIM_HANG) {
        fail(run, outcome->rule, rule_statement(rule_find(outcome->rule)), outcome->subject);
    } else if (run->violation.rule != RULE_COUNT) {
        fail(run, rule_name(run->violation.rule), rule_statement(run->violation.rule),
             run->violation.subject);
    }
}

static void on_meeting(void *context, const struct sim_access *parked,
                       const struct sim_access *made)
{
    const struct run *run = context;

    feedback_meeting(&run->direct.feedback, parked, made);
}

static void on_point(void *context, const struct sim_access *access)
{
    const struct run *run = context;

    run->options->on_access(run->options->context, flight_now(run)->op_index, access);
}

static void set_watch(struct run *run)
{
    const struct sim_watch watch = {
        .context = run,
        .on_point = run->options->on_access != NULL ? on_point : NULL,
        .on_meeting = run->options->on_state != NULL ? on_meeting : NULL,
    };

    sim_set_watch(run->sim, &watch);
}

static struct run_result run_prepared(struct run *run, const struct run_options *options)
{
    static const struct run_options defaults = {0};

    run->options = options != NULL ? options : &defaults;
    run->direct.feedback = (struct feedback){.on_state = run->options->on_state};
    run->direct.op = (struct op){.code = OP_NOP};
    run->direct.op_index = 0;
    run->schedule = (struct schedule){0};
    run->is_end = false;
    run->violation = (struct violation){.rule = RULE_COUNT};
    run->result = (struct run_result){0};
    sim_reset(run->sim, run->config);
    set_watch(run);

    struct sim_outcome outcome = sim_run(run->sim, body, run);

    run->result.report_count = run->owed.report_count;
    run->result.item_count = heap_check_items(run->check);
    execute_take_hash(&run->direct.execution, &run->result.hash);
    run->result.op_index = run->direct.op_index;
    conclude(run, &outcome);
    return run->result;
}

struct run_result run_bytes(struct run *run, const uint8_t *bytes, size_t size,
                            const struct run_options *options)
{
    struct program_reader reader;

    program_open(&reader, bytes, size);
    run->reader = &reader;
    run->program = NULL;
    run->source = NULL;
    run->config = &reader.config;
    return run_prepared(run, options);
}

struct run_result run_program(struct run *run, const struct program *program,
                              const struct run_options *options)
{
    run->reader = NULL;
    run->program = program;
    run->source = NULL;
    run->config = &program->config;
    return run_prepared(run, options);
}

struct run_result run_source(struct run *run, const struct heap_config *config,
                             const struct run_source *source, const struct run_options *options)
{
    run->reader = NULL;
    run->program = NULL;
    run->source = source;
    run->config = config;
    return run_prepared(run, options);
}

unsigned run_turn(const struct run *run, unsigned cpu)
{
    return schedule_turn(&run->schedule, cpu, run->config->cpu_count);
}

const struct kmem_heap *run_heap(const struct run *run)
{
    return run->direct.execution.heap;
}

const struct model *run_model(const struct run *run)
{
    return run->model;
}

const struct sim *run_sim(const struct run *run)
{
    return run->sim;
}
