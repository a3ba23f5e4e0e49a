/* That decoding undoes encoding is proved in tests/proof; this is what else holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/hardening/free_pointer.h"

static const uint64_t SECRET = UINT64_C(0x0123456789abcdef);
static const uintptr_t SLOT = UINT64_C(0x0000552000001040);

static void encoded_word_is_the_documented_one(void **state)
{
    struct free_pointer link = free_pointer_encode(0x552000002000, SECRET, SLOT);

    (void)state;
    assert_int_equal(link.encoded, UINT64_C(0x0000552000002000) ^ SECRET ^
                                       UINT64_C(0x4010000020550000));
}

static void end_of_list_is_encoded_too(void **state)
{
    struct free_pointer link = free_pointer_encode(0, SECRET, SLOT);

    (void)state;
    assert_int_not_equal(link.encoded, 0);
    assert_int_equal(free_pointer_decode(link, SECRET, SLOT), 0);
}

static void same_link_differs_from_slot_to_slot(void **state)
{
    struct free_pointer here = free_pointer_encode(0x552000002000, SECRET, SLOT);
    struct free_pointer there = free_pointer_encode(0x552000002000, SECRET, SLOT + 64);

    (void)state;
    assert_int_not_equal(here.encoded, there.encoded);
    assert_int_not_equal(free_pointer_decode(here, SECRET, SLOT + 64), 0x552000002000);
}

static void copied_link_decodes_outside_user_addresses(void **state)
{
    struct free_pointer link = free_pointer_encode(0x552000002000, SECRET, SLOT);

    (void)state;
    /* Bits of the slot that differ within a page land in the top two bytes, which are 0 in every
       user address: a copied link shows. */
    for (uintptr_t distance = 8; distance < 4096; distance += 8) {
        assert_int_not_equal(free_pointer_decode(link, SECRET, SLOT ^ distance) >> 48, 0);
    }
}

static void overwritten_link_follows_the_secret(void **state)
{
    struct free_pointer forged = {.encoded = 0x552000003000};

    (void)state;
    assert_int_not_equal(free_pointer_decode(forged, SECRET, SLOT), 0x552000003000);
    assert_int_not_equal(free_pointer_decode(forged, SECRET, SLOT),
                         free_pointer_decode(forged, SECRET + 1, SLOT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoded_word_is_the_documented_one),
        cmocka_unit_test(end_of_list_is_encoded_too),
        cmocka_unit_test(same_link_differs_from_slot_to_slot),
        cmocka_unit_test(copied_link_decodes_outside_user_addresses),
        cmocka_unit_test(overwritten_link_follows_the_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
