/* Blocks as numbers by channel: which axis is taken for the channels, what is turned
 * into numbers, what is skipped. Shapes and expected values by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "channels.h"
#include "text_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct dsi_dtype float32 = {.kind = DSI_FLOAT, .size = 4},
                              uint8 = {.kind = DSI_UINT, .size = 1};

static struct dsi_array array_of(struct dsi_dtype dtype, int n_dims,
                                 const uint64_t *shape)
{
    struct dsi_array array = {.dtype = dtype, .n_dims = n_dims};
    memcpy(array.shape, shape, (size_t)n_dims * sizeof *shape);
    return array;
}

static void expect_axis(int n_dims, const uint64_t *shape, int axis, uint64_t n_outer,
                        uint64_t n, uint64_t n_inner)
{
    struct dsi_channels channels;
    struct dsi_array array = array_of(float32, n_dims, shape);
    assert_int_equal(dsi_channels_of_array(&array, NULL, &channels, NULL), DSI_OK);
    assert_int_equal(channels.axis, axis);
    assert_int_equal(channels.n_outer, n_outer);
    assert_int_equal(channels.n, n);
    assert_int_equal(channels.n_inner, n_inner);
}

static void the_axis_is_guessed_from_the_shape(void **state)
{
    (void)state;
    expect_axis(0, (uint64_t[]){0}, 0, 1, 1, 1);
    expect_axis(1, (uint64_t[]){5}, 0, 1, 1, 1);
    expect_axis(2, (uint64_t[]){5, 30}, 1, 1, 30, 1);
    expect_axis(2, (uint64_t[]){5, 65537}, 0, 1, 1, 65537);
    expect_axis(3, (uint64_t[]){5, 28, 28}, 0, 1, 1, 784);
    expect_axis(3, (uint64_t[]){5, 28, 3}, 2, 28, 3, 1);
    expect_axis(4, (uint64_t[]){5, 28, 29, 3}, 3, 812, 3, 1);
    expect_axis(4, (uint64_t[]){5, 3, 28, 29}, 1, 1, 3, 812);
    expect_axis(4, (uint64_t[]){5, 64, 7, 9}, 1, 1, 64, 63);
    expect_axis(5, (uint64_t[]){5, 3, 16, 7, 9}, 1, 1, 3, 1008);
}

static void an_axis_that_is_given_must_be_there(void **state)
{
    (void)state;
    struct dsi_channels channels;
    struct dsi_array array = array_of(float32, 3, (uint64_t[]){5, 6, 7});
    struct dsi_channel_axis axis = {.choice = DSI_CHANNEL_AXIS_GIVEN, .axis = -1};
    assert_int_equal(dsi_channels_of_array(&array, &axis, &channels, NULL), DSI_OK);
    assert_int_equal(channels.axis, 2);
    axis.axis = 1;
    assert_int_equal(dsi_channels_of_array(&array, &axis, &channels, NULL), DSI_OK);
    assert_int_equal(channels.n, 6);
    assert_int_equal(channels.n_inner, 7);
    for (int i = 0; i < 3; i++) {
        axis.axis = ((int[]){0, 3, -3})[i];
        assert_int_equal(dsi_channels_of_array(&array, &axis, &channels, NULL),
                         DSI_ERR_USAGE);
    }
    axis.choice = DSI_CHANNEL_AXIS_NONE;
    assert_int_equal(dsi_channels_of_array(&array, &axis, &channels, NULL), DSI_OK);
    assert_int_equal(channels.n_inner, 42);
}

/* A block of all the array's rows. */
static struct dsi_block block_of(const struct dsi_array *array, const void *values)
{
    return (struct dsi_block){.first_sample = 100,
                              .n_samples = array->shape[0],
                              .values_array = array,
                              .values = values,
                              .n_value_rows = array->shape[0]};
}

static void view(const struct dsi_block *block, const struct dsi_sentinels *sentinels,
                 struct dsi_channel_room *room, struct dsi_values *values)
{
    struct dsi_channels channels;
    size_t table;
    assert_int_equal(dsi_channels_of_array(block->values_array, NULL, &channels, NULL),
                     DSI_OK);
    assert_int_equal(
        dsi_block_values(block, &channels, sentinels, room, values, &table, NULL),
        DSI_OK);
}

static void sentinels_and_fill_are_skipped(void **state)
{
    (void)state;
    static const float data[] = {1, -999.9f, 0, -0.0f, 7, 2};
    static const float fill = 7;
    struct dsi_array array = array_of(float32, 2, (uint64_t[]){2, 3});
    array.missing =
        (struct dsi_bytes){.data = (uint8_t *)(uintptr_t)&fill, .n = sizeof fill};
    struct dsi_block block = block_of(&array, data);
    struct dsi_channel_room room = {0};
    struct dsi_values values;
    static const struct dsi_sentinel numbers[] = {{.number = -999.9},
                                                  {.is_whole = true}};
    static const struct dsi_sentinel three = {.number = 3};
    view(&block, &(struct dsi_sentinels){numbers, 2}, &room, &values);
    assert_memory_equal(values.skip, ((uint8_t[]){0, 1, 1, 1, 1, 0}), 6);
    assert_int_equal(dsi_values_sample(&values, 1), 101);
    array.missing.n = 0;
    view(&block, &(struct dsi_sentinels){&three, 1}, &room, &values);
    assert_null(values.skip); /* none there */
    dsi_channel_room_free(&room);
}

static void complex_is_its_magnitude(void **state)
{
    (void)state;
    static const double data[] = {3, -4, (double)INFINITY, (double)NAN};
    struct dsi_array array = array_of(
        (struct dsi_dtype){.kind = DSI_COMPLEX, .size = 16}, 1, (uint64_t[]){2});
    struct dsi_block block = block_of(&array, data);
    struct dsi_channel_room room = {0};
    struct dsi_values values;
    view(&block, NULL, &room, &values);
    assert_int_equal(values.dtype.kind, DSI_FLOAT);
    assert_int_equal(values.dtype.size, 8);
    assert_true(((const double *)values.data)[0] == 5);
    assert_true(isinf(((const double *)values.data)[1]));
    dsi_channel_room_free(&room);
}

static void text_is_read_as_numbers(void **state)
{
    (void)state;
    static const struct dsi_string data[] = {
        {"1.5", 3}, {"", 0}, {"NA", 2}, {"red", 3}, {" -2 ", 4}};
    struct dsi_array array =
        array_of((struct dsi_dtype){.kind = DSI_STRING, .size = sizeof *data}, 1,
                 (uint64_t[]){5});
    struct dsi_block block = block_of(&array, data);
    struct dsi_channel_room room = {0};
    struct dsi_values values;
    view(&block, NULL, &room, &values);
    const double *numbers = values.data;
    assert_memory_equal(values.skip, ((uint8_t[]){0, 1, 0, 1, 0}), 5);
    assert_true(numbers[0] == 1.5 && isnan(numbers[2]) && numbers[4] == -2);
    assert_int_equal(room.n_not_numbers, 1);
    dsi_channel_room_free(&room);
}

/* Of a U array: code points, padded with 0. */
static void wide_text_is_read_as_numbers(void **state)
{
    (void)state;
    static const uint32_t data[] = {'-', '7', 0, 0x661, 0, 0};
    struct dsi_array array = array_of(
        (struct dsi_dtype){.kind = DSI_UNICODE, .size = 12}, 1, (uint64_t[]){2});
    struct dsi_block block = block_of(&array, data);
    struct dsi_channel_room room = {0};
    struct dsi_values values;
    view(&block, NULL, &room, &values);
    assert_true(((const double *)values.data)[0] == -7);
    assert_int_equal(room.n_not_numbers, 1); /* an Arabic digit is none in C */
    dsi_channel_room_free(&room);
}

static void pictures_are_told_apart_by_colour(void **state)
{
    (void)state;
    static const uint16_t data[2 * 3 * 4];
    static const struct dsi_format jpeg = {.name = "jpeg", .is_image = true};
    struct dsi_file file = {.format = &jpeg};
    struct dsi_channels channels = dsi_channels_of_pictures();
    struct dsi_channel_room room = {0};
    struct dsi_values values;
    size_t table;
    const struct {
        struct dsi_dtype dtype;
        uint64_t n_channels;
        bool is_jpeg;
        size_t table;
        uint32_t first, last; /* of the group's channels */
    } cases[] = {
        {uint8, 1, false, 0, DSI_PICTURE_GREY, DSI_PICTURE_GREY},
        {uint8, 2, false, 0, DSI_PICTURE_GREY, DSI_PICTURE_A},
        {uint8, 3, true, 0, DSI_PICTURE_R, DSI_PICTURE_B},
        {uint8, 4, false, 0, DSI_PICTURE_R, DSI_PICTURE_A},
        {uint8, 4, true, 0, DSI_PICTURE_C, DSI_PICTURE_K},
        {{.kind = DSI_UINT, .size = 2}, 3, false, 2, DSI_PICTURE_R16, DSI_PICTURE_B16},
        {{.kind = DSI_BOOL, .size = 1},
         1,
         false,
         1,
         DSI_PICTURE_GREY1,
         DSI_PICTURE_GREY1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dsi_array array =
            array_of(cases[i].dtype, cases[i].n_channels > 1 ? 3 : 2,
                     (uint64_t[]){2, 3, cases[i].n_channels});
        struct dsi_block block = block_of(&array, data);
        block.n_samples = 1;
        block.file = cases[i].is_jpeg ? &file : NULL;
        assert_int_equal(
            dsi_block_values(&block, &channels, NULL, &room, &values, &table, NULL),
            DSI_OK);
        const uint64_t from = dsi_channel_table(&channels, table).first;
        assert_int_equal(table, cases[i].table);
        assert_int_equal(values.n_outer, 6);
        assert_int_equal(from + dsi_values_channel(&values, 0), cases[i].first);
        assert_int_equal(from + dsi_values_channel(&values, cases[i].n_channels - 1),
                         cases[i].last);
        assert_int_equal(dsi_values_sample(&values, 5), 100);
    }
    dsi_channel_room_free(&room);
}

static void expect_text(const char *text, enum dsi_text_kind kind, double value)
{
    double got;
    assert_int_equal(dsi_text_number(text, strlen(text), &got), kind);
    assert_true(kind == DSI_TEXT_NUMBER ? got == value : isnan(got));
}

static void numbers_are_told_from_words(void **state)
{
    (void)state;
    expect_text("12", DSI_TEXT_NUMBER, 12);
    expect_text("\t-1.5e-3 ", DSI_TEXT_NUMBER, -0.0015);
    expect_text("inf", DSI_TEXT_NUMBER, (double)INFINITY);
    expect_text("  ", DSI_TEXT_EMPTY, 0);
    expect_text("NaN", DSI_TEXT_MISSING, 0);
    expect_text("#N/A N/A", DSI_TEXT_MISSING, 0);
    expect_text("NAN(7)", DSI_TEXT_OTHER, 0);
    expect_text("0x10", DSI_TEXT_OTHER, 0);
    expect_text("1,000", DSI_TEXT_OTHER, 0);
    expect_text("1 2", DSI_TEXT_OTHER, 0);
    expect_text("cat", DSI_TEXT_OTHER, 0);
}

/* Against strtod, which reads every number right. */
static void numbers_are_the_nearest_doubles(void **state)
{
    (void)state;
    char text[64];
    uint64_t random = 5;
    for (int i = 0; i < 300000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        const int n_digits = (int)(random >> 59) % 19 + 1,
                  exponent = (int)(random >> 40 & 63) - 32;
        const unsigned long long whole = (random >> 3) % 1000000000000000000u;
        const char *forms[] = {"%s%.*llu",    "%s%.*llu.5",    "%s0.%.*llu",
                               "%s%.*llue%d", "%s.%.*llue%+d", "%s1%.*llu.e%d"};
        snprintf(text, sizeof text, forms[i % 6], random >> 33 & 1 ? "-" : "", n_digits,
                 whole >> (random >> 20 & 63) % 60, exponent);
        double got, wanted = strtod(text, NULL);
        assert_int_equal(dsi_text_number(text, strlen(text), &got), DSI_TEXT_NUMBER);
        if (memcmp(&got, &wanted, sizeof got) != 0)
            fail_msg("%s is %.17g, not %.17g", text, wanted, got);
    }
    const char *const others[] = {"1e",    "1e+", ".",    "-", "+",
                                  "1.2.3", "--1", "1e5x", "e5"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        expect_text(others[i], DSI_TEXT_OTHER, 0);
    expect_text("-0", DSI_TEXT_NUMBER, -0.0);
    expect_text("1e400", DSI_TEXT_NUMBER, (double)INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_axis_is_guessed_from_the_shape),
        cmocka_unit_test(an_axis_that_is_given_must_be_there),
        cmocka_unit_test(sentinels_and_fill_are_skipped),
        cmocka_unit_test(complex_is_its_magnitude),
        cmocka_unit_test(text_is_read_as_numbers),
        cmocka_unit_test(wide_text_is_read_as_numbers),
        cmocka_unit_test(pictures_are_told_apart_by_colour),
        cmocka_unit_test(numbers_are_told_from_words),
        cmocka_unit_test(numbers_are_the_nearest_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
