/* Files people write. What a text means was worked out by hand after the YAML 1.1
 * specification; lines and columns are counted from 1, in characters. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "faults.h"
#include "scratch.h"
#include "yaml_tree.h"

/* Of n bytes, which must be well; the caller frees it. */
static struct dsi_yaml *parse_n(const char *text, size_t n)
{
    struct dsi_complaints complaints = {.path = "f"};
    struct dsi_yaml *root;
    struct dsi_error err;
    assert_int_equal(dsi_yaml_parse(&root, text, n, &complaints, &err), DSI_OK);
    if (complaints.n)
        fail_msg("%s", complaints.items[0].text);
    dsi_complaints_free(&complaints);
    return root;
}

static struct dsi_yaml *parse(const char *text)
{
    return parse_n(text, strlen(text));
}

/* n bytes that get one complaint at least, of which this is the first. */
static void refuse_n(const char *text, size_t n, const char *complaint)
{
    struct dsi_complaints complaints = {.path = "f"};
    struct dsi_yaml *root;
    struct dsi_error err;
    assert_int_equal(dsi_yaml_parse(&root, text, n, &complaints, &err), DSI_OK);
    assert_null(root);
    assert_true(complaints.n_items > 0);
    dsi_complaints_sort(&complaints);
    assert_string_equal(complaints.items[0].text, complaint);
    dsi_complaints_free(&complaints);
}

static void refuse(const char *text, const char *complaint)
{
    refuse_n(text, strlen(text), complaint);
}

static const struct dsi_yaml *item(const struct dsi_yaml *map, const char *key)
{
    const struct dsi_yaml *found = dsi_yaml_item(map, key);
    assert_non_null(found);
    return found;
}

static void expect_at(const struct dsi_yaml *node, const char *text, size_t line,
                      size_t column)
{
    assert_int_equal(node->kind, DSI_YAML_SCALAR);
    assert_string_equal(node->text, text);
    assert_int_equal(node->line, line);
    assert_int_equal(node->column, column);
}

/* --- what is well ------------------------------------------------------------------
 */

static void nodes_know_their_places(void **state)
{
    (void)state;
    struct dsi_yaml *root = parse("# a\n"
                                  "one: 1\n"
                                  "list:\n"
                                  "  - x\n"
                                  "  - {k: 'v w', \"\xc3\xa9\xc3\xa9\": z}\n"
                                  "last: |\n"
                                  "  two\n"
                                  "  lines\n");
    assert_int_equal(root->kind, DSI_YAML_MAP);
    expect_at(item(root, "one"), "1", 2, 6);
    expect_at(item(root, "one")->key, "one", 2, 1);
    const struct dsi_yaml *list = item(root, "list");
    assert_int_equal(list->kind, DSI_YAML_LIST);
    expect_at(list->first, "x", 4, 5);
    expect_at(item(list->last, "k"), "v w", 5, 9);
    expect_at(item(list->last, "\xc3\xa9\xc3\xa9"), "z", 5, 22);
    expect_at(item(root, "last"), "two\nlines\n", 6, 7);
    assert_null(dsi_yaml_item(root, "none"));
    dsi_yaml_free(root);
}

/* Each as what it may be read as. */
static void words_are_what_is_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_null, is_bool, is_number;
        double number;
    } words[] = {
        {"no", .is_null = false},
        {"yes", .is_null = false},
        {"on", .is_null = false},
        {"True", .is_null = false},
        {"true", .is_bool = true},
        {"false", .is_bool = true},
        {"'true'", .is_bool = false},
        {"null", .is_null = true},
        {"~", .is_null = true},
        {"", .is_null = true},
        {"''", .is_null = false},
        {"'null'", .is_null = false},
        {"12", .is_number = true, .number = 12},
        {"-0.5e3", .is_number = true, .number = -500},
        {".5", .is_number = true, .number = 0.5},
        {"'12'", .is_number = false},
        {"\"12\"", .is_number = false},
        {"1_000", .is_number = false},
        {"12px", .is_number = false},
        {"10%", .is_number = false},
        {"1:30", .is_number = false}, /* 90 in YAML 1.1, and never meant */
        {"2024-01-01", .is_number = false},
        {".inf", .is_number = true, .number = (double)INFINITY},
        {"-.inf", .is_number = true, .number = -(double)INFINITY},
        {"inf", .is_number = false},
        {"nan", .is_number = false},
        {"nan(1)", .is_number = false}, /* which strtod takes */
        {"e5", .is_number = false},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char text[64];
        double number;
        bool is_true;
        snprintf(text, sizeof text, "k: %s\n", words[i].text);
        struct dsi_yaml *root = parse(text);
        const struct dsi_yaml *node = item(root, "k");
        const bool is_bool = dsi_yaml_bool(node, &is_true);
        const bool is_number = dsi_yaml_number(node, &number);
        if (dsi_yaml_is_null(node) != words[i].is_null || is_bool != words[i].is_bool ||
            is_number != words[i].is_number ||
            (is_number && number != words[i].number) ||
            (is_bool && is_true != (words[i].text[0] == 't')))
            fail_msg("'%s' is read as another thing", words[i].text);
        dsi_yaml_free(root);
    }
    struct dsi_yaml *root = parse(".nan");
    double number;
    assert_true(dsi_yaml_number(root, &number) && isnan(number));
    dsi_yaml_free(root);
}

static void lists_and_maps_are_no_scalars(void **state)
{
    (void)state;
    double number;
    bool is_true;
    struct dsi_yaml *root = parse("[{}, []]");
    for (const struct dsi_yaml *node = root->first; node; node = node->next) {
        assert_false(dsi_yaml_is_null(node));
        assert_false(dsi_yaml_bool(node, &is_true));
        assert_false(dsi_yaml_number(node, &number));
        assert_null(node->first);
    }
    dsi_yaml_free(root);
}

static void line_ends_and_marks_are_let_be(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a: 1\nb: 2\n",
        "a: 1\r\nb: 2\r\n",
        "a: 1\rb: 2\r",
        ("\xef\xbb\xbf"
         "a: 1\nb: 2\n"),
        ("\xef\xbb\xbf"
         "a: 1\r\nb: 2\r\n"),
        "a: 1\nb: 2\n...\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct dsi_yaml *root = parse(texts[i]);
        expect_at(item(root, "a"), "1", 1, 4);
        expect_at(item(root, "b"), "2", 2, 4);
        expect_at(item(root, "a")->key, "a", 1, 1);
        dsi_yaml_free(root);
    }
}

static void json_is_yaml(void **state)
{
    (void)state;
    struct dsi_yaml *root = parse("{\"a\":[1,\"2\",null,\n{\"b\\u00e9\\n\":true}],"
                                  "\"\":\"\\\\\\\"\\/\"}\n");
    const struct dsi_yaml *list = item(root, "a");
    expect_at(list->first, "1", 1, 7);
    assert_true(list->first->is_plain);
    assert_false(list->first->next->is_plain);
    assert_true(dsi_yaml_is_null(list->first->next->next));
    expect_at(item(list->last, "b\xc3\xa9\n"), "true", 2, 14);
    expect_at(item(root, ""), "\\\"/", 2, 24);
    dsi_yaml_free(root);
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n\n", "# only this\n", "\xef\xbb\xbf",
                                        "   "};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_null(parse(texts[i]));
}

/* --- what is not -------------------------------------------------------------------
 */

static void what_means_something_else_is_refused(void **state)
{
    (void)state;
    refuse("a: 1\nb: &x 2\n",
           "f:2:4: anchors are not for a file like this: write the value again");
    refuse("a: 1\nb:\n  - *x\n",
           "f:3:5: aliases are not for a file like this: write the value again");
    refuse("a: !!str 1\n",
           "f:1:4: tags are not for a file like this: write the value without !");
    refuse("a: 1\nb: !x [1]\n", "f:2:4: tags are not for a file like this");
    refuse("a: {b: !x {}}\n", "f:1:8: tags are not for a file like this");
    refuse("a: 1\nb: 2\n'a': 3\n", "f:3:1: 'a' is given twice");
    refuse("x: {a: 1, a: 1}\n", "f:1:11: 'a' is given twice");
    refuse("a: 1\n---\nb: 2\n", "f:2:1: a second document; a file holds one");
    refuse("--- x\n--- y\n", "f:2:1: a second document; a file holds one");
    refuse("a: \"1\\0\"\n", "f:1:4: holds a NUL");
    refuse("\"a\\0b\": 1\n", "f:1:1: holds a NUL");
    refuse("? [a]\n: 1\n", "f:1:3: a key must be a word");
    refuse("? {a: b}\n: 1\n", "f:1:3: a key must be a word");
    refuse("{[a]: 1}\n", "f:1:2: a key must be a word");
}

static void form_is_told_by_place(void **state)
{
    (void)state;
    refuse("a: 1\n b: 2\n",
           "f:2:3: is no YAML: mapping values are not allowed in this context");
    refuse("a: [1\n",
           "f:2:1: is no YAML: did not find expected ',' or ']' while parsing a flow "
           "sequence");
    refuse("a:\n\t- 1\n", "f:2:1: is no YAML: a tab, where spaces are wanted: found "
                          "character that cannot start any token while scanning for "
                          "the next token");
    refuse(
        "- {metric: a.rows[*].b}\n",
        "f:1:20: is no YAML: a metric with [ stands in quotes: did not find expected "
        "alphabetic or numeric character while scanning an alias");
    refuse(
        "- {metric: a.rows[b=1].c, max: 1}\n",
        "f:1:18: is no YAML: a metric with [ stands in quotes: did not find expected "
        "',' or '}' while parsing a flow mapping");
    refuse("- {metric: a, b c: [}\n- a.rows[1]: 2",
           "f:1:21: is no YAML: did not find "
           "expected node content while parsing a flow node");
    refuse("a: %x\n", "f:1:4: is no YAML: found character that cannot start any token "
                      "while scanning for the next token");
}

/* Bytes that are no characters, or none that a text file holds. */
static void bytes_are_told_by_place(void **state)
{
    (void)state;
    static const char nul[] = "a: 1\nb: x\0y\n";
    refuse_n(nul, sizeof nul - 1,
             "f:2:5: is no YAML: control characters are not allowed");
    refuse("a: 1\nb: '\xc3\xa9\x1b[0m'\n",
           "f:2:6: is no YAML: control characters are not allowed");
    refuse("\xff", "f:1:1: is no YAML: invalid leading UTF-8 octet");
    refuse("a: \xc3(\n", "f:1:5: is no YAML: invalid trailing UTF-8 octet");
    refuse("a: \xed\xa0\x80\n", "f:1:4: is no YAML: invalid Unicode character");
    refuse("a: 1\r\nb: \xc3", "f:2:4: is no YAML: incomplete UTF-8 octet sequence");
    static const char little[] = "\xff\xfe"
                                 "a\0:\0 \0001\0";
    static const char big[] = "\xfe\xff\0a\0:\0 \0001";
    refuse_n(little, sizeof little - 1,
             "f:1:1: is no YAML: UTF-16, where UTF-8 is wanted");
    refuse_n(big, sizeof big - 1, "f:1:1: is no YAML: UTF-16, where UTF-8 is wanted");
}

static void depth_has_an_end(void **state)
{
    (void)state;
    char deep[3 * DSI_YAML_MAX_DEPTH];
    memset(deep, '[', sizeof deep);
    memset(deep + DSI_YAML_MAX_DEPTH, ']', DSI_YAML_MAX_DEPTH);
    dsi_yaml_free(parse_n(deep, 2 * DSI_YAML_MAX_DEPTH));
    memset(deep, '[', sizeof deep);
    refuse_n(deep, sizeof deep, "f:1:33: is too deep");
    refuse_n(deep, DSI_YAML_MAX_DEPTH + 1, "f:1:33: is too deep");
    char maps[4 * DSI_YAML_MAX_DEPTH + 4];
    for (size_t i = 0; i < sizeof maps; i += 4)
        memcpy(maps + i, "{a: ", 4);
    refuse_n(maps, sizeof maps, "f:1:129: is too deep");
}

/* A baseline has a line for each class: 200,000 keys, and the last given again. */
static void many_keys_take_no_longer_each(void **state)
{
    (void)state;
    enum { N = 200000, WIDTH = 11 };
    static char text[(N + 1) * WIDTH + 1];
    struct dsi_complaints complaints = {.path = "f"};
    struct dsi_yaml *root;
    struct dsi_error err;
    for (int i = 0; i <= N; i++) {
        char line[32]; /* gcc does not know that six digits do */
        snprintf(line, sizeof line, "k%06d: 1\n", i < N ? i * 7 % N : 12345);
        memcpy(text + i * WIDTH, line, WIDTH);
    }
    assert_int_equal(dsi_yaml_parse(&root, text, strlen(text), &complaints, &err),
                     DSI_OK);
    assert_null(root);
    assert_int_equal(complaints.n, 1);
    assert_string_equal(complaints.items[0].text,
                        "f:200001:1: 'k012345' is given twice");
    dsi_complaints_free(&complaints);
}

/* Everything that can be told is told, in the order of the file. */
static void all_complaints_at_once(void **state)
{
    (void)state;
    static const char text[] = "a: &x 1\na: !t 2\nb: \"\\0\"\n";
    struct dsi_complaints complaints = {.path = "f"};
    struct dsi_yaml *root;
    struct dsi_error err;
    assert_int_equal(dsi_yaml_parse(&root, text, sizeof text - 1, &complaints, &err),
                     DSI_OK);
    dsi_complaints_sort(&complaints);
    assert_int_equal(complaints.n, 4);
    static const char *const starts[] = {"f:1:4: anchors", "f:2:1: 'a' is given twice",
                                         "f:2:4: tags", "f:3:4: holds a NUL"};
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal(complaints.items[i].text, starts[i], strlen(starts[i]));
    dsi_complaints_free(&complaints);
}

static void complaints_are_counted_beyond_the_list(void **state)
{
    (void)state;
    struct dsi_complaints complaints = {.path = "f"};
    for (size_t i = DSI_COMPLAINTS_MAX + 7; i > 0; i--)
        dsi_complain(&complaints, i, 1, "%zu", i);
    assert_int_equal(complaints.n, DSI_COMPLAINTS_MAX + 7);
    assert_int_equal(complaints.n_items, DSI_COMPLAINTS_MAX);
    dsi_complaints_sort(&complaints);
    assert_string_equal(complaints.items[0].text, "f:8:1: 8");
    dsi_complaints_free(&complaints);
    complaints = (struct dsi_complaints){.path = "f"};
    dsi_complain(&complaints, 0, 0, "no place");
    dsi_complaints_sort(&complaints);
    assert_int_equal(complaints.n, 1);
    assert_string_equal(complaints.items[0].text, "f: no place");
    dsi_complaints_free(&complaints);
}

/* --- files and memory --------------------------------------------------------------
 */

static void files_are_read_whole(void **state)
{
    (void)state;
    struct scratch scratch;
    struct dsi_complaints complaints = {.path = "f"};
    struct dsi_yaml *root;
    struct dsi_error err;
    enum { N = 200000 };
    char *large = malloc(N);
    assert_non_null(large);
    memset(large, '#', N); /* three pieces, and the value last */
    memcpy(large + N - 6, "\na: b\n", 6);
    scratch_make(&scratch);
    const char *path = scratch_write(&scratch, "large", large, N);
    assert_int_equal(dsi_yaml_read(&root, path, N, &complaints, &err), DSI_OK);
    expect_at(item(root, "a"), "b", 2, 4);
    dsi_yaml_free(root);
    assert_int_equal(dsi_yaml_read(&root, path, N - 1, &complaints, &err),
                     DSI_ERR_LIMIT);
    assert_null(root);
    assert_int_equal(
        dsi_yaml_read(&root, scratch_path(&scratch, "no"), N, &complaints, &err),
        DSI_ERR_OPEN);
    assert_string_equal(err.message, "No such file or directory");
    assert_int_equal(dsi_yaml_read(&root, scratch.root, N, &complaints, &err),
                     DSI_ERR_READ);
    path = scratch_write(&scratch, "empty", "", 0);
    assert_int_equal(dsi_yaml_read(&root, path, N, &complaints, &err), DSI_OK);
    assert_null(root);
    assert_int_equal(complaints.n, 0);
    free(large);
    scratch_remove(&scratch);
}

static void every_allocation_fails(void **state)
{
    (void)state;
    static const char text[] = "a: [1, {b: c}]\nd: 'e'\nd: &x 2\n";
    enum dsi_status status = DSI_ERR_MEMORY;
    uint64_t nth = 0;
    for (bool has_failed = true; has_failed;) {
        struct dsi_complaints complaints = {.path = "f"};
        struct dsi_yaml *root;
        struct dsi_error err;
        faults_reset();
        faults_fail_allocation(++nth);
        status = dsi_yaml_parse(&root, text, sizeof text - 1, &complaints, &err);
        has_failed = faults_n_allocations() >= nth;
        faults_reset();
        assert_null(root);
        /* Complaints are counted when there is no memory to keep them. */
        assert_true(status == DSI_ERR_MEMORY || complaints.n == 2);
        dsi_complaints_free(&complaints);
    }
    assert_int_equal(status, DSI_OK);
    assert_true(nth > 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_their_places),
        cmocka_unit_test(words_are_what_is_wanted),
        cmocka_unit_test(lists_and_maps_are_no_scalars),
        cmocka_unit_test(line_ends_and_marks_are_let_be),
        cmocka_unit_test(json_is_yaml),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(what_means_something_else_is_refused),
        cmocka_unit_test(form_is_told_by_place),
        cmocka_unit_test(bytes_are_told_by_place),
        cmocka_unit_test(depth_has_an_end),
        cmocka_unit_test(many_keys_take_no_longer_each),
        cmocka_unit_test(all_complaints_at_once),
        cmocka_unit_test(complaints_are_counted_beyond_the_list),
        cmocka_unit_test(files_are_read_whole),
        cmocka_unit_test(every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
