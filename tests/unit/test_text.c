/* Expected widths are those of Unicode's East Asian Width and combining classes;
 * invalid sequences are the cases of RFC 3629, section 3 and 10. Numbers are as
 * Python's repr writes them (test_report.py compares a million more). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static void expect_escape_n(const char *text, size_t n, const char *expected)
{
    struct dsi_bytes out = {0};
    assert_int_equal(dsi_escape_text(&out, text, n, NULL), DSI_OK);
    assert_int_equal(out.n, strlen(expected));
    if (out.n)
        assert_memory_equal(out.data, expected, out.n);
    dsi_bytes_free(&out);
}

static void expect_escape(const char *text, const char *expected)
{
    expect_escape_n(text, strlen(text), expected);
}

static void escape_leaves_plain_text(void **state)
{
    (void)state;
    expect_escape("", "");
    expect_escape("cats/tabby 01.png", "cats/tabby 01.png");
    expect_escape("\xe6\x97\xa5\xe6\x9c\xac", "\xe6\x97\xa5\xe6\x9c\xac");
    expect_escape("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");
    expect_escape("\xc2\xa0", "\xc2\xa0"); /* the first after the C1 controls */
    expect_escape("\xe2\x80\x8d", "\xe2\x80\x8d");
}

static void escape_shows_controls(void **state)
{
    (void)state;
    expect_escape("a\tb\nc\rd\\e", "a\\tb\\nc\\rd\\\\e");
    expect_escape("\x1b[31m", "\\x1b[31m");
    expect_escape("\x7f", "\\x7f");
    expect_escape_n("a\0b", 3, "a\\x00b");
    expect_escape("\xc2\x85", "\\xc2\\x85");                  /* NEL, a C1 control */
    expect_escape("\xe2\x80\xae.exe", "\\xe2\\x80\\xae.exe"); /* RLO */
    expect_escape("\xd8\x9c", "\\xd8\\x9c");                  /* ALM */
    expect_escape("\xe2\x81\xa9", "\\xe2\\x81\\xa9");         /* PDI */
    expect_escape("\xe2\x80\xa8", "\\xe2\\x80\\xa8");         /* line separator */
}

static void escape_shows_bytes_that_are_not_utf8(void **state)
{
    (void)state;
    expect_escape("\xff", "\\xff");
    expect_escape("\x80x", "\\x80x");
    expect_escape("\xc0\xaf", "\\xc0\\xaf");                   /* overlong slash */
    expect_escape("\xe0\x80\xaf", "\\xe0\\x80\\xaf");          /* overlong slash */
    expect_escape("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
    expect_escape("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* U+110000 */
    expect_escape("\xe6\x97", "\\xe6\\x97");                   /* cut short */
    expect_escape("\xe6\x97z", "\\xe6\\x97z");
}

static void width_is_what_a_terminal_shows(void **state)
{
    (void)state;
    assert_int_equal(dsi_text_width("abc", 3), 3);
    assert_int_equal(dsi_text_width("\xe6\x97\xa5\xe6\x9c\xac", 6), 4);
    assert_int_equal(dsi_text_width("e\xcc\x81", 3), 1);
    assert_int_equal(dsi_text_width("\xf0\x9f\x98\x80", 4), 2);
    assert_int_equal(dsi_code_width(0xac00), 2); /* Hangul syllable */
    assert_int_equal(dsi_code_width(0x11a8), 0); /* Hangul final consonant */
    assert_int_equal(dsi_code_width(0x200b), 0); /* zero width space */
    assert_int_equal(dsi_code_width(0xe9), 1);
    assert_int_equal(dsi_code_width(0xff21), 2); /* full-width A */
}

static void expect_double(double value, const char *expected)
{
    char text[DSI_NUMBER_SIZE];
    size_t n = dsi_format_double(value, text);
    assert_string_equal(text, expected);
    assert_int_equal(n, strlen(expected));
}

static void doubles_are_as_python_writes_them(void **state)
{
    (void)state;
    expect_double(0.1, "0.1");
    expect_double(1.0 / 3, "0.3333333333333333");
    expect_double(-0.0, "-0");
    expect_double(100000, "100000");
    expect_double(1e15, "1000000000000000");
    expect_double(9999999999999998, "9999999999999998");
    expect_double(1e16, "1e+16");
    expect_double(1e22, "1e+22");
    expect_double(0.0001, "0.0001");
    expect_double(0.00001, "1e-05");
    expect_double(0x1p-44, "5.684341886080802e-14"); /* %.16g misses it */
    expect_double(5e-324, "5e-324");
    expect_double(1.7976931348623157e308, "1.7976931348623157e+308");
    expect_double(-2.2250738585072014e-308, "-2.2250738585072014e-308");
    expect_double((double)NAN, "nan");
    expect_double(-(double)NAN, "nan");
    expect_double((double)INFINITY, "inf");
    expect_double(-(double)INFINITY, "-inf");
}

static void expect_short(double value, const char *expected)
{
    char text[DSI_NUMBER_SIZE];
    dsi_format_double_short(value, text);
    assert_string_equal(text, expected);
}

static void short_doubles_keep_six_digits_or_the_integer(void **state)
{
    (void)state;
    expect_short(1.0 / 3, "0.333333");
    expect_short(1234567.891, "1234568");
    expect_short(0.1, "0.1");
    expect_short(0.99999999, "1");
    expect_short(2.0 / 3 * 1e-9, "6.66667e-10");
    expect_short(1e300 / 3, "3.33333e+299");
}

static void values_print_whole(void **state)
{
    (void)state;
    char text[DSI_NUMBER_SIZE];
    struct dsi_value least = dsi_int(INT64_MIN), most = dsi_uint(UINT64_MAX),
                     yes = dsi_bool(true), none = dsi_null();
    assert_int_equal(dsi_format_value(&least, text), 20);
    assert_string_equal(text, "-9223372036854775808");
    assert_int_equal(dsi_format_value(&most, text), 20);
    assert_string_equal(text, "18446744073709551615");
    assert_int_equal(dsi_format_value(&yes, text), 4);
    assert_string_equal(text, "true");
    assert_int_equal(dsi_format_value(&none, text), 0);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escape_leaves_plain_text),
        cmocka_unit_test(escape_shows_controls),
        cmocka_unit_test(escape_shows_bytes_that_are_not_utf8),
        cmocka_unit_test(width_is_what_a_terminal_shows),
        cmocka_unit_test(doubles_are_as_python_writes_them),
        cmocka_unit_test(short_doubles_keep_six_digits_or_the_integer),
        cmocka_unit_test(values_print_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
