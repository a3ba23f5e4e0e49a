#include "record/convert.h"

#include <stdlib.h>

#include "allocator/base/bits.h"
#include "allocator/base/params.h"
#include "record/pointer_map.h"

enum {
    NO_SLOT = UINT32_MAX,    /* of an allocation that the program leaves out */
    ARENA_PAGES_SPARE = 64,  /* a slab for each of kmalloc's caches */
    ARENA_FACTOR = 2,
    CAPACITY_MIN = 1024,
};

const char *const convert_count_texts[CONVERT_COUNT_COUNT] = {
#define X(NAME, name, text) [CONVERT_##NAME] = text,
    CONVERT_COUNTS(X)
#undef X
};

struct converter {
    struct conversion *conversion;
    size_t op_max;
    size_t op_capacity;
    struct pointer_map live;
    uint32_t *free_slots;          /* a stack */
    size_t free_slot_count;
    size_t free_slot_capacity;
    uint32_t slot_count;           /* slots ever used */
    uint64_t bytes;                /* asked for and live */
    uint64_t served_bytes;         /* the same, each rounded up as kmalloc does */
    uint64_t served_peak;
    uint64_t objects;
    uint16_t pattern;              /* of the latest fill */
    unsigned cpu;                  /* whose turn it is */
    bool is_out_of_memory;
};

static void count(struct converter *converter, enum convert_count row)
{
    converter->conversion->counts[row]++;
}

/* Makes room for one more element; false if there is no memory. */
static bool reserve(void **elements, size_t element_size, size_t used, size_t *capacity)
{
    size_t larger = *capacity == 0 ? CAPACITY_MIN : 2 * *capacity;
    void *moved = NULL;

    if (used < *capacity) {
        return true;
    }
    moved = realloc(*elements, larger * element_size);
    if (moved == NULL) {
        return false;
    }
    *elements = moved;
    *capacity = larger;
    return true;
}

static bool is_full(const struct converter *converter)
{
    return converter->conversion->program.op_count >= converter->op_max;
}

/* Ops beyond the largest number are dropped: the conversion ends with this event. */
static void emit(struct converter *converter, struct op op)
{
    struct program *program = &converter->conversion->program;
    void *ops = program->ops;

    if (is_full(converter) || converter->is_out_of_memory) {
        return;
    }
    if (!reserve(&ops, sizeof(op), program->op_count, &converter->op_capacity)) {
        converter->is_out_of_memory = true;
        return;
    }
    program->ops = ops;
    program->ops[program->op_count] = op;
    program->op_count++;
}

static uint32_t take_slot(struct converter *converter)
{
    if (converter->free_slot_count > 0) {
        converter->free_slot_count--;
        return converter->free_slots[converter->free_slot_count];
    }
    converter->slot_count++;
    return converter->slot_count - 1;
}

static void give_slot(struct converter *converter, uint32_t slot)
{
    void *slots = converter->free_slots;

    if (!reserve(&slots, sizeof(slot), converter->free_slot_count,
                 &converter->free_slot_capacity)) {
        converter->is_out_of_memory = true;
        return;
    }
    converter->free_slots = slots;
    converter->free_slots[converter->free_slot_count] = slot;
    converter->free_slot_count++;
}

/* Bytes that kmalloc takes for size bytes, at most: two of its classes are finer. */
static uint64_t served_size(uint64_t size)
{
    if (size == 0) {
        return 0;
    }
    return size <= WORD_SIZE ? WORD_SIZE : UINT64_C(1) << log2_ceil(size);
}

static void account_birth(struct converter *converter, uint64_t size)
{
    uint64_t *counts = converter->conversion->counts;

    converter->objects++;
    converter->bytes += size;
    converter->served_bytes += served_size(size);
    if (converter->objects > counts[CONVERT_PEAK_OBJECTS]) {
        counts[CONVERT_PEAK_OBJECTS] = converter->objects;
    }
    if (converter->bytes > counts[CONVERT_PEAK_BYTES]) {
        counts[CONVERT_PEAK_BYTES] = converter->bytes;
    }
    if (converter->served_bytes > converter->served_peak) {
        converter->served_peak = converter->served_bytes;
    }
}

static void account_death(struct converter *converter, uint64_t size)
{
    converter->objects--;
    converter->bytes -= size;
    converter->served_bytes -= served_size(size);
}

static void emit_fill(struct converter *converter, uint32_t slot, uint64_t size)
{
    if (size > 0) {
        converter->pattern++;
        emit(converter, (struct op){.code = OP_FILL, .object = slot, .a = converter->pattern});
    }
}

/* The user gives an allocation back. entry is no longer valid afterwards. */
static void convert_death(struct converter *converter, struct pointer_entry *entry)
{
    uint32_t slot = entry->slot;

    if (slot != NO_SLOT) {
        if (entry->size > 0) {
            emit(converter, (struct op){.code = OP_VERIFY, .object = slot});
        }
        emit(converter, (struct op){.code = OP_KFREE, .object = slot});
        account_death(converter, entry->size);
        give_slot(converter, slot);
    }
    pointer_map_remove(&converter->live, entry);
}

/* The address is about to be handed out. If it is live, somebody not recorded has freed it. */
static void vacate(struct converter *converter, uint64_t pointer)
{
    struct pointer_entry *old = pointer_map_find(&converter->live, pointer);

    if (old != NULL) {
        count(converter, CONVERT_IMPLIED);
        convert_death(converter, old);
    }
}

static void insert(struct converter *converter, uint64_t pointer, uint32_t slot, uint64_t size)
{
    const struct pointer_entry entry = {pointer, slot, (uint32_t)size};

    if (!pointer_map_insert(&converter->live, &entry)) {
        converter->is_out_of_memory = true;
    }
}

static void leave_out(struct converter *converter, uint64_t pointer, enum convert_count why)
{
    count(converter, why);
    vacate(converter, pointer);
    insert(converter, pointer, NO_SLOT, 0);
}

/* The user is given size bytes, which op asks for once it has its slot. */
static void convert_birth(struct converter *converter, uint64_t pointer, uint64_t size,
                          struct op op)
{
    if (size > KMALLOC_SIZE_MAX) {
        leave_out(converter, pointer, CONVERT_TOO_LARGE);
        return;
    }
    vacate(converter, pointer);
    op.object = take_slot(converter);
    insert(converter, pointer, op.object, size);
    emit(converter, op);
    account_birth(converter, size);
    emit_fill(converter, op.object, size);
}

static void convert_kmalloc(struct converter *converter, uint64_t pointer, uint64_t size)
{
    const struct op op = {.code = OP_KMALLOC, .a = (uint32_t)size};

    convert_birth(converter, pointer, size, op);
}

static void convert_calloc(struct converter *converter, const struct recording_event *event)
{
    uint64_t size = event->size * event->detail;
    struct op op = {.code = OP_KCALLOC, .a = (uint32_t)event->detail, .b = (uint32_t)event->size};

    /* An operand of kcalloc is signed; and who allocates one of something zeroes no array. */
    if (event->detail == 1 || event->detail > INT32_MAX || event->size > INT32_MAX) {
        op = (struct op){.code = OP_KZALLOC, .a = (uint32_t)size};
    }
    convert_birth(converter, event->pointer, size, op);
}

/* Size not below size that kmalloc aligns to a power of two: its class, or its run of pages. */
static uint64_t aligned_size(uint64_t size, uint64_t alignment)
{
    uint64_t needed = size > alignment ? size : alignment;

    if (alignment <= WORD_SIZE) {
        return size;
    }
    return needed <= KMALLOC_CACHE_SIZE_MAX ? UINT64_C(1) << log2_ceil(needed) : needed;
}

static void convert_memalign(struct converter *converter, const struct recording_event *event)
{
    uint64_t size = aligned_size(event->size, event->detail);

    if (size > KMALLOC_SIZE_MAX && event->size <= KMALLOC_SIZE_MAX) {
        leave_out(converter, event->pointer, CONVERT_TOO_ALIGNED);
        return;
    }
    convert_kmalloc(converter, event->pointer, size);
}

/* Both sizes can be served: the object keeps its slot. old is no longer valid afterwards. */
static void convert_resize(struct converter *converter, struct pointer_entry *old,
                           const struct recording_event *event)
{
    uint32_t slot = old->slot;
    uint64_t old_size = old->size;

    pointer_map_remove(&converter->live, old);
    vacate(converter, event->pointer);
    insert(converter, event->pointer, slot, event->size);
    emit(converter,
         (struct op){.code = OP_KREALLOC, .object = slot, .a = (uint32_t)event->size});
    account_death(converter, old_size);
    account_birth(converter, event->size);
    if (event->size > old_size) {
        emit_fill(converter, slot, event->size);
    }
}

static void convert_realloc(struct converter *converter, const struct recording_event *event)
{
    struct pointer_entry *old = pointer_map_find(&converter->live, event->detail);

    if (old != NULL && old->slot != NO_SLOT && event->pointer != 0 &&
        event->size <= KMALLOC_SIZE_MAX) {
        convert_resize(converter, old, event);
        return;
    }
    if (old != NULL) {
        convert_death(converter, old);
    }
    if (event->pointer != 0) {
        convert_kmalloc(converter, event->pointer, event->size);
    }
}

static void convert_known(struct converter *converter, const struct recording_event *event)
{
    struct pointer_entry *entry = pointer_map_find(&converter->live, event->pointer);

    if (entry == NULL) {
        count(converter, CONVERT_STRANGE);
    } else if (event->kind == RECORDING_FREE) {
        convert_death(converter, entry);
    } else if (entry->slot != NO_SLOT) {
        emit(converter, (struct op){.code = OP_KSIZE, .object = entry->slot});
    }
}

/* realloc to 0 bytes returns NULL and has freed; any other NULL changed nothing. */
static bool has_failed(const struct recording_event *event)
{
    return event->pointer == 0 && !(event->kind == RECORDING_REALLOC && event->size == 0);
}

/* The ops of an event are those of its thread's CPU. */
static void turn_to(struct converter *converter, uint32_t thread)
{
    uint64_t *counts = converter->conversion->counts;
    unsigned cpu = thread % CPU_MAX;

    if (thread >= counts[CONVERT_THREADS]) {
        counts[CONVERT_THREADS] = (uint64_t)thread + 1;
    }
    if (cpu != converter->cpu) {
        emit(converter, (struct op){.code = OP_CPU, .a = cpu});
        count(converter, CONVERT_TURNS);
        converter->cpu = cpu;
    }
}

/* False for a kind that there is not. */
static bool convert_event(struct converter *converter, const struct recording_event *event)
{
    if (has_failed(event)) {
        count(converter, CONVERT_FAILED);
        return event->kind < RECORDING_KIND_COUNT;
    }
    turn_to(converter, event->thread);
    switch (event->kind) {
    case RECORDING_MALLOC:
        convert_kmalloc(converter, event->pointer, event->size);
        return true;
    case RECORDING_CALLOC:
        convert_calloc(converter, event);
        return true;
    case RECORDING_REALLOC:
        convert_realloc(converter, event);
        return true;
    case RECORDING_FREE:
    case RECORDING_USABLE_SIZE:
        convert_known(converter, event);
        return true;
    case RECORDING_MEMALIGN:
        convert_memalign(converter, event);
        return true;
    default:
        return false;
    }
}

static uint32_t arena_pages(uint64_t served_peak)
{
    uint64_t pages = ARENA_FACTOR * ((served_peak + PAGE_SIZE - 1) / PAGE_SIZE) + ARENA_PAGES_SPARE;

    return pages >= PAGE_COUNT_MAX ? PAGE_COUNT_MAX : (uint32_t)1 << log2_ceil(pages);
}

static void finish(struct converter *converter)
{
    struct program *program = &converter->conversion->program;
    uint64_t thread_count = converter->conversion->counts[CONVERT_THREADS];

    program->config.page_count = arena_pages(converter->served_peak);
    if (thread_count > program->config.cpu_count) {
        program->config.cpu_count = thread_count < CPU_MAX ? (uint32_t)thread_count : CPU_MAX;
    }
    program->wide = converter->slot_count > OP_NARROW_OBJECT_MAX + 1;
    converter->conversion->counts[CONVERT_OPS] = program->op_count;
    converter->conversion->counts[CONVERT_PAGES] = program->config.page_count;
    pointer_map_fini(&converter->live);
    free(converter->free_slots);
}

static enum convert_result convert_all(struct converter *converter,
                                       const struct recording_event *events, size_t event_count)
{
    uint64_t *done = &converter->conversion->counts[CONVERT_EVENTS];

    for (; *done < event_count && events[*done].kind != RECORDING_NONE; (*done)++) {
        if (is_full(converter)) {
            count(converter, CONVERT_BEYOND);
        } else if (!convert_event(converter, &events[*done])) {
            return CONVERT_BAD_EVENT;
        }
        if (converter->is_out_of_memory) {
            return CONVERT_NO_MEMORY;
        }
    }
    return CONVERT_DONE;
}

enum convert_result convert_events(struct conversion *conversion,
                                   const struct recording_event *events, size_t event_count,
                                   size_t op_max)
{
    struct converter converter = {.conversion = conversion, .op_max = op_max};
    enum convert_result result = CONVERT_DONE;

    *conversion = (struct conversion){.program = {.config = heap_config_default()}};
    result = convert_all(&converter, events, event_count);
    finish(&converter);
    return result;
}

void convert_fini(struct conversion *conversion)
{
    free(conversion->program.ops);
    conversion->program.ops = NULL;
}
