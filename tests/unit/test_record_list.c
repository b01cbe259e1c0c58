/* Lists of records are monoids too, also where they keep only the first of many. What
 * is expected is sorted by hand: records are numbered in the order of their keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "record_list.h"

enum { N = 500 };

/* Record i of N, by its place in the order. Every tenth is the one before it again, and
 * texts, which come last in the order, tell the odd from the even. */
static void add(struct dsi_record_list *list, uint64_t i)
{
    char text[32];
    uint64_t k = i % 10 == 9 ? i - 1 : i;
    snprintf(text, sizeof text, "%c%04u", k % 2 ? 'b' : 'a', (unsigned)k);
    struct dsi_record record = {.key = {k / 100, k / 10, k / 4},
                                .number = k / 2,
                                .texts = {text, k % 3 ? text : NULL, NULL, ""}};
    assert_int_equal(dsi_record_list_add(list, &record, NULL), DSI_OK);
}

static struct dsi_bytes save(const struct dsi_record_list *list)
{
    struct dsi_bytes bytes = {0};
    assert_int_equal(dsi_record_list_save(list, &bytes, NULL), DSI_OK);
    return bytes;
}

static void same(struct dsi_bytes a, struct dsi_bytes b)
{
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.data, b.data, a.n);
    dsi_bytes_free(&a);
    dsi_bytes_free(&b);
}

/* Lists that hold everything, in order and out of order, with `max` kept. */
static void try_max(uint64_t max)
{
    struct dsi_record_list all = {.max = max}, merged = {.max = max}, pieces[7];
    for (uint64_t i = 0; i < N; i++)
        add(&all, i);
    for (size_t p = 0; p < 7; p++)
        pieces[p] = (struct dsi_record_list){.max = max};
    for (uint64_t i = 0; i < N; i++) {
        uint64_t k = i * 273 % N; /* every one once: 273 and 500 have no factor */
        add(&pieces[k * k % 7], k);
    }
    same(save(&pieces[1]), save(&pieces[1])); /* saving changes nothing */
    for (size_t p = 0; p < 7; p++) {
        assert_int_equal(dsi_record_list_merge(&merged, &pieces[(p * 3) % 7], NULL),
                         DSI_OK);
        dsi_record_list_free(&pieces[(p * 3) % 7]);
    }
    same(save(&merged), save(&all));
    struct dsi_bytes bytes = save(&all);
    struct dsi_record_list loaded = {.max = max};
    struct dsi_bytes_reader in = {.data = bytes.data, .n = bytes.n};
    assert_int_equal(dsi_record_list_load(&loaded, &in, NULL), DSI_OK);
    same(save(&loaded), bytes);
    dsi_record_list_sort(&merged);
    assert_int_equal(merged.n, max && max < N ? max : N);
    assert_int_equal(merged.n_dropped, N - merged.n);
    for (size_t i = 0; i < merged.n; i++) {
        struct dsi_record record = dsi_record_list_at(&merged, i);
        uint64_t k = i % 10 == 9 ? i - 1 : i;
        char text[32];
        snprintf(text, sizeof text, "%c%04u", k % 2 ? 'b' : 'a', (unsigned)k);
        assert_string_equal(record.texts[0], text);
        assert_true((record.texts[1] != NULL) == (k % 3 != 0));
        assert_null(record.texts[2]);
        assert_string_equal(record.texts[3], "");
        assert_int_equal(record.number, k / 2);
    }
    dsi_record_list_free(&all);
    dsi_record_list_free(&merged);
    dsi_record_list_free(&loaded);
}

static void test_all_kept(void **state)
{
    (void)state;
    try_max(0);
    try_max(N);
    try_max(N + 1);
}

static void test_first_kept(void **state)
{
    (void)state;
    for (uint64_t max = 1; max < N; max = max * 2 + 1)
        try_max(max);
    try_max(N - 1);
}

/* However many records come and go, in whatever order, the texts of those dropped do
 * not stay. By hand: at most twice max records of 32 bytes at the most are ever held,
 * and a buffer that doubles is less than twice what it holds, or 64. */
static void test_dropped_texts_go(void **state)
{
    (void)state;
    enum { MAX = 10, MANY = 100000, PRIME = 70001 };
    struct dsi_record_list list = {.max = MAX};
    for (uint64_t i = 0; i < MANY; i++) {
        char text[24];
        snprintf(text, sizeof text, "text %llu", (unsigned long long)i * 17);
        struct dsi_record record = {.key = {i * PRIME % MANY}, .texts = {text}};
        assert_int_equal(dsi_record_list_add(&list, &record, NULL), DSI_OK);
    }
    assert_true(list.texts.capacity <= 2 * 2 * MAX * 32);
    dsi_record_list_sort(&list);
    assert_int_equal(list.n, MAX);
    assert_int_equal(list.n_dropped, MANY - MAX);
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t k = i * PRIME % MANY;
        if (k >= MAX)
            continue;
        struct dsi_record record = dsi_record_list_at(&list, (size_t)k);
        char text[24];
        snprintf(text, sizeof text, "text %llu", (unsigned long long)i * 17);
        assert_int_equal(record.key[0], k);
        assert_string_equal(record.texts[0], text);
        assert_null(record.texts[1]);
    }
    dsi_record_list_free(&list);
}

static enum dsi_status load(const struct dsi_bytes *bytes, size_t n)
{
    struct dsi_record_list list = {0};
    struct dsi_bytes_reader in = {.data = bytes->data, .n = n};
    enum dsi_status status = dsi_record_list_load(&list, &in, NULL);
    dsi_record_list_free(&list);
    return status;
}

/* One record saves as: n_dropped, n, three keys, number, the length of the texts (7
 * words), then \1 a b \0 and seven times \0. */
static void test_damaged(void **state)
{
    (void)state;
    enum { TEXTS = 7 * 8 };
    struct dsi_record_list list = {0};
    struct dsi_record record = {.texts = {"ab"}};
    assert_int_equal(dsi_record_list_add(&list, &record, NULL), DSI_OK);
    struct dsi_bytes bytes = save(&list);
    assert_int_equal(bytes.n, TEXTS + 11);
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(load(&bytes, n), DSI_ERR_MALFORMED);
    assert_int_equal(load(&bytes, bytes.n), DSI_OK);
    for (size_t i = 0; i < 11; i++) {
        uint8_t sound = bytes.data[TEXTS + i];
        bytes.data[TEXTS + i] = 2; /* neither a mark nor an end; in a text it is one */
        enum dsi_status expected = i == 1 || i == 2 ? DSI_OK : DSI_ERR_MALFORMED;
        assert_int_equal(load(&bytes, bytes.n), expected);
        bytes.data[TEXTS + i] = sound;
    }
    dsi_bytes_free(&bytes);
    dsi_record_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_kept),
        cmocka_unit_test(test_first_kept),
        cmocka_unit_test(test_dropped_texts_go),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
