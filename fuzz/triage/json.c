#include "fuzz/triage/json.h"

#include <inttypes.h>
#include <stdio.h>

static void put_quoted(const char *string)
{
    putchar('"');
    for (; *string != '\0'; string++) {
        unsigned char byte = (unsigned char)*string;

        if (byte == '"' || byte == '\\') {
            printf("\\%c", byte);
        } else if (byte < ' ' || byte == 0x7f) {
            printf("\\u%04x", byte);
        } else {
            putchar(byte);
        }
    }
    putchar('"');
}

static void put_name(struct json *json, const char *name)
{
    printf(json->has_members ? ", " : "{");
    json->has_members = true;
    put_quoted(name);
    printf(": ");
}

void json_begin(struct json *json)
{
    json->has_members = false;
}

void json_put_string(struct json *json, const char *name, const char *value)
{
    put_name(json, name);
    if (value != NULL) {
        put_quoted(value);
    } else {
        printf("null");
    }
}

void json_put_number(struct json *json, const char *name, uint64_t value)
{
    put_name(json, name);
    printf("%" PRIu64, value);
}

void json_put_hex(struct json *json, const char *name, uint64_t value)
{
    put_name(json, name);
    printf("\"%016" PRIx64 "\"", value);
}

void json_end(struct json *json)
{
    printf(json->has_members ? "}\n" : "{}\n");
}
