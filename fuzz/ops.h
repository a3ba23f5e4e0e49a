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
    OP_OPERAND_MAX = 8,               /* operands of one op */
    OP_CACHE_SLOT_COUNT = 32,
    OP_NARROW_OBJECT_MAX = 65535,     /* largest object slot of a program that is not wide */
    OP_FLAG_COUNT = 18,               /* SLAB_ flags, bits 0..17 */
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
    OP_CLASS_SCHEDULE,  /* says who runs */
};

enum operand_kind {
#define X(kind, spelling) OPERAND_KIND_##kind,
    OPERAND_KINDS(X)
#undef X
    OPERAND_KIND_COUNT
};

enum operand_field {
    OPERAND_FIELD_code,
    OPERAND_FIELD_cache,
    OPERAND_FIELD_object,
    OPERAND_FIELD_a,
    OPERAND_FIELD_b,
    OPERAND_FIELD_COUNT
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

extern const struct op_row op_rows[OP_CODE_COUNT];

/* Bits of a field that belong to operands of an op; for the code itself, all or none. */
extern const uint32_t op_masks[OPERAND_FIELD_COUNT][OP_CODE_COUNT];

/* The SLAB_ flags by their bit, without the prefix: how the text spells them. */
extern const char *const op_flag_names[OP_FLAG_COUNT];

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
    return (struct op){
        .code = (uint8_t)(op.code & op_masks[OPERAND_FIELD_code][op.code]),
        .cache = (uint8_t)(op.cache & op_masks[OPERAND_FIELD_cache][op.code]),
        .object = op.object & op_masks[OPERAND_FIELD_object][op.code],
        .a = op.a & op_masks[OPERAND_FIELD_a][op.code],
        .b = op.b & op_masks[OPERAND_FIELD_b][op.code],
    };
}

/* What kcalloc makes of its 32-bit operands: 0xffffffff is SIZE_MAX. */
static inline uint64_t op_sign_extend(uint32_t value)
{
    return value | ((value & 0x80000000u) != 0 ? UINT64_C(0xffffffff) << 32 : 0);
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

/* True if the buddy target has the op: it needs no cache of a program's, and does no damage. */
bool op_is_buddy(unsigned code);

/* Code of the op with this name, or OP_CODE_COUNT. O(codes). */
size_t op_find(const char *name, size_t name_size);

/* Bit of the flag with this name (no prefix), or OP_FLAG_COUNT. O(flags). */
size_t op_flag_find(const char *name, size_t name_size);

/* Largest value of an operand. */
uint32_t operand_max(const struct operand_row *row);

/* Value of an operand of an op, by its row. */
uint32_t operand_value(const struct operand_row *row, const struct op *op);

/* Sets an operand and leaves the other bits; those of value beyond the operand's are dropped. */
void operand_set(const struct operand_row *row, struct op *op, uint32_t value);

#endif
