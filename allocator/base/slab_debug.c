#include "allocator/base/slab_debug.h"

#include <stddef.h>
#include <string.h>

enum {
    ALL_METADATA = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER,
    CASE_BIT = 0x20,    /* between a letter and its other case */
};

/* What one block says. */
struct block {
    slab_flags_t flags;
    bool limits_order;
    char unknown;         /* the first letter that is not known, or 0 */
    const char *names;    /* NULL: all caches */
};

const char *slab_debug_option(uint32_t number)
{
    static const char *const options[SLAB_DEBUG_OPTION_COUNT] = {
        NULL, "FZ,c1*", "", "-,c2;P", "ZPUO", ",c3*,buffer;U,c*", "T;fa,c4,c5", "zp-u",
    };

    return options[number];
}

static slab_flags_t flag_of(char letter)
{
    static const struct {
        char letter;
        slab_flags_t flag;
    } rows[] = {
#define X(name, bit, letter, why) {letter, name},
        SLAB_FLAGS(X)
#undef X
    };

    for (size_t i = 0; letter != '-' && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].letter == letter) {
            return rows[i].flag;
        }
    }
    return 0;
}

static void read_letter(char letter, struct block *block)
{
    char upper = letter >= 'a' && letter <= 'z' ? (char)(letter - CASE_BIT) : letter;
    slab_flags_t flag = flag_of(upper);

    if (upper == '-') {
        block->flags = 0;
    } else if (upper == 'O') {
        block->limits_order = true;
    } else if (flag == 0 && block->unknown == 0) {
        block->unknown = letter;
    }
    block->flags |= flag;
}

/* Reads a block; returns where the next one starts, or where the option ends. */
static const char *read_block(const char *text, struct block *block)
{
    *block = (struct block){.flags = *text == '\0' || *text == ',' ? ALL_METADATA : 0};
    for (; *text != '\0' && *text != ',' && *text != ';'; text++) {
        read_letter(*text, block);
    }
    block->names = *text == ',' ? text + 1 : NULL;
    text += strcspn(text, ";");
    return text + strspn(text, ";");
}

/* The name, or the beginning of it, is among those of a block. */
static bool names(const char *list, const char *name)
{
    for (;;) {
        size_t size = strcspn(list, ",;");
        bool is_beginning = size > 0 && list[size - 1] == '*';
        size_t compared = is_beginning ? size - 1 : size;

        if (strncmp(list, name, compared) == 0 && (is_beginning || name[compared] == '\0')) {
            return true;
        }
        if (list[size] != ',') {
            return false;
        }
        list += size + 1;
    }
}

slab_flags_t slab_debug_apply(const char *option, const char *name, slab_flags_t flags)
{
    slab_flags_t of_all = 0;
    struct block block;

    if (option == NULL || (flags & SLAB_NO_USER_FLAGS) != 0) {
        return flags;
    }
    do {
        option = read_block(option, &block);
        if (block.names == NULL) {
            of_all = block.flags;
        } else if (names(block.names, name)) {
            return flags | block.flags;
        }
    } while (*option != '\0');
    /* Who is to be no leak is not asked about his users, unless by name. */
    if ((flags & SLAB_NOLEAKTRACE) != 0) {
        of_all &= ~(slab_flags_t)SLAB_STORE_USER;
    }
    return flags | of_all;
}

bool slab_debug_limits_order(const char *option)
{
    struct block block = {0};
    bool is_limited = false;

    while (option != NULL && *option != '\0') {
        option = read_block(option, &block);
        is_limited = is_limited || block.limits_order;
    }
    return is_limited;
}

char slab_debug_unknown(const char *option)
{
    struct block block = {0};

    while (option != NULL && *option != '\0' && block.unknown == 0) {
        option = read_block(option, &block);
    }
    return block.unknown;
}
