#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "allocator/base/list.h"

struct element {
    int number;
    struct list_link link;
};

static int number_of(const struct list_link *link)
{
    return container_of(link, struct element, link)->number;
}

/* The list holds exactly these numbers, read in both directions. */
static void assert_list(const struct list_link *head, const int *numbers, int count)
{
    int index = 0;

    list_for_each (link, head) {
        assert_true(index < count);
        assert_int_equal(number_of(link), numbers[index]);
        index++;
    }
    assert_int_equal(index, count);
    for (const struct list_link *link = head->prev; link != head; link = link->prev) {
        assert_int_equal(number_of(link), numbers[--index]);
    }
    assert_int_equal(index, 0);
}

static void fresh_list_is_empty(void **state)
{
    struct list_link head;

    (void)state;
    list_init(&head);
    assert_true(list_is_empty(&head));
    assert_null(list_first(&head));
    assert_list(&head, NULL, 0);
}

static void front_and_back_keep_their_order(void **state)
{
    struct element one = {.number = 1}, two = {.number = 2}, three = {.number = 3};
    struct list_link head;

    (void)state;
    list_init(&head);
    list_push_back(&head, &two.link);
    list_push_front(&head, &one.link);
    list_push_back(&head, &three.link);
    assert_list(&head, (int[]){1, 2, 3}, 3);
    assert_ptr_equal(list_first(&head), &one.link);
    assert_false(list_is_empty(&head));
}

static void removed_element_is_on_no_list(void **state)
{
    struct element one = {.number = 1}, two = {.number = 2}, three = {.number = 3};
    struct list_link head;

    (void)state;
    assert_false(list_is_linked(&two.link));
    list_init(&head);
    list_push_back(&head, &one.link);
    list_push_back(&head, &two.link);
    list_push_back(&head, &three.link);
    assert_true(list_is_linked(&two.link));
    list_remove(&two.link);
    assert_false(list_is_linked(&two.link));
    assert_list(&head, (int[]){1, 3}, 2);
    /* Once more is harmless. */
    list_remove(&two.link);
    assert_list(&head, (int[]){1, 3}, 2);
    list_remove(&one.link);
    list_remove(&three.link);
    assert_true(list_is_empty(&head));
}

static void safe_walk_survives_unlinking(void **state)
{
    struct element elements[5];
    struct list_link head;

    (void)state;
    list_init(&head);
    for (int i = 0; i < 5; i++) {
        elements[i].number = i;
        list_push_back(&head, &elements[i].link);
    }
    list_for_each_safe (link, following, &head) {
        if (number_of(link) % 2 == 0) {
            list_remove(link);
        }
    }
    assert_list(&head, (int[]){1, 3}, 2);
}

static void splice_moves_all_to_the_front_in_order(void **state)
{
    struct element elements[4];
    struct list_link source, target;

    (void)state;
    list_init(&source);
    list_init(&target);
    for (int i = 0; i < 4; i++) {
        elements[i].number = i;
        list_push_back(i < 2 ? &source : &target, &elements[i].link);
    }
    list_splice_front(&target, &source);
    assert_list(&target, (int[]){0, 1, 2, 3}, 4);
    assert_true(list_is_empty(&source));
}

static void splice_of_an_empty_list_changes_nothing(void **state)
{
    struct element one = {.number = 1};
    struct list_link source, target;

    (void)state;
    list_init(&source);
    list_init(&target);
    list_splice_front(&target, &source);
    assert_true(list_is_empty(&target));
    list_push_back(&source, &one.link);
    list_splice_front(&target, &source);
    assert_list(&target, (int[]){1}, 1);
    list_splice_front(&target, &source);
    assert_list(&target, (int[]){1}, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fresh_list_is_empty),
        cmocka_unit_test(front_and_back_keep_their_order),
        cmocka_unit_test(removed_element_is_on_no_list),
        cmocka_unit_test(safe_walk_survives_unlinking),
        cmocka_unit_test(splice_moves_all_to_the_front_in_order),
        cmocka_unit_test(splice_of_an_empty_list_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
