#include "tests/exhaustive/op_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/trace.h"

/* What the second side adds to its slots; cache c0 is shared. */
enum { OBJECT_DISTANCE = 100, CACHE_DISTANCE = 10 };

enum { TEXT_MAX = 2048, PART_MAX = 16 };

const struct op_kind op_kinds[] = {
    {
        OP_CREATE,
        "",
        "create c1 size=2048\ncreate c2 size=2048 flags=RED_ZONE\ncreate c3 size=200\n",
    },
    {
        OP_DESTROY,
        "create c1 size=2048\n"
        "create c2 size=2048\n"
        "create c3 size=200\n"
        "alloc c1 o1\n"
        "alloc c1 o2\nfree o1\nfree o2\n",
        "destroy c1\ndestroy c2\ndestroy c3\n",
    },
    {
        OP_ALLOC,
        "alloc c0 o1\n",
        "alloc c0 o10\nalloc c0 o11\nalloc c0 o12\n",
    },
    {
        OP_ZALLOC,
        "alloc c0 o1\n",
        "zalloc c0 o10\nzalloc c0 o11\nzalloc c0 o12\n",
    },
    {
        OP_FREE,
        "alloc c0 o10\n"
        "alloc c0 o11\n"
        "alloc c0 o12\nalloc c0 o13\nalloc c0 o14\n",
        "free o10\nfree o11\nfree o12\n",
    },
    {
        OP_BULK_ALLOC,
        "alloc c0 o1\n",
        "bulk_alloc c0 o10 count=2\nbulk_alloc c0 o12 count=3\nbulk_alloc c0 o15 count=2\n",
    },
    {
        OP_BULK_FREE,
        "alloc c0 o10\n"
        "alloc c0 o11\n"
        "alloc c0 o12\nalloc c0 o13\nalloc c0 o14\n",
        "bulk_free c0 o10 count=2\nbulk_free c0 o12 count=2\nbulk_free c0 o14 count=1\n",
    },
    {
        OP_SHRINK,
        "alloc c0 o1\n"
        "alloc c0 o2\n"
        "alloc c0 o3\nfree o1\nfree o2\n",
        "shrink c0\nshrink c0\nshrink c0\n",
    },
    {
        OP_FLUSH,
        "alloc c0 o1\n"
        "alloc c0 o2\nalloc c0 o3\nfree o1\n",
        "flush c0 cpu=0\nflush c0 cpu=1\nflush c0 cpu=0\n",
    },
    {
        OP_KMALLOC,
        "kmalloc o1 size=2000\n",
        "kmalloc o10 size=2000\nkmalloc o11 size=2000\nkmalloc o12 size=2000\n",
    },
    {
        OP_KZALLOC,
        "kmalloc o1 size=2000\n",
        "kzalloc o10 size=2000\nkzalloc o11 size=2000\nkzalloc o12 size=2000\n",
    },
    {
        OP_KCALLOC,
        "kmalloc o1 size=2000\n",
        "kcalloc o10 count=20 size=100\n"
        "kcalloc o11 count=100 size=20\n"
        "kcalloc o12 count=2 size=1000\n",
    },
    {
        OP_KREALLOC,
        "kmalloc o10 size=1000\nkmalloc o11 size=2000\nkmalloc o12 size=1000\n",
        "krealloc o10 size=2000\nkrealloc o11 size=1000\nkrealloc o12 size=2000\n",
    },
    {
        OP_KFREE,
        "kmalloc o10 size=2000\n"
        "kmalloc o11 size=2000\n"
        "kmalloc o12 size=2000\nkmalloc o13 size=2000\nkmalloc o14 size=2000\n",
        "kfree o10\nkfree o11\nkfree o12\n",
    },
    {
        OP_KSIZE,
        "kmalloc o10 size=2000\nkmalloc o11 size=5000\nkmalloc o12 size=2000\n",
        "ksize o10\nksize o11\nksize o12\n",
    },
    {
        OP_PAGES,
        "",
        "pages o10 order=0\npages o11 order=1\npages o12 order=0\n",
    },
    {
        OP_FREE_PAGES,
        "pages o10 order=0\npages o11 order=0\npages o12 order=1\n",
        "free_pages o10\nfree_pages o11\nfree_pages o12\n",
    },
    {
        OP_PAGES_COMP,
        "",
        "pages_comp o10 order=0\npages_comp o11 order=1\npages_comp o12 order=0\n",
    },
    {
        OP_GET_PAGE,
        "pages o1 order=1\n",
        "get_page o10 o1\nget_page o11 o10\nget_page o12 o1\n",
    },
    {
        OP_PUT_PAGE,
        "pages_comp o10 order=1\n"
        "get_page o11 o10\npages o13 order=0\nget_page o12 o13\n",
        "put_page o10\nput_page o11\nput_page o12\n",
    },
    {
        OP_PAGES_EXACT,
        "",
        "pages_exact o10 size=4096\npages_exact o11 size=9000\npages_exact o12 size=100\n",
    },
    {
        OP_FREE_EXACT,
        "pages_exact o10 size=4096\npages_exact o11 size=9000\npages_exact o12 size=100\n",
        "free_exact o10\nfree_exact o11\nfree_exact o12\n",
    },
    {
        OP_PAGES_BULK,
        "",
        "pages_bulk o10 count=1\npages_bulk o10 count=3\npages_bulk o13 count=2\n",
    },
    {
        OP_DRAIN_PAGES,
        "pages o1 order=0\n"
        "free_pages o1\n",
        "drain_pages\n"
        "drain_pages\n"
        "drain_pages\n",
    },
    {
        OP_FREE_PAGES_BULK,
        "pages_bulk o10 count=5\n",
        "free_pages_bulk o10 count=2\nfree_pages_bulk o12 count=1\nfree_pages_bulk o13 count=2\n",
    },
    {
        OP_VALIDATE,
        "alloc c0 o1\n"
        "alloc c0 o2\nalloc c0 o3\nfree o2\n",
        "validate c0\nvalidate c0\nvalidate c0\n",
    },
    {
        OP_FAIL_PAGE,
        "",
        "fail_page nth=1\nfail_page nth=2\nfail_page nth=0\n",
    },
    {
        OP_CACHE_SIZE,
        "",
        "cache_size c0\ncache_size c0\ncache_size c0\n",
    },
    {
        OP_VALIDATE_KMALLOC,
        "kmalloc o1 size=2000\n",
        "validate_kmalloc\nvalidate_kmalloc\nvalidate_kmalloc\n",
    },
    {
        OP_FLUSH_KMALLOC,
        "kmalloc o1 size=2000\nkmalloc o2 size=2000\nkfree o1\n",
        "flush_kmalloc cpu=0\nflush_kmalloc cpu=1\nflush_kmalloc cpu=0\n",
    },
    {
        OP_KFREE_BULK,
        "kmalloc o10 size=2000\n"
        "kmalloc o11 size=2000\n"
        "kmalloc o12 size=2000\nkmalloc o13 size=2000\nkmalloc o14 size=2000\n",
        "kfree_bulk o10 count=2\nkfree_bulk o12 count=2\nkfree_bulk o14 count=1\n",
    },
    {
        OP_KFREE_NULL,
        "",
        "kfree_null\nkfree_null\nkfree_null\n",
    },
    {
        OP_ALLOC_NOLOCK,
        "alloc c0 o1\n",
        "alloc_nolock c0 o10\nalloc_nolock c0 o11\nalloc_nolock c0 o12\n",
    },
    {
        OP_FREE_NOLOCK,
        "alloc c0 o10\n"
        "alloc c0 o11\n"
        "alloc c0 o12\nalloc c0 o13\nalloc c0 o14\n",
        "free_nolock o10\nfree_nolock o11\nfree_nolock o12\n",
    },
    {
        OP_RCU_LOCK,
        "",
        "rcu_lock\nrcu_unlock\nrcu_lock\n",
    },
    {
        OP_RCU_UNLOCK,
        "rcu_lock\n"
        "kmalloc o1 size=2000\nrcu_lock\nfree_rcu o1\n",
        "rcu_unlock\nrcu_unlock\nrcu_lock\n",
    },
    {
        OP_GRACE,
        "kmalloc o1 size=2000\n"
        "kmalloc o10 size=2000\n"
        "kmalloc o2 size=2000\nfree_rcu o1\nfree_rcu o2\n",
        "grace\nfree_rcu o10\ngrace\n",
    },
    {
        OP_FREE_RCU,
        "alloc c0 o10\nkmalloc o11 size=2000\nalloc c0 o12\n",
        "free_rcu o10\nfree_rcu o11\nfree_rcu o12\n",
    },
    {
        OP_KMALLOC_GFP,
        "kmalloc_gfp o1 size=2000 family=4\n",
        "kmalloc_gfp o10 size=2000 family=4\n"
        "kmalloc_gfp o11 size=2000 caller=3\n"
        "kmalloc_gfp o12 size=2000 family=1 zero=1\n",
    },
    {
        OP_KREALLOC_ALIGN,
        "kmalloc o10 size=1000\nkmalloc o11 size=2000\nkmalloc o12 size=1000\n",
        "krealloc_align o10 size=900 align_log2=12\n"
        "krealloc_align o11 size=2000 align_log2=12 family=2\n"
        "krealloc_align o12 size=2000 align_log2=3\n",
    },
    {
        OP_CHARGE,
        "alloc c0 o10\nalloc c0 o11\nkmalloc_gfp o12 size=2000 family=4\n",
        "charge o10\ncharge o11\ncharge o12\n",
    },
    {
        OP_ALLOC_ACCOUNT,
        "alloc c0 o1\n",
        "alloc_account c0 o10\nalloc_account c0 o11\nalloc_account c0 o12\n",
    },
    {
        OP_OFFLINE,
        "alloc c0 o1\n"
        "alloc c0 o2\nalloc c0 o3\nfree o1\n",
        "offline cpu=1\nonline cpu=1\noffline cpu=1\n",
    },
    {
        OP_SLABINFO,
        "alloc c0 o1\nalloc c0 o2\nfree o1\n",
        "slabinfo c0\nslabinfo c0\nslabinfo c0\n",
    },
    {
        OP_TRACES,
        "alloc c0 o1\nalloc c0 o2\nfree o1\n",
        "traces c0\ntraces c0 frees=1\ntraces c0 room=30\n",
    },
    {
        OP_ATTRIBUTE,
        "alloc c0 o1\nalloc c0 o2\nfree o1\n",
        "attribute c0 which=10\nattribute c0 which=13\nattribute c0 which=14\n",
    },
    {
        OP_PAGES_TYPE,
        "pages_type o1 order=0 type=0\n",
        "pages_type o10 order=1 type=1\npages_type o11 order=1 type=2 urgency=2\n"
        "pages_type o12 order=0 type=0 urgency=1\n",
    },
    {
        OP_ISOLATE,
        "pages o1 order=0\n",
        "isolate first=0 pages=1\nunisolate first=0 pages=1\nisolate first=2 pages=4\n",
    },
    {
        OP_CONTIG_ALLOC,
        "",
        "contig_alloc o10 first=3 pages=2\ncontig_alloc o11 first=6 pages=3\ncontig_free o10\n",
    },
};

const size_t op_kinds_count = sizeof(op_kinds) / sizeof(op_kinds[0]);

/* Ops of one text, on the heap that a line describes. */
struct part {
    struct op ops[PART_MAX];
    struct program program;
};

static void read_part(struct part *part, const char *heap, const char *lines)
{
    char text[TEXT_MAX];
    struct trace_error error;
    int size = snprintf(text, sizeof(text), "slubbed trace 1\nheap %s\n%s", heap, lines);

    part->program.ops = part->ops;
    if (!trace_read(text, (size_t)size, &part->program, PART_MAX, &error)) {
        fprintf(stderr, "%s:%zu: %s\n", lines, error.line, error.cause);
        exit(1);
    }
}

static bool names_object(const struct op *op)
{
    return op_masks[OPERAND_FIELD_object][op->code] != 0;
}

/* Said as CPU 0 says it. */
static bool names_other_cpu(const struct op *op)
{
    return op->code == OP_OFFLINE || op->code == OP_ONLINE;
}

/* A second slot. */
static bool names_run(const struct op *op)
{
    return op->code == OP_GET_PAGE;
}

static struct op move_to_side(struct op op, unsigned side)
{
    op.a ^= names_other_cpu(&op) ? side : 0;
    op.a += names_run(&op) ? side * OBJECT_DISTANCE : 0;
    op.object += names_object(&op) ? side * OBJECT_DISTANCE : 0;
    op.cache = (uint8_t)(op.cache + (op.cache != 0 ? side * CACHE_DISTANCE : 0));
    return op;
}

static void add(struct program *program, struct op op)
{
    if (program->op_count == OP_KINDS_PROGRAM_MAX) {
        fprintf(stderr, "more than %d ops in a program\n", OP_KINDS_PROGRAM_MAX);
        exit(1);
    }
    program->ops[program->op_count++] = op;
}

static void add_cpu(struct program *program, unsigned cpu)
{
    add(program, (struct op){.code = OP_CPU, .a = cpu});
}

/* The i-th ops of both sides, as long as they have any. */
static void add_setup(struct program *program, const struct part sides[2])
{
    for (size_t i = 0; i < PART_MAX; i++) {
        for (unsigned side = 0; side < 2; side++) {
            if (i < sides[side].program.op_count) {
                add_cpu(program, (unsigned)(i + side) % 2);
                add(program, move_to_side(sides[side].ops[i], side));
            }
        }
    }
}

static void add_work(struct program *program, const struct part *part, unsigned side)
{
    add_cpu(program, side);
    for (size_t i = 0; i < part->program.op_count; i++) {
        add(program, move_to_side(part->ops[i], side));
    }
}

size_t op_kinds_program(const char *heap, const struct op_kind *first,
                        const struct op_kind *second, struct program *program)
{
    struct part setups[2];
    struct part works[2];
    struct part common;

    read_part(&setups[0], heap, first->setup);
    read_part(&setups[1], heap, second->setup);
    read_part(&works[0], heap, first->work);
    read_part(&works[1], heap, second->work);
    read_part(&common, heap, "create c0 size=2048\n");

    program->config = common.program.config;
    program->wide = false;
    program->op_count = 0;
    add(program, common.ops[0]);
    add_setup(program, setups);
    add_cpu(program, 0);

    size_t setup_count = program->op_count;

    add_work(program, &works[0], 0);
    add_work(program, &works[1], 1);
    return setup_count;
}
