#include "fuzz/ops.h"

#include "allocator/base/flags.h"

const struct op_row op_rows[OP_CODE_COUNT] = {
#define X(op_code, NAME, op_name, op_class, op_operands, op_why)                                   \
    [op_code] = {                                                                                  \
        .name = #op_name,                                                                          \
        .class = OP_CLASS_##op_class,                                                              \
        .operands = {op_operands},                                                                 \
        .why = op_why,                                                                             \
    },
#define OPERAND(op_name, name, kind, field, shift, width)                                          \
    {#name, OPERAND_KIND_##kind, OPERAND_FIELD_##field, shift, width},
    OPS(X, OPERAND)
#undef OPERAND
#undef X
};

/* One pass over the table for each field: the operands that lie in it are ORed together. */
#define BITS_IF(condition, shift, width)                                                           \
    ((condition) ? UINT32_MAX >> (32 - (width)) << (shift) : 0u)
#define IN_CODE(op_name, name, kind, field, shift, width) | 0u
#define IN_CACHE(op_name, name, kind, field, shift, width)                                         \
    | BITS_IF(OPERAND_FIELD_##field == OPERAND_FIELD_cache, shift, width)
#define IN_OBJECT(op_name, name, kind, field, shift, width)                                        \
    | BITS_IF(OPERAND_FIELD_##field == OPERAND_FIELD_object, shift, width)
#define IN_A(op_name, name, kind, field, shift, width)                                             \
    | BITS_IF(OPERAND_FIELD_##field == OPERAND_FIELD_a, shift, width)
#define IN_B(op_name, name, kind, field, shift, width)                                             \
    | BITS_IF(OPERAND_FIELD_##field == OPERAND_FIELD_b, shift, width)

const uint32_t op_masks[OPERAND_FIELD_COUNT][OP_CODE_COUNT] = {
#define X(code, NAME, name, class, operands, why) [code] = 0xffu operands,
    [OPERAND_FIELD_code] = {OPS(X, IN_CODE)},
#undef X
#define X(code, NAME, name, class, operands, why) [code] = 0u operands,
    [OPERAND_FIELD_cache] = {OPS(X, IN_CACHE)},
    [OPERAND_FIELD_object] = {OPS(X, IN_OBJECT)},
    [OPERAND_FIELD_a] = {OPS(X, IN_A)},
    [OPERAND_FIELD_b] = {OPS(X, IN_B)},
#undef X
};
#undef IN_B
#undef IN_A
#undef IN_OBJECT
#undef IN_CACHE
#undef IN_CODE
#undef BITS_IF

const char *const op_flag_names[OP_FLAG_COUNT] = {
#define X(name, bit, letter, why) [bit] = &#name[sizeof("SLAB_") - 1],
    SLAB_FLAGS(X)
#undef X
};

bool op_is_buddy(unsigned code)
{
    static const bool is_buddy[OP_CODE_COUNT] = {
        [OP_FILL] = true, [OP_VERIFY] = true, [OP_CPU] = true, [OP_FAIL_PAGE] = true,
        [OP_KMALLOC] = true, [OP_KZALLOC] = true, [OP_KCALLOC] = true, [OP_KREALLOC] = true,
        [OP_KFREE] = true, [OP_KSIZE] = true, [OP_KFREE_BULK] = true, [OP_KFREE_NULL] = true,
        [OP_KMALLOC_NODE] = true,
        [OP_PAGES] = true, [OP_FREE_PAGES] = true, [OP_PAGES_COMP] = true, [OP_GET_PAGE] = true,
        [OP_PUT_PAGE] = true, [OP_PAGES_EXACT] = true, [OP_FREE_EXACT] = true,
        [OP_PAGES_BULK] = true, [OP_FREE_PAGES_BULK] = true,
        [OP_DRAIN_PAGES] = true, [OP_PAGES_NODE] = true, [OP_PAGES_TYPE] = true,
        [OP_PAGE_OWNER] = true, [OP_DESCRIBE] = true,
        [OP_FRAGS] = true, [OP_FREE_FRAGS] = true, [OP_DRAIN_FRAGS] = true,
        [OP_ISOLATE] = true, [OP_UNISOLATE] = true, [OP_CONTIG_ALLOC] = true,
        [OP_CONTIG_FREE] = true,
        [OP_NODE_OFFLINE] = true, [OP_NODE_ONLINE] = true, [OP_BALANCE] = true,
        [OP_POOL_CREATE_SIZED] = true, [OP_POOL_ALLOC] = true, [OP_POOL_FREE] = true,
        [OP_POOL_RESIZE] = true, [OP_POOL_DESTROY] = true, [OP_KVMALLOC] = true,
        [OP_KVMALLOC_ARRAY] = true, [OP_KVREALLOC] = true, [OP_KVFREE] = true,
    };

    return is_buddy[code];
}

static bool names_are_equal(const char *name, const char *other, size_t other_size)
{
    for (size_t i = 0; i < other_size; i++) {
        if (name[i] != other[i] || name[i] == '\0') {
            return false;
        }
    }
    return name[other_size] == '\0';
}

size_t op_find(const char *name, size_t name_size)
{
    size_t code = 0;

    while (code < OP_CODE_COUNT &&
           (op_rows[code].name == NULL || !names_are_equal(op_rows[code].name, name, name_size))) {
        code++;
    }
    return code;
}

size_t op_flag_find(const char *name, size_t name_size)
{
    size_t bit = 0;

    while (bit < OP_FLAG_COUNT && !names_are_equal(op_flag_names[bit], name, name_size)) {
        bit++;
    }
    return bit;
}

uint32_t operand_max(const struct operand_row *row)
{
    return UINT32_MAX >> (32 - row->width);
}

static uint32_t field_value(enum operand_field field, const struct op *op)
{
    switch (field) {
    case OPERAND_FIELD_code:
        return op->code;
    case OPERAND_FIELD_cache:
        return op->cache;
    case OPERAND_FIELD_object:
        return op->object;
    case OPERAND_FIELD_a:
        return op->a;
    default:
        return op->b;
    }
}

uint32_t operand_value(const struct operand_row *row, const struct op *op)
{
    return field_value(row->field, op) >> row->shift & operand_max(row);
}

void operand_set(const struct operand_row *row, struct op *op, uint32_t value)
{
    uint32_t mask = operand_max(row) << row->shift;
    uint32_t bits = (field_value(row->field, op) & ~mask) | (value << row->shift & mask);

    switch (row->field) {
    case OPERAND_FIELD_code:
        op->code = (uint8_t)bits;
        break;
    case OPERAND_FIELD_cache:
        op->cache = (uint8_t)bits;
        break;
    case OPERAND_FIELD_object:
        op->object = bits;
        break;
    case OPERAND_FIELD_a:
        op->a = bits;
        break;
    default:
        op->b = bits;
        break;
    }
}
