/* One flat JSON object on one line of stdout. */
#ifndef FUZZ_TRIAGE_JSON_H
#define FUZZ_TRIAGE_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct json {
    bool has_members;
};

void json_begin(struct json *json);

/* A member; a string of NULL is null. Bytes beyond ASCII stay as they are: UTF-8 remains so. */
void json_put_string(struct json *json, const char *name, const char *value);
void json_put_number(struct json *json, const char *name, uint64_t value);

/* As a string of 16 hexadecimal digits: a number of 64 bits is more than JSON's readers keep. */
void json_put_hex(struct json *json, const char *name, uint64_t value);

void json_end(struct json *json);

#endif
