/* The hash of a sample's content: what is equal to the eye of NumPy has one, whatever
 * it lay in, and what differs by a bit, a type or a shape has another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <xxhash.h>

#include "content_hash.h"

#define U8  ((struct dsi_dtype){.kind = DSI_UINT, .size = 1})
#define F32 ((struct dsi_dtype){.kind = DSI_FLOAT, .size = 4})
#define STRINGS \
    ((struct dsi_dtype){.kind = DSI_STRING, .size = sizeof(struct dsi_string)})

static bool same(struct dsi_content_hash a, struct dsi_content_hash b)
{
    return a.high == b.high && a.low == b.low;
}

static struct dsi_content_hash hash_of(struct dsi_dtype dtype, int n_dims,
                                       const uint64_t *shape, const void *values)
{
    const struct dsi_content content = dsi_content_of(dtype, n_dims, shape);
    return dsi_content_hash(&content, values);
}

/* By the library's own call, on a header put together by hand. */
static void test_is_xxh3_of_the_values(void **state)
{
    (void)state;
    static const float values[] = {1, -2, 3.5f, 0, 5, 6};
    char header[48 + 3 * 8] = "float32";
    header[48] = 2; /* dimensions, of 2 and 3 */
    header[56] = 2;
    header[64] = 3;
    const XXH128_hash_t expected = XXH3_128bits_withSeed(
        values, sizeof values, XXH3_64bits(header, sizeof header));
    const struct dsi_content_hash got =
        hash_of(F32, 2, (const uint64_t[]){2, 3}, values);
    assert_true(got.high == expected.high64 && got.low == expected.low64);
}

static void test_type_and_shape_tell(void **state)
{
    (void)state;
    static const uint8_t bytes[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const struct dsi_dtype i8 = {.kind = DSI_INT, .size = 1};
    const struct dsi_content_hash flat = hash_of(U8, 1, (const uint64_t[]){12}, bytes);
    assert_true(same(flat, hash_of(U8, 1, (const uint64_t[]){12}, bytes)));
    assert_false(same(flat, hash_of(i8, 1, (const uint64_t[]){12}, bytes)));
    assert_false(same(flat, hash_of(F32, 1, (const uint64_t[]){3}, bytes)));
    assert_false(same(flat, hash_of(U8, 2, (const uint64_t[]){3, 4}, bytes)));
    assert_false(same(flat, hash_of(U8, 2, (const uint64_t[]){12, 1}, bytes)));
    assert_false(same(hash_of(U8, 2, (const uint64_t[]){4, 3}, bytes),
                      hash_of(U8, 2, (const uint64_t[]){3, 4}, bytes)));
}

static void test_every_bit_tells(void **state)
{
    (void)state;
    uint8_t bytes[300] = {0};
    const uint64_t shape[] = {sizeof bytes};
    const struct dsi_content_hash before = hash_of(U8, 1, shape, bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(same(before, hash_of(U8, 1, shape, bytes)));
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(same(before, hash_of(U8, 1, shape, bytes)));
}

/* Values come in the machine's order, however they were stored. */
static void test_stored_order_does_not_tell(void **state)
{
    (void)state;
    static const float values[] = {1, 2, 3};
    const struct dsi_dtype foreign = {
        .kind = DSI_FLOAT, .size = 4, .big_endian = !dsi_machine_is_big_endian()};
    const uint64_t shape[] = {3};
    assert_true(
        same(hash_of(F32, 1, shape, values), hash_of(foreign, 1, shape, values)));
}

static void test_units_tell(void **state)
{
    (void)state;
    const struct dsi_dtype ns = {.kind = DSI_DATETIME, .size = 8, .unit = "ns"};
    const struct dsi_dtype us = {.kind = DSI_DATETIME, .size = 8, .unit = "us"};
    const int64_t time = 1000;
    assert_false(same(hash_of(ns, 0, NULL, &time), hash_of(us, 0, NULL, &time)));
}

static void test_rows_are_samples(void **state)
{
    (void)state;
    static const uint8_t values[24] = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6};
    const struct dsi_array rows = {.dtype = U8, .n_dims = 3, .shape = {4, 2, 3}};
    const struct dsi_array picture = {.dtype = U8, .n_dims = 2, .shape = {2, 3}};
    const struct dsi_content row = dsi_content_of_rows(&rows);
    const struct dsi_content whole = dsi_content_of_whole(&picture);
    assert_int_equal(row.n_items, 6);
    assert_true(
        same(dsi_content_hash(&row, values), dsi_content_hash(&row, values + 6)));
    assert_false(
        same(dsi_content_hash(&row, values), dsi_content_hash(&row, values + 12)));
    assert_true(same(dsi_content_hash(&row, values), dsi_content_hash(&whole, values)));
    const struct dsi_array scalar = {.dtype = U8};
    assert_int_equal(dsi_content_of_rows(&scalar).n_items, 1);
}

static void test_strings_are_their_texts(void **state)
{
    (void)state;
    char again[] = "abc";
    const struct dsi_string a[] = {{"abc", 3}, {"", 0}}, b[] = {{again, 3}, {"x", 0}},
                            c[] = {{"ab", 2}, {"c", 1}}, d[] = {{"", 0}, {"abc", 3}};
    const uint64_t shape[] = {2};
    const struct dsi_content_hash hash = hash_of(STRINGS, 1, shape, a);
    assert_true(same(hash, hash_of(STRINGS, 1, shape, b)));
    assert_false(same(hash, hash_of(STRINGS, 1, shape, c)));
    assert_false(same(hash, hash_of(STRINGS, 1, shape, d)));
}

static bool is(struct dsi_content content, const void *values,
               const struct dsi_bytes *bytes)
{
    return dsi_content_is(&content, values, bytes->data, bytes->n);
}

/* What is appended is told from all that differs by type, shape, value or length. */
static void test_the_sample_itself(void **state)
{
    (void)state;
    static const uint8_t values[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    static const uint64_t flat[] = {12}, square[] = {3, 4}, floats[] = {3},
                          none[] = {0};
    const struct dsi_content content = dsi_content_of(U8, 1, flat);
    struct dsi_bytes bytes = {0}, empty = {0};
    struct dsi_error err;
    uint8_t others[12];
    assert_int_equal(dsi_content_append(&content, values, &bytes, &err), DSI_OK);
    assert_true(is(content, values, &bytes));
    for (size_t i = 0; i < sizeof others; i++) {
        memcpy(others, values, sizeof others);
        others[i] ^= 128;
        assert_false(is(content, others, &bytes));
    }
    assert_false(is(dsi_content_of(U8, 2, square), values, &bytes));
    assert_false(is(dsi_content_of(F32, 1, floats), values, &bytes));
    for (size_t n = 0; n < bytes.n; n++)
        assert_false(dsi_content_is(&content, values, bytes.data, n));
    const struct dsi_content nothing = dsi_content_of(U8, 1, none);
    assert_int_equal(dsi_content_append(&nothing, values, &empty, &err), DSI_OK);
    assert_true(is(nothing, values, &empty));
    assert_false(is(content, values, &empty));
    dsi_bytes_free(&bytes);
    dsi_bytes_free(&empty);
}

static void test_texts_themselves(void **state)
{
    (void)state;
    const struct dsi_string a[] = {{"abc", 3}, {"", 0}}, b[] = {{"abc", 3}, {"x", 0}},
                            c[] = {{"ab", 2}, {"c", 1}}, d[] = {{"", 0}, {"abc", 3}},
                            e[] = {{"abc", 3}, {"x", 1}};
    const uint64_t shape[] = {2};
    const struct dsi_content content = dsi_content_of(STRINGS, 1, shape);
    struct dsi_bytes bytes = {0};
    struct dsi_error err;
    assert_int_equal(dsi_content_append(&content, a, &bytes, &err), DSI_OK);
    assert_true(is(content, a, &bytes));
    assert_true(is(content, b, &bytes));
    assert_false(is(content, c, &bytes));
    assert_false(is(content, d, &bytes));
    assert_false(is(content, e, &bytes));
    dsi_bytes_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_xxh3_of_the_values),
        cmocka_unit_test(test_type_and_shape_tell),
        cmocka_unit_test(test_every_bit_tells),
        cmocka_unit_test(test_stored_order_does_not_tell),
        cmocka_unit_test(test_units_tell),
        cmocka_unit_test(test_rows_are_samples),
        cmocka_unit_test(test_strings_are_their_texts),
        cmocka_unit_test(test_the_sample_itself),
        cmocka_unit_test(test_texts_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
