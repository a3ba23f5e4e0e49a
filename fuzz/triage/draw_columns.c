#include "fuzz/triage/draw_columns.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fuzz/trace.h"

enum {
    LINES_MAX = 120,        /* of the picture, about */
    LINES_WHOLE = 72,       /* at its end, in which parts are drawn with their accesses */
    ACCESSES_MAX = 24,      /* of a part that are drawn: the first ones and the last ones */
    ACCESSES_FIRST = 4,
    GAP_LEAST = 3,          /* of those that are not */
    GUTTER = 9,             /* columns of text, left of the first CPU's */
    WIDTH = 96,             /* of all CPUs together, about */
    COLUMN_LEAST = 7,       /* a line has text in one column: that may reach into the next ones */
    COLUMN_MOST = 44,
    HEAD_WIDTH = 5,         /* "CPU 0" */
    LINE_SIZE = 256,
};

static const char *const access_names[WORLD_ACCESS_COUNT] = {
    [WORLD_LOAD] = "r",    [WORLD_STORE] = "w",       [WORLD_CAS] = "CAS",
    [WORLD_LOCK] = "lock", [WORLD_UNLOCK] = "unlock", [WORLD_IRQS_OFF] = "irqs off",
    [WORLD_IRQS_ON] = "irqs on",
};

struct picture {
    const struct interleaving *interleaving;
    const struct program *program;
    const struct palette *palette;
    int left[CPU_MAX];              /* where the CPU's column begins, from the gutter; 0..WIDTH */
    bool is_shown[CPU_MAX];
    uint64_t first;                 /* number of the first part that is drawn anyway */
    uint64_t first_whole;           /* and of the first one drawn with its accesses */
};

static uint8_t code_of(const struct picture *picture, const struct part *part)
{
    bool is_end = part->op_index >= picture->program->op_count;

    return is_end ? (uint8_t)OP_NOP : picture->program->ops[part->op_index].code;
}

/* Lines that say who runs are what the columns are for; the end is of interest if it fails. */
static bool is_drawn(const struct picture *picture, const struct part *part)
{
    if (part->op_index >= picture->program->op_count) {
        return part == interleaving_last(picture->interleaving);
    }
    switch (code_of(picture, part)) {
    case OP_CPU:
    case OP_PARK:
    case OP_IRQ:
    case OP_NMI:
        return false;
    default:
        return true;
    }
}

/* The op that ran last: what it did is never left out. */
static bool is_last_op(const struct picture *picture, const struct part *part)
{
    return part->op_index == interleaving_last(picture->interleaving)->op_index;
}

/* A line says enough of an op that was alone with the memory, or is long over. */
static bool is_drawn_whole(const struct picture *picture, uint64_t number)
{
    const struct part *part = interleaving_part(picture->interleaving, number);
    bool is_near = part->is_shared && number >= picture->first_whole;

    return part->access_count != 0 && (is_near || is_last_op(picture, part));
}

static uint64_t line_count(const struct picture *picture, uint64_t number)
{
    const struct part *part = interleaving_part(picture->interleaving, number);
    uint64_t shown = part->access_count < ACCESSES_MAX ? part->access_count : ACCESSES_MAX;

    return !is_drawn(picture, part) ? 0 : is_drawn_whole(picture, number) ? shown + 2 : 1;
}

/*
 * The marks of CPUs that are in the middle of something while the part runs, behind the character
 * at a place, -1 for none, and before end. Returns the place of the last one.
 */
static int put_lanes(const struct picture *picture, const struct part *part, int place, int end)
{
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        int left = picture->left[cpu];
        bool is_between = left < end && (left > place + 1 || place < 0);
        bool is_parked = (part->parked_cpus >> cpu & 1) != 0;

        if (picture->is_shown[cpu] && is_parked && is_between) {
            printf("%*s%s:%s", left - place - 1, "", picture->palette->dim,
                   picture->palette->reset);
            place = left;
        }
    }
    return place;
}

/*
 * One line of the picture, in the column of the part's CPU. Text that is not indented begins the
 * part: beside it stands the number of the op.
 */
static __attribute__((format(printf, 4, 5))) void put_line(const struct picture *picture,
                                                           const struct part *part,
                                                           const char *colour, const char *format,
                                                           ...)
{
    char text[LINE_SIZE];
    int left = picture->left[part->cpu];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (text[0] != ' ') {
        printf("%*zu  ", GUTTER - 2, part->op_index + 1);
    } else {
        printf("%*s", GUTTER, "");
    }
    printf("%*s%s%s%s", left - put_lanes(picture, part, -1, left) - 1, "", colour, text,
           colour[0] != '\0' ? picture->palette->reset : "");
    put_lanes(picture, part, left + (int)strlen(text) - 1, INT_MAX);
    printf("\n");
}

/* "free o1", "goes on: free o1" */
static const char *title_text(const struct picture *picture, const struct part *part,
                              char text[LINE_SIZE])
{
    static const char *const contexts[] = {
        [SIM_PROCESS] = "", [SIM_IRQ] = "interrupt: ", [SIM_NMI] = "NMI: "};
    const char *preface = part->is_first ? contexts[part->context] : "goes on: ";
    char op[TRACE_OP_SIZE] = "the end: all is freed and destroyed";

    if (part->op_index < picture->program->op_count) {
        trace_write_op(&picture->program->ops[part->op_index], op, sizeof(op));
    }
    snprintf(text, LINE_SIZE, "%s%s", preface, op);
    return text;
}

static const char *outcome_text(const struct run_event *event, char text[LINE_SIZE])
{
    if (event->outcome == RUN_OP_SKIPPED) {
        snprintf(text, LINE_SIZE, "skipped");
    } else if (event->outcome == RUN_OP_STEP && event->has_address) {
        snprintf(text, LINE_SIZE, "step %" PRIu64 ", +0x%" PRIx64, event->step, event->address);
    } else if (event->outcome == RUN_OP_STEP) {
        snprintf(text, LINE_SIZE, "step %" PRIu64 ", %" PRId64, event->step, event->value);
    } else {
        snprintf(text, LINE_SIZE, "done");
    }
    return text;
}

static bool is_alike(const struct access *one, const struct access *other)
{
    return one->kind == other->kind && one->is_lost == other->is_lost &&
           one->address == other->address;
}

/* Accesses from number on that are the same as that one, below end. */
static uint64_t count_alike(const struct interleaving *interleaving, uint64_t number, uint64_t end)
{
    const struct access *first = interleaving_access_at(interleaving, number);
    uint64_t next = number + 1;

    while (next < end && is_alike(first, interleaving_access_at(interleaving, next))) {
        next++;
    }
    return next - number;
}

static void put_access(const struct picture *picture, const struct part *part,
                       const struct access *access, uint64_t times)
{
    const char *name = access_names[access->kind];
    char repeats[24] = "";

    if (times > 1) {
        snprintf(repeats, sizeof(repeats), " x%" PRIu64, times);
    }
    if (access->address == NULL) {
        put_line(picture, part, picture->palette->dim, "  %s%s", name, repeats);
    } else {
        put_line(picture, part, access->is_lost ? picture->palette->focus : "", "  %-6s %s%s%s",
                 name, access->word, repeats, access->is_lost ? ": lost" : "");
    }
}

static void put_accesses(const struct picture *picture, const struct part *part)
{
    uint64_t end = part->access_first + part->access_count;
    bool is_cut = part->access_count >= ACCESSES_MAX + GAP_LEAST;
    uint64_t gap = is_cut ? part->access_first + ACCESSES_FIRST : end;
    uint64_t behind = is_cut ? end - (ACCESSES_MAX - ACCESSES_FIRST) : end;

    for (uint64_t number = part->access_first; number < end;) {
        const struct access *access = interleaving_access_at(picture->interleaving, number);
        uint64_t stop = number < gap ? gap : end;

        if (number == gap && gap != behind) {
            put_line(picture, part, picture->palette->dim, "  ... %" PRIu64 " more",
                     behind - gap);
            number = behind;
        } else if (access == NULL) {
            number++;
        } else {
            uint64_t times = count_alike(picture->interleaving, number, stop);

            put_access(picture, part, access, times);
            number += times;
        }
    }
}

/* Of a part that has an end. */
static const char *end_text(const struct part *part, char text[LINE_SIZE])
{
    switch (part->end) {
    case PART_WAITS:
        snprintf(text, LINE_SIZE, "waits for %s", part->next.word);
        break;
    case PART_UNLOCKED:
        snprintf(text, LINE_SIZE, "stops, for others waited for %s", part->next.word);
        break;
    case PART_PARKED:
        snprintf(text, LINE_SIZE, "parked before %s%s%s", access_names[part->next.kind],
                 part->next.address != NULL ? " " : "", part->next.word);
        break;
    default:
        outcome_text(&part->event, text);
        break;
    }
    return text;
}

/* "alloc c0 o1: 9 accesses, step 4, +0x40" */
static void put_short(const struct picture *picture, const struct part *part)
{
    char title[LINE_SIZE];
    char end[LINE_SIZE];
    char accesses[48] = "";

    if (part->access_count != 0) {
        snprintf(accesses, sizeof(accesses), "%" PRIu64 " access%s, ", part->access_count,
                 part->access_count == 1 ? "" : "es");
    }
    put_line(picture, part, "", "%s: %s%s", title_text(picture, part, title), accesses,
             end_text(part, end));
}

static void put_whole(const struct picture *picture, const struct part *part)
{
    char text[LINE_SIZE];

    put_line(picture, part, picture->palette->focus, "%s", title_text(picture, part, text));
    put_accesses(picture, part);
    if (part->end != PART_RUNS) {
        put_line(picture, part, picture->palette->dim, "  %s", end_text(part, text));
    }
}

static void put_part(const struct picture *picture, uint64_t number)
{
    const struct part *part = interleaving_part(picture->interleaving, number);

    if (is_drawn_whole(picture, number)) {
        put_whole(picture, part);
    } else {
        put_short(picture, part);
    }
}

/* What comes last fills the picture. */
static void choose_parts(struct picture *picture)
{
    const struct interleaving *interleaving = picture->interleaving;
    uint64_t lost = interleaving_parts_lost(interleaving);
    uint64_t lines = 0;

    picture->first = interleaving_part_count(interleaving);
    while (picture->first > lost && lines < LINES_MAX) {
        picture->first--;
        picture->first_whole = lines < LINES_WHOLE ? picture->first : picture->first_whole;
        lines += line_count(picture, picture->first);
    }
}

static bool is_chosen(const struct picture *picture, uint64_t number)
{
    const struct part *part = interleaving_part(picture->interleaving, number);

    return is_drawn(picture, part) && (number >= picture->first || is_last_op(picture, part));
}

static void choose_columns(struct picture *picture)
{
    uint64_t count = interleaving_part_count(picture->interleaving);
    uint64_t number = interleaving_parts_lost(picture->interleaving);
    int columns = 0;
    int left = 0;

    for (; number < count; number++) {
        const struct part *part = interleaving_part(picture->interleaving, number);

        if (is_chosen(picture, number)) {
            columns += !picture->is_shown[part->cpu];
            picture->is_shown[part->cpu] = true;
        }
    }

    int width = columns > 1 ? (WIDTH - COLUMN_MOST) / (columns - 1) : COLUMN_MOST;

    width = width < COLUMN_LEAST ? COLUMN_LEAST : width > COLUMN_MOST ? COLUMN_MOST : width;
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        picture->left[cpu] = left;
        left += picture->is_shown[cpu] ? width : 0;
    }
}

static void put_heads(const struct picture *picture)
{
    int place = 0;

    printf("%*s  ", GUTTER - 2, "op");
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        if (picture->is_shown[cpu]) {
            printf("%*sCPU %u", picture->left[cpu] - place, "", cpu);
            place = picture->left[cpu] + HEAD_WIDTH;
        }
    }
    printf("\n");
}

void draw_columns(const struct interleaving *interleaving, const struct program *program,
                  const char *signature, const struct palette *palette)
{
    struct picture picture = {interleaving, program, palette, {0}, {false}, 0, 0};
    uint64_t count = interleaving_part_count(interleaving);

    if (count == 0) {
        return;
    }
    choose_parts(&picture);
    choose_columns(&picture);
    printf("\nwho ran when (r read, w written, CAS: a word of shared memory; ':' is in the middle "
           "of an op):\n\n");
    put_heads(&picture);
    for (uint64_t number = interleaving_parts_lost(interleaving); number < count; number++) {
        if (number == picture.first && number > 0) {
            printf("%*s  %" PRIu64 " parts of ops until here\n", GUTTER - 2, "...", number);
        }
        if (is_chosen(&picture, number)) {
            put_part(&picture, number);
        }
    }
    put_line(&picture, interleaving_last(interleaving), palette->bad, "  ^ %s", signature);
}
