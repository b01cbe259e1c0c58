/* What a file is taken for, by its content and its name. The rule is written out by
 * hand: a signature is believed whatever the name; text only where the name claims
 * text, or nothing that is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "reader.h"

static const char table[] = "path,label\na.png,cat\n";
static const char npy[] = "\x93NUMPY\1\0\x46\0{'descr': '|u1', 'fortran_order': "
                          "False, 'shape': (1,), }             \nx";

/* The status, and in err the reason; on success which format it was. */
static enum dsi_status open_as(const char *path, const char *bytes, size_t n,
                               const struct dsi_format **format, struct dsi_error *err)
{
    struct dsi_open_options options = {.limits = dsi_limits_default};
    struct dsi_source source;
    struct dsi_file file;
    dsi_source_of_bytes(&source, bytes, n);
    enum dsi_status status = dsi_file_open_named(&file, &source, path, &options, err);
    *format = status == DSI_OK ? file.format : NULL;
    if (status == DSI_OK)
        dsi_file_close(&file);
    return status;
}

static void is(const char *path, const char *bytes, size_t n, const char *format)
{
    const struct dsi_format *found;
    struct dsi_error err = {0};
    assert_int_equal(open_as(path, bytes, n, &found, &err), DSI_OK);
    assert_string_equal(found->name, format);
}

static void fails(const char *path, const char *bytes, size_t n, enum dsi_status status,
                  const char *reason)
{
    const struct dsi_format *found;
    struct dsi_error err = {0};
    assert_int_equal(open_as(path, bytes, n, &found, &err), status);
    assert_string_equal(err.message, reason);
}

static void lies(const char *path, const char *text, const char *reason)
{
    fails(path, text, strlen(text), DSI_ERR_MALFORMED, reason);
}

static void test_text(void **state)
{
    (void)state;
    static const char *const believed[] = {"a.csv", "a.TSV",     "a.txt", "a",
                                           "-",     "a.jpg.csv", "jpg"};
    for (size_t i = 0; i < sizeof believed / sizeof *believed; i++)
        is(believed[i], table, strlen(table), "csv");
    lies("a.jpg", table, "named as jpeg, but holds text");
    lies("d.csv/a.JPEG", table, "named as jpeg, but holds text");
    lies("a.png", table, "named as png, but holds text");
    lies("a.npy", "1", "named as npy, but holds text");
    lies("t10k-labels-idx1-ubyte", table, "named as idx, but holds text");
    lies("a.jpg", "\xff\xfe<\0h\0", "named as jpeg, but holds text"); /* UTF-16 */
}

static void test_html(void **state)
{
    (void)state;
    static const char reason[] = "named as jpeg, but holds text (an HTML page?)";
    lies("a.jpg", "<!DOCTYPE html>\n<html>", reason);
    lies("a.jpg", "\xef\xbb\xbf\r\n <!doctype HTML PUBLIC \"-//W3C//DTD\">", reason);
    lies("a.jpg", "<hTmL lang=en>\n<title>404", reason);
    lies("a.jpg", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<html>", reason);
    lies("a.jpg", "<?xml version=\"1.0\"?>\n<!DOCTYPE svg>",
         "named as jpeg, but holds text");
    lies("a.jpg", "<htm", "named as jpeg, but holds text");
    is("a.csv", "<html>\n", 7,
       "csv"); /* a table of one column, for all that is known */
}

static void test_signature(void **state)
{
    (void)state;
    static const char *const names[] = {"a.npy", "a.csv", "a.jpg", "a", "-"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        is(names[i], npy, sizeof npy - 1, "npy");
}

static void test_neither(void **state)
{
    (void)state;
    fails("a.jpg", "", 0, DSI_ERR_TRUNCATED, "an empty file");
    fails("a.csv", "", 0, DSI_ERR_TRUNCATED, "an empty file");
    fails("a.jpg", "\1\2\3", 3, DSI_ERR_UNKNOWN_FORMAT,
          "not a format dsinspect reads (npy, npz, HDF5, PNG, JPEG, IDX, CSV)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
