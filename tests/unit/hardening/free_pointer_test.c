/* That decoding undoes encoding is proved in tests/proof; this is what else holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/hardening/free_pointer.h"

static const uint64_t SECRET = UINT64_C(0x0123456789abcdef);
static const uint64_t PLACE = UINT64_C(0x0000552000001040);

static void encoded_word_is_the_documented_one(void **state)
{
    struct free_pointer link = free_pointer_encode(0x552000002000, SECRET, 0x100);

    (void)state;
    assert_int_equal(link.encoded,
                     UINT64_C(0x0000552000002000) ^ UINT64_C(0x00efcdab89674523));
}

static void end_of_list_is_encoded_too(void **state)
{
    struct free_pointer link = free_pointer_encode(0, SECRET, PLACE);

    (void)state;
    assert_int_not_equal(link.encoded, 0);
    assert_int_equal(free_pointer_decode(link, SECRET, PLACE), 0);
}

static void no_secret_stores_links_as_they_are(void **state)
{
    (void)state;
    assert_int_equal(free_pointer_encode(0x552000002000, 0, PLACE).encoded, 0x552000002000);
}

/* An odd secret gives each place a key of its own, whatever else it is. */
static void same_link_differs_from_place_to_place(void **state)
{
    struct free_pointer here = free_pointer_encode(0x552000002000, SECRET, PLACE);

    (void)state;
    for (uint64_t bit = 1; bit != 0; bit <<= 1) {
        struct free_pointer there = free_pointer_encode(0x552000002000, SECRET, PLACE ^ bit);

        assert_int_not_equal(here.encoded, there.encoded);
        assert_int_not_equal(free_pointer_decode(here, SECRET, PLACE ^ bit), 0x552000002000);
    }
}

static void secrets_are_odd(void **state)
{
    (void)state;
    assert_int_equal(free_pointer_secret(0), 1);
    assert_int_equal(free_pointer_secret(SECRET - 1), SECRET);
}

/* Places of one slab differ in few low bits, their keys in all: chance gives one in 4096 here. */
static void copied_link_leads_far_away(void **state)
{
    struct free_pointer link = free_pointer_encode(0x20400, SECRET, 0x20408);
    unsigned near_count = 0;

    (void)state;
    for (uint64_t place = 0x20410; place < 0x21000; place += 8) {
        uint64_t distance = (free_pointer_decode(link, SECRET, place) ^ 0x20400) & 0xffffffff;

        near_count += distance < 0x100000;
    }
    assert_true(near_count <= 2);
}

static void overwritten_link_follows_the_secret(void **state)
{
    struct free_pointer forged = {.encoded = 0x552000003000};

    (void)state;
    assert_int_not_equal(free_pointer_decode(forged, SECRET, PLACE), 0x552000003000);
    assert_int_not_equal(free_pointer_decode(forged, SECRET, PLACE),
                         free_pointer_decode(forged, SECRET + 2, PLACE));
}

/* The low bits of a product with an aligned place are known: the byte swap moves them away. */
static void links_at_aligned_places_follow_the_secret_too(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 20; shift++) {
        uint64_t differing = 0;
        uint64_t place = UINT64_C(1) << shift;

        for (uint64_t i = 0; i < 64; i++) {
            uint64_t secret = SECRET ^ i * UINT64_C(0x9e3779b97f4a7c16);

            differing |= free_pointer_key(secret, place) ^ free_pointer_key(SECRET, place);
        }
        assert_int_equal(differing & 0xffffffff, 0xffffffff);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoded_word_is_the_documented_one),
        cmocka_unit_test(end_of_list_is_encoded_too),
        cmocka_unit_test(no_secret_stores_links_as_they_are),
        cmocka_unit_test(same_link_differs_from_place_to_place),
        cmocka_unit_test(secrets_are_odd),
        cmocka_unit_test(copied_link_leads_far_away),
        cmocka_unit_test(overwritten_link_follows_the_secret),
        cmocka_unit_test(links_at_aligned_places_follow_the_secret_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
