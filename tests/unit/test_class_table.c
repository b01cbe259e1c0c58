/* Expected counts are worked out by a plain loop, orders by NumPy's rule (ascending,
 * NaN last, text bytewise); tests/oracle/test_stats.py compares with NumPy itself. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "class_table.h"

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static struct dsi_label of_int(int64_t v)
{
    return (struct dsi_label){.kind = DSI_LABEL_INT, .as.integer = v};
}

static struct dsi_label of_real(double v)
{
    return (struct dsi_label){.kind = DSI_LABEL_FLOAT, .as.real = v};
}

static struct dsi_label of_text(const char *text)
{
    return (struct dsi_label){.kind = DSI_LABEL_TEXT,
                              .as.text = {.bytes = text, .n = strlen(text)}};
}

static struct dsi_class_table *new_table(void)
{
    struct dsi_class_table *table = dsi_class_table_new(1000000);
    assert_non_null(table);
    return table;
}

static struct dsi_bytes save(const struct dsi_class_table *table)
{
    struct dsi_bytes out = {0};
    assert_int_equal(dsi_class_table_save(table, &out, NULL), DSI_OK);
    return out;
}

static void assert_same(struct dsi_bytes *a, struct dsi_bytes *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->data, b->data, a->n);
}

static void add(struct dsi_class_table *table, struct dsi_dtype dtype,
                const void *values, uint64_t n, uint64_t first)
{
    assert_int_equal(dsi_class_table_add(table, dtype, values, n, first, NULL), DSI_OK);
}

/* What add does, one label at a time. */
static void add_slowly(struct dsi_class_table *table, const int64_t *values, uint64_t n,
                       uint64_t first)
{
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(
            dsi_class_table_add_label(table, of_int(values[i]), 1, first + i, NULL),
            DSI_OK);
}

enum { N = 20000 };

static void fill(int64_t *values, int pattern)
{
    static const int64_t extreme[] = {-1, INT64_MIN, INT64_MAX, 65536, 65535};
    uint64_t state = (uint64_t)pattern;
    for (size_t i = 0; i < N; i++) {
        uint64_t r = next(&state);
        switch (pattern) {
        case 0:
            values[i] = 0;
            break;
        case 1:
            values[i] = (int64_t)(r % 10);
            break;
        case 2: /* sparse strangers among small labels */
            values[i] = r % 97 ? (int64_t)(r % 1000) : extreme[r / 97 % 5];
            break;
        case 3: /* the table grows again and again */
            values[i] = (int64_t)(i * 4);
            break;
        case 4: /* a stranger in every tile */
            values[i] = i % 50 ? 7 : -100;
            break;
        default:
            values[i] = (int64_t)(r % 70000) - 1000;
        }
    }
}

static void test_add_equals_one_at_a_time(void **state)
{
    (void)state;
    const struct dsi_dtype int64 = {.kind = DSI_INT, .size = 8};
    int64_t *values = malloc(N * sizeof *values);
    assert_non_null(values);
    for (int pattern = 0; pattern <= 5; pattern++) {
        fill(values, pattern);
        struct dsi_class_table *fast = new_table(), *slow = new_table();
        add(fast, int64, values, N, 5);
        add_slowly(slow, values, N, 5);
        struct dsi_bytes a = save(fast), b = save(slow);
        assert_same(&a, &b);
        assert_int_equal(dsi_class_table_n_samples(fast), N);
        dsi_bytes_free(&a);
        dsi_bytes_free(&b);
        dsi_class_table_free(fast);
        dsi_class_table_free(slow);
    }
    free(values);
}

/* Random blocks in random order to random workers, merged in random order. */
static struct dsi_bytes count_shuffled(const int64_t *values, uint64_t *random)
{
    const struct dsi_dtype int64 = {.kind = DSI_INT, .size = 8};
    enum { WORKERS = 5, BLOCKS = 40 };
    struct dsi_class_table *workers[WORKERS];
    size_t cuts[BLOCKS + 1], order[BLOCKS];
    for (size_t i = 0; i < WORKERS; i++)
        workers[i] = new_table();
    for (size_t i = 0; i <= BLOCKS; i++)
        cuts[i] = i == 0 ? 0 : i == BLOCKS ? N : (i - 1) * 500 + next(random) % 400;
    for (size_t i = 0; i < BLOCKS; i++)
        order[i] = i;
    for (size_t i = BLOCKS - 1; i > 0; i--) {
        size_t j = next(random) % (i + 1), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t from = cuts[order[i]], to = cuts[order[i] + 1];
        add(workers[next(random) % WORKERS], int64, values + from, to - from, from);
    }
    for (size_t left = WORKERS; left > 1; left--) {
        size_t into = next(random) % left, from = next(random) % (left - 1);
        from += from >= into;
        assert_int_equal(dsi_class_table_merge(workers[into], workers[from], NULL),
                         DSI_OK);
        dsi_class_table_free(workers[from]);
        workers[from] = workers[left - 1];
    }
    struct dsi_bytes out = save(workers[0]);
    dsi_class_table_free(workers[0]);
    return out;
}

static void test_any_split_order_and_grouping(void **state)
{
    (void)state;
    uint64_t random = 1;
    int64_t *values = malloc(N * sizeof *values);
    assert_non_null(values);
    for (int pattern = 0; pattern <= 5; pattern++) {
        fill(values, pattern);
        struct dsi_class_table *whole = new_table();
        add_slowly(whole, values, N, 0);
        struct dsi_bytes expected = save(whole);
        for (int round = 0; round < 6; round++) {
            struct dsi_bytes got = count_shuffled(values, &random);
            assert_same(&got, &expected);
            dsi_bytes_free(&got);
        }
        dsi_bytes_free(&expected);
        dsi_class_table_free(whole);
    }
    free(values);
}

/* Labels of every kind, in the order they must come out. */
static const char wtf8[] = "\xed\xa0\x80", beyond[] = "\xf4\x90\x80\x80",
                  all_bits[] = "\xfe\x83\xbf\xbf\xbf\xbf\xbf";

static void add_every_kind(struct dsi_class_table *table)
{
    const double reals[] = {NAN, -0.0, 0.0, INFINITY, -INFINITY, 0x1p63,
                            0.5, -NAN, 1.0, 0x1p64,   0x1p53 + 2};
    const uint64_t naturals[] = {UINT64_MAX, 1, UINT64_C(1) << 63};
    const int64_t integers[] = {INT64_MIN, -3, (INT64_C(1) << 53) + 1, INT64_MAX};
    const bool bools[] = {true, false, true};
    const uint32_t unicode[][2] = {{'b', 0},      {0xe9, 'x'},    {0xd800, 0},
                                   {0x10ffff, 0}, {0x110000, 0},  {UINT32_MAX, 0},
                                   {0, 'z'},      {0x20ac, 0x3b1}};
    add(table, (struct dsi_dtype){.kind = DSI_FLOAT, .size = 8}, reals, 11, 100);
    add(table, (struct dsi_dtype){.kind = DSI_UINT, .size = 8}, naturals, 3, 200);
    add(table, (struct dsi_dtype){.kind = DSI_INT, .size = 8}, integers, 4, 300);
    add(table, (struct dsi_dtype){.kind = DSI_BOOL, .size = 1}, bools, 3, 400);
    add(table, (struct dsi_dtype){.kind = DSI_UNICODE, .size = 8}, unicode, 8, 500);
    add(table, (struct dsi_dtype){.kind = DSI_BYTES, .size = 3}, "a\0\0a\0cabc\0\0\0",
        4, 600);
}

static void test_every_kind_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n_name;
        uint64_t count, first;
    } expected[] = {
        {"-inf", 4, 1, 104},
        {"-9223372036854775808", 20, 1, 300},
        {"-3", 2, 1, 301},
        {"False", 5, 1, 401},
        {"0", 1, 2, 101},
        {"0.5", 3, 1, 106},
        {"True", 4, 2, 400},
        {"1", 1, 1, 201}, /* the integer, then the float */
        {"1", 1, 1, 108},
        {"9007199254740993", 16, 1, 302},
        {"9007199254740994", 16, 1, 110},
        {"9223372036854775807", 19, 1, 303},
        {"9223372036854775808", 19, 1, 202},
        {"9.223372036854776e+18", 21, 1, 105},
        {"18446744073709551615", 20, 1, 200},
        {"1.8446744073709552e+19", 22, 1, 109},
        {"inf", 3, 1, 103},
        {"nan", 3, 2, 100},
        {"", 0, 1, 603},
        {"\0z", 2, 1, 506},
        {"a", 1, 1, 600},
        {"a\0c", 3, 1, 601},
        {"abc", 3, 1, 602},
        {"b", 1, 1, 500},
        {"\xc3\xa9x", 3, 1, 501},
        {"\xe2\x82\xac\xce\xb1", 5, 1, 507},
        {wtf8, 3, 1, 502},
        {"\xf4\x8f\xbf\xbf", 4, 1, 503},
        {beyond, 4, 1, 504},
        {all_bits, 7, 1, 505},
    };
    const size_t n = sizeof expected / sizeof *expected;
    struct dsi_class_table *table = new_table();
    add_every_kind(table);
    struct dsi_class_count *classes = NULL;
    assert_int_equal(dsi_class_table_n(table), n);
    assert_int_equal(dsi_class_table_sorted(table, &classes, NULL), DSI_OK);
    for (size_t i = 0; i < n; i++) {
        struct dsi_bytes name = {0};
        assert_int_equal(dsi_label_name(classes[i].label, &name, NULL), DSI_OK);
        assert_int_equal(classes[i].count, expected[i].count);
        assert_int_equal(classes[i].first, expected[i].first);
        assert_int_equal(name.n, expected[i].n_name);
        if (name.n)
            assert_memory_equal(name.data, expected[i].name, name.n);
        for (size_t j = 0; j < n; j++)
            assert_int_equal(dsi_label_compare(classes[i].label, classes[j].label),
                             (i > j) - (i < j));
        dsi_bytes_free(&name);
    }
    free(classes);
    dsi_class_table_free(table);
}

static void test_load_is_the_inverse_of_save(void **state)
{
    (void)state;
    struct dsi_class_table *table = new_table(), *other = new_table();
    add_every_kind(table);
    assert_int_equal(dsi_class_table_add_label(table, of_text("declared"), 0, 9, NULL),
                     DSI_OK);
    assert_int_equal(dsi_class_table_add_label(table, of_int(4), 0, 0, NULL), DSI_OK);
    struct dsi_bytes a = save(table);
    struct dsi_bytes_reader in = {.data = a.data, .n = a.n};
    assert_int_equal(dsi_class_table_load(other, &in, NULL), DSI_OK);
    assert_int_equal(in.at, a.n);
    struct dsi_bytes b = save(other);
    assert_same(&a, &b);
    /* Merging a fresh table changes nothing. */
    struct dsi_class_table *fresh = new_table();
    assert_int_equal(dsi_class_table_merge(other, fresh, NULL), DSI_OK);
    assert_int_equal(dsi_class_table_merge(fresh, other, NULL), DSI_OK);
    dsi_bytes_free(&b);
    b = save(fresh);
    assert_same(&a, &b);
    dsi_bytes_free(&b);
    dsi_bytes_free(&a);
    dsi_class_table_free(table);
    dsi_class_table_free(other);
    dsi_class_table_free(fresh);
}

/* Every truncation is refused; a flipped byte is refused or saves as it was read. */
static void test_load_of_damage(void **state)
{
    (void)state;
    struct dsi_class_table *table = new_table();
    add_every_kind(table);
    struct dsi_bytes a = save(table);
    dsi_class_table_free(table);
    for (size_t n = 0; n < a.n; n++) {
        struct dsi_bytes_reader in = {.data = a.data, .n = n};
        table = new_table();
        assert_int_equal(dsi_class_table_load(table, &in, NULL), DSI_ERR_MALFORMED);
        dsi_class_table_free(table);
    }
    for (size_t i = 0; i < a.n * 8; i++) {
        struct dsi_bytes_reader in = {.data = a.data, .n = a.n};
        a.data[i / 8] ^= (uint8_t)(1 << i % 8);
        table = new_table();
        if (dsi_class_table_load(table, &in, NULL) == DSI_OK) {
            struct dsi_bytes b = save(table);
            assert_int_equal(b.n, in.at);
            assert_memory_equal(a.data, b.data, b.n);
            dsi_bytes_free(&b);
        }
        dsi_class_table_free(table);
        a.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    dsi_bytes_free(&a);
}

static void test_limit(void **state)
{
    (void)state;
    const struct dsi_dtype int32 = {.kind = DSI_INT, .size = 4};
    struct dsi_error err;
    int32_t values[200];
    for (int i = 0; i < 200; i++)
        values[i] = i / 2;
    for (uint64_t max = 99; max <= 100; max++) {
        struct dsi_class_table *table = dsi_class_table_new(max);
        assert_non_null(table);
        enum dsi_status status =
            dsi_class_table_add(table, int32, values, 200, 0, &err);
        assert_int_equal(status, max == 99 ? DSI_ERR_LIMIT : DSI_OK);
        if (status != DSI_OK)
            assert_non_null(strstr(err.message, "are these labels?"));
        dsi_class_table_free(table);
    }
}

/* One byte more than a label may have, and labels of that size until it is too much. */
static void test_limit_of_text(void **state)
{
    (void)state;
    struct dsi_error err;
    char *text = calloc(1, DSI_CLASS_MAX_TEXT + 1);
    struct dsi_class_table *table = dsi_class_table_new(UINT64_MAX);
    assert_non_null(text);
    assert_non_null(table);
    struct dsi_label label = {.kind = DSI_LABEL_TEXT};
    label.as.text.bytes = text;
    label.as.text.n = DSI_CLASS_MAX_TEXT + 1;
    assert_int_equal(dsi_class_table_add_label(table, label, 1, 0, &err),
                     DSI_ERR_LIMIT);
    assert_non_null(strstr(err.message, "are these labels?"));
    label.as.text.n = DSI_CLASS_MAX_TEXT;
    for (uint32_t i = 0; i <= DSI_CLASS_MAX_TEXTS / DSI_CLASS_MAX_TEXT; i++) {
        memcpy(text, &i, sizeof i);
        assert_int_equal(dsi_class_table_add_label(table, label, 1, i, &err),
                         i < 1024 ? DSI_OK : DSI_ERR_LIMIT);
    }
    assert_non_null(strstr(err.message, "1025 different labels"));
    dsi_class_table_free(table);
    free(text);
}

/* S0 has no bytes, and an empty array of it no address. */
static void test_values_of_nothing(void **state)
{
    (void)state;
    struct dsi_class_table *table = new_table();
    const struct dsi_dtype nothing = {.kind = DSI_BYTES, .size = 0};
    assert_int_equal(
        dsi_class_table_add(table, nothing, NULL, UINT64_C(1) << 40, 0, NULL), DSI_OK);
    assert_int_equal(dsi_class_table_n(table), 1);
    assert_true(dsi_class_table_n_samples(table) == UINT64_C(1) << 40);
    dsi_class_table_free(table);
}

static void test_refused(void **state)
{
    (void)state;
    const struct dsi_dtype refused[] = {{.kind = DSI_VOID, .size = 4},
                                        {.kind = DSI_COMPLEX, .size = 8},
                                        {.kind = DSI_DATETIME, .size = 8},
                                        {.kind = DSI_TIMEDELTA, .size = 8}};
    const uint64_t value = 0;
    struct dsi_class_table *table = new_table();
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(dsi_class_table_add(table, refused[i], &value, 1, 0, NULL),
                         DSI_ERR_UNSUPPORTED);
    assert_int_equal(dsi_class_table_add_label(table, of_int(1), UINT64_MAX, 0, NULL),
                     DSI_OK);
    assert_int_equal(dsi_class_table_add_label(table, of_int(1), 1, 0, NULL),
                     DSI_ERR_LIMIT);
    dsi_class_table_free(table);
}

static void test_names_of_reals(void **state)
{
    (void)state;
    /* As Python 3's repr, without a trailing ".0". */
    static const struct {
        double value;
        const char *name;
    } cases[] = {{0.1, "0.1"},
                 {-2.5, "-2.5"},
                 {100000, "100000"},
                 {1e16, "1e+16"},
                 {1e15, "1000000000000000"},
                 {0.0001, "0.0001"},
                 {0.00001, "1e-05"},
                 {5e-324, "5e-324"},
                 {1.0 / 3, "0.3333333333333333"},
                 {123456.789, "123456.789"},
                 {(double)0.1f, "0.10000000149011612"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dsi_bytes name = {0};
        assert_int_equal(dsi_label_name(of_real(cases[i].value), &name, NULL), DSI_OK);
        assert_int_equal(name.n, strlen(cases[i].name));
        assert_memory_equal(name.data, cases[i].name, name.n);
        dsi_bytes_free(&name);
    }
}

static void test_texts_as_integers(void **state)
{
    (void)state;
    struct dsi_class_count good[] = {{.label = of_text("-9223372036854775808")},
                                     {.label = of_text("0")},
                                     {.label = of_text("10")},
                                     {.label = of_text("9")},
                                     {.label = of_text("9223372036854775807")}};
    assert_true(dsi_labels_as_integers(good, 5));
    const int64_t expected[] = {INT64_MIN, 0, 9, 10, INT64_MAX};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(good[i].label.kind, DSI_LABEL_INT);
        assert_true(good[i].label.as.integer == expected[i]);
    }
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      "01",
                                      "-0",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x1",
                                      "9223372036854775808",
                                      "-9223372036854775809"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct dsi_class_count one[] = {{.label = of_text("1")},
                                        {.label = of_text(bad[i])}};
        assert_false(dsi_labels_as_integers(one, 2));
        assert_int_equal(one[0].label.kind, DSI_LABEL_TEXT);
    }
    assert_false(dsi_labels_as_integers(good, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_equals_one_at_a_time),
        cmocka_unit_test(test_any_split_order_and_grouping),
        cmocka_unit_test(test_every_kind_in_order),
        cmocka_unit_test(test_load_is_the_inverse_of_save),
        cmocka_unit_test(test_load_of_damage),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_limit_of_text),
        cmocka_unit_test(test_values_of_nothing),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_names_of_reals),
        cmocka_unit_test(test_texts_as_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
