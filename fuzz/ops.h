/*
 * The op language as C: the record of one op, its codes, its operands, and the table behind them.
 *
 * All of it is made from ops.def. Functions here never fail and have no state. An op is canonical
 * if its code is assigned and every bit that belongs to no operand is zero; decoding and parsing
 * yield canonical ops only.
 */
#ifndef FUZZ_OPS_H
#define FUZZ_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/ops.def"

enum {
    OP_CODE_COUNT = 256,              /* codes that a record can hold; few are assigned */
    OP_OPERAND_MAX = 5,               /* operands of one op */
    OP_CACHE_SLOT_COUNT = 32,
    OP_NARROW_OBJECT_MAX = 65535,     /* largest object slot of a program that is not wide */
};

struct op {
    uint8_t code;       /* enum op_code */
    uint8_t cache;      /* cache slot */
    uint32_t object;    /* object slot */
    uint32_t a;
    uint32_t b;
};

enum op_code {
#define X(code, NAME, name, class, operands, why) OP_##NAME = (code),
#define OPERAND(op_name, name, kind, field, shift, width)
    OPS(X, OPERAND)
#undef OPERAND
#undef X
};

enum op_class {
    OP_CLASS_PLAIN,     /* legal use */
    OP_CLASS_MISUSE,    /* a bad act of the user */
    OP_CLASS_WORLD,     /* changes the simulated machine */
};

enum operand_kind {
#define X(kind, spelling) OPERAND_KIND_##kind,
    OPERAND_KINDS(X)
#undef X
    OPERAND_KIND_COUNT
};

enum operand_field {
    OPERAND_FIELD_cache,
    OPERAND_FIELD_object,
    OPERAND_FIELD_a,
    OPERAND_FIELD_b,
};

struct operand_row {
    const char *name;    /* NULL ends the operands of an op */
    enum operand_kind kind;
    enum operand_field field;
    uint8_t shift;       /* lowest bit in the field */
    uint8_t width;       /* bits, 1..32 */
};

struct op_row {
    const char *name;    /* NULL: the code is not assigned */
    enum op_class class;
    struct operand_row operands[OP_OPERAND_MAX + 1];
    const char *why;
};

/* What decoding keeps of a record: the bits of the op's operands; nothing of an unassigned code. */
struct op_filter {
    uint8_t code;
    uint8_t cache;
    uint32_t object;
    uint32_t a;
    uint32_t b;
};

extern const struct op_row op_rows[OP_CODE_COUNT];
extern const struct op_filter op_filters[OP_CODE_COUNT];

/* The operand of an op by the names of both: op_create_size(op), op_overflow_xor(op), ... */
#define X(code, NAME, name, class, operands, why) operands
#define OPERAND(op_name, name, kind, field, shift, width)                                          \
    static inline uint32_t op_##op_name##_##name(const struct op *op)                              \
    {                                                                                              \
        return (uint32_t)op->field >> (shift) & UINT32_MAX >> (32 - (width));                      \
    }
OPS(X, OPERAND)
#undef OPERAND
#undef X

static inline struct op op_canonical(struct op op)
{
    const struct op_filter *filter = &op_filters[op.code];

    return (struct op){
        .code = filter->code,
        .cache = op.cache & filter->cache,
        .object = op.object & filter->object,
        .a = op.a & filter->a,
        .b = op.b & filter->b,
    };
}

static inline bool op_is_equal(const struct op *op, const struct op *other)
{
    return op->code == other->code && op->cache == other->cache && op->object == other->object &&
           op->a == other->a && op->b == other->b;
}

static inline enum op_class op_class(const struct op *op)
{
    return op_rows[op->code].class;
}

/* Code of the op with this name, or OP_CODE_COUNT. O(codes). */
size_t op_find(const char *name, size_t name_size);

/* Largest value of an operand. */
uint32_t operand_max(const struct operand_row *row);

/* Value of an operand of an op, by its row. */
uint32_t operand_value(const struct operand_row *row, const struct op *op);

/* Sets an operand and leaves the other bits; those of value beyond the operand's are dropped. */
void operand_set(const struct operand_row *row, struct op *op, uint32_t value);

#endif
