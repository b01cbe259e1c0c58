/* The .npy header parser, by hand: what each text means was worked out from NEP 1 and
 * the Python reference, not from our output. The wholesale comparison with NumPy is
 * tests/oracle/test_npy.py. */
#include "npy_header.h"

#include "npy_dtype.h"
#include "npy_literal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct dsi_records header;
static struct dsi_error err;

static enum dsi_status parse_version(int version, const char *text)
{
    dsi_records_free(&header);
    return dsi_npy_header_parse(&header, version, text, strlen(text), &err);
}

static enum dsi_status parse(const char *text)
{
    return parse_version(1, text);
}

/* A header with that descr and the shape (2, 3). */
static enum dsi_status parse_descr(const char *descr)
{
    char text[4096];
    snprintf(text, sizeof text,
             "{'descr': %s, 'fortran_order': False, 'shape': (2, 3), }", descr);
    return parse(text);
}

static enum dsi_status parse_shape(const char *shape)
{
    char text[4096];
    snprintf(text, sizeof text, "{'descr':'<i4','fortran_order':True,'shape':%s}",
             shape);
    return parse(text);
}

static int tear_down(void **state)
{
    (void)state;
    dsi_records_free(&header);
    return 0;
}

static void check_field(size_t i, const char *name, const char *dtype, uint64_t offset,
                        int n_dims)
{
    char text[DSI_DTYPE_NAME_SIZE];
    assert_true(i < header.n_fields);
    const struct dsi_field *field = &header.fields[i];
    if (name)
        assert_string_equal(field->name, name);
    else
        assert_null(field->name);
    assert_string_equal(dsi_dtype_name(field->dtype, text), dtype);
    assert_int_equal(field->offset, offset);
    assert_int_equal(field->n_dims, n_dims);
}

static void plain_array(void **state)
{
    (void)state;
    assert_int_equal(parse_descr("'<f8'"), DSI_OK);
    assert_int_equal(header.n_dims, 2);
    assert_int_equal(header.shape[0], 2);
    assert_int_equal(header.shape[1], 3);
    assert_false(header.fortran);
    assert_int_equal(header.n_records, 6);
    assert_int_equal(header.record_bytes, 8);
    assert_int_equal(header.n_fields, 1);
    check_field(0, NULL, "float64", 0, 0);
}

static void white_space_quotes_and_order(void **state)
{
    (void)state;
    assert_int_equal(parse(" \t{\"shape\"\n:(\f2L\r,3 ,) ,'fortran_order':True\n,\n"
                           "u'descr':'\\x3c\\u0066\\070'}  \n\n"),
                     DSI_OK);
    assert_true(header.fortran);
    assert_int_equal(header.n_records, 6);
    check_field(0, NULL, "float64", 0, 0);
}

static void shapes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum dsi_status status;
        int n_dims;
    } cases[] = {
        {"()", DSI_OK, 0},
        {"(5,)", DSI_OK, 1},
        {"((5,))", DSI_OK, 1},
        {"(0, 7)", DSI_OK, 2},
        {"(00,)", DSI_OK, 1},
        {"(-0,)", DSI_OK, 1},
        {"(1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, "
         "1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1)",
         DSI_OK, 64},
        {"(1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, "
         "1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1, 1,1,1,1,1,1,1,1,1)",
         DSI_ERR_MALFORMED, 0},
        {"(5)", DSI_ERR_MALFORMED, 0},
        {"5", DSI_ERR_MALFORMED, 0},
        {"[5]", DSI_ERR_MALFORMED, 0},
        {"(05,)", DSI_ERR_MALFORMED, 0},
        {"(-1,)", DSI_ERR_MALFORMED, 0},
        {"(5.0,)", DSI_ERR_MALFORMED, 0},
        {"('5',)", DSI_ERR_MALFORMED, 0},
        {"(True,)", DSI_ERR_MALFORMED, 0},
        {"(None,)", DSI_ERR_MALFORMED, 0},
        {"(5,,)", DSI_ERR_MALFORMED, 0},
        {"(,)", DSI_ERR_MALFORMED, 0},
        {"(5 6)", DSI_ERR_MALFORMED, 0},
        {"(5,", DSI_ERR_MALFORMED, 0},
        {"(- ,)", DSI_ERR_MALFORMED, 0},
        /* 2^61 - 1 items of 4 bytes are the most that fit 2^63 - 1 bytes */
        {"(2305843009213693951,)", DSI_OK, 1},
        {"(2305843009213693952,)", DSI_ERR_MALFORMED, 0},
        {"(0, 2305843009213693952,)", DSI_ERR_MALFORMED, 0},
        {"(4294967296, 4294967296)", DSI_ERR_MALFORMED, 0},
        {"(18446744073709551616,)", DSI_ERR_MALFORMED, 0},
        {"(18446744073709551617,)", DSI_ERR_MALFORMED, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum dsi_status status = parse_shape(cases[i].text);
        if (status != cases[i].status)
            print_message("shape %s\n", cases[i].text);
        assert_int_equal(status, cases[i].status);
        if (status == DSI_OK)
            assert_int_equal(header.n_dims, cases[i].n_dims);
    }
}

static void records(void **state)
{
    (void)state;
    assert_int_equal(parse_descr("[('a','<f4'),('','|V3'),(('title','b'),'>i2',(2,3)),"
                                 "('c',[('d','|b1'),('e','|S4')],(5,))]"),
                     DSI_OK);
    /* 4 + 3 + 2 * 6 + 5 * (1 + 4) */
    assert_int_equal(header.record_bytes, 44);
    assert_int_equal(header.n_fields, 4);
    check_field(0, "a", "float32", 0, 0);
    check_field(1, "b", ">i2", 7, 2);
    check_field(2, "c.d", "bool", 19, 1);
    check_field(3, "c.e", "|S4", 20, 1);
    assert_int_equal(header.fields[1].shape[1], 3);
    assert_int_equal(dsi_field_stride(&header.fields[1], 0), 6);
    assert_int_equal(dsi_field_stride(&header.fields[1], 1), 2);
    assert_int_equal(header.fields[3].shape[0], 5);
    assert_int_equal(dsi_field_stride(&header.fields[3], 0), 5);
    assert_int_equal(dsi_field_bytes(&header.fields[3]), 20);
}

static void boxes_within_boxes(void **state)
{
    (void)state;
    assert_int_equal(parse_descr("[('a',[('b',('<i2',(2,)),(3,))],(4,))]"), DSI_OK);
    check_field(0, "a.b", "int16", 0, 3);
    const struct dsi_field *b = &header.fields[0];
    assert_int_equal(b->shape[0], 4);
    assert_int_equal(b->shape[1], 3);
    assert_int_equal(b->shape[2], 2);
    assert_int_equal(dsi_field_stride(b, 0), 12);
    assert_int_equal(dsi_field_stride(b, 1), 4);
    assert_int_equal(dsi_field_stride(b, 2), 2);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *descr;
        enum dsi_status status;
        const char *words;
    } cases[] = {
        {"'|O'", DSI_ERR_REFUSED, "pickle"},
        {"'O8'", DSI_ERR_REFUSED, "numeric or string"},
        {"[('a','<f4'),('b',[('c','|O')])]", DSI_ERR_REFUSED, "pickle"},
        {"[('','|O')]", DSI_ERR_REFUSED, "pickle"},
        {"'<f16'", DSI_ERR_UNSUPPORTED, "long double"},
        {"'<c32'", DSI_ERR_UNSUPPORTED, "long double"},
        {"'<f12'", DSI_ERR_UNSUPPORTED, "long double"},
        {"'<x4'", DSI_ERR_MALFORMED, "'<x4'"},
        {"''", DSI_ERR_MALFORMED, "dtype"},
        {"'<'", DSI_ERR_MALFORMED, "dtype"},
        {"'<i3'", DSI_ERR_MALFORMED, "dtype"},
        {"'<i16'", DSI_ERR_MALFORMED, "dtype"},
        {"'<i0'", DSI_ERR_MALFORMED, "dtype"},
        {"'<f4 '", DSI_ERR_MALFORMED, "dtype"},
        {"'<f4[s]'", DSI_ERR_MALFORMED, "dtype"},
        {"'<M8[s'", DSI_ERR_MALFORMED, "dtype"},
        {"'<M8[]'", DSI_ERR_MALFORMED, "dtype"},
        {"'<M8['", DSI_ERR_MALFORMED, "dtype"},
        {"'<M8[2147483648us]'", DSI_ERR_MALFORMED, "dtype"},
        {"[('a','<f4'),('a','<f4')]", DSI_ERR_MALFORMED, "twice"},
        {"[('a','<f4'),(('a','b'),'<f4')]", DSI_ERR_MALFORMED, "twice"},
        {"[(('t','t'),'<f4')]", DSI_ERR_MALFORMED, "title"},
        {"[('a','<f4',(-1,))]", DSI_ERR_MALFORMED, "negative"},
        {"[('a','<f4',[1])]", DSI_ERR_MALFORMED, "tuple"},
        {"[('a','|S0',(2,))]", DSI_ERR_MALFORMED, "no size"},
        {"[('a',)]", DSI_ERR_MALFORMED, "(name, type)"},
        {"['a']", DSI_ERR_MALFORMED, "(name, type)"},
        {"[(1,'<f4')]", DSI_ERR_MALFORMED, "no string"},
        {"[('a\\0','<f4')]", DSI_ERR_MALFORMED, "NUL"},
        {"('<f4',(2,))", DSI_ERR_MALFORMED, "descr"},
        {"{}", DSI_ERR_MALFORMED, "descr"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum dsi_status status = parse_descr(cases[i].descr);
        if (status != cases[i].status || !strstr(err.message, cases[i].words))
            print_message("descr %s: %s\n", cases[i].descr, err.message);
        assert_int_equal(status, cases[i].status);
        assert_non_null(strstr(err.message, cases[i].words));
    }
}

static void keys(void **state)
{
    (void)state;
    assert_int_equal(parse("{'descr':'<f4','shape':()}"), DSI_ERR_MALFORMED);
    assert_non_null(strstr(err.message, "no 'fortran_order'"));
    assert_int_equal(
        parse("{'descr':'<f4','shape':(),'shape':(),'fortran_order':True}"),
        DSI_ERR_MALFORMED);
    assert_non_null(strstr(err.message, "'shape' twice"));
    assert_int_equal(parse("{'descr':'<f4','shape':(),'x':1,'fortran_order':True}"),
                     DSI_ERR_MALFORMED);
    assert_int_equal(parse("{'descr':'<f4','shape':(),'fortran_order':1}"),
                     DSI_ERR_MALFORMED);
    assert_int_equal(parse("[]"), DSI_ERR_MALFORMED);
    assert_int_equal(parse(""), DSI_ERR_MALFORMED);
    assert_int_equal(parse("{'descr':'<f4','shape':(),'fortran_order':True} 1"),
                     DSI_ERR_MALFORMED);
}

static void names_in_latin1_and_utf8(void **state)
{
    (void)state;
    static const char latin1[] =
        "{'descr':[('\xE9','<f4')],'fortran_order':True,'shape':()}";
    static const char utf8[] =
        "{'descr':[('\xC3\xA9','<f4')],'fortran_order':True,'shape':()}";
    assert_int_equal(parse_version(1, latin1), DSI_OK);
    assert_string_equal(header.fields[0].name, "\xC3\xA9");
    assert_int_equal(parse_version(3, utf8), DSI_OK);
    assert_string_equal(header.fields[0].name, "\xC3\xA9");
    assert_int_equal(parse_version(3, latin1), DSI_ERR_MALFORMED);
    /* The same two bytes are two characters in version 2: A with a tilde, (c). */
    assert_int_equal(parse_version(2, utf8), DSI_OK);
    assert_string_equal(header.fields[0].name, "\xC3\x83\xC2\xA9");
}

static void escapes(void **state)
{
    (void)state;
    static const char source[] =
        "'\\a\\\\\\'\\\"\\n\\q\\101\\x41\\u20ac\\U0001F600\\\n.'";
    struct dsi_literals literals;
    assert_int_equal(dsi_literals_parse(&literals, source, strlen(source), &err),
                     DSI_OK);
    assert_string_equal(literals.root->text,
                        "\a\\'\"\n\\qAA\xE2\x82\xAC\xF0\x9F\x98\x80.");
    dsi_literals_free(&literals);

    static const char *const bad[] = {
        "'\\x4'", "'\\u123'", "'\\ud800'", "'\\U00110000'", "'\\N{A}'",
        "'\\",    "'",        "'a\nb'",    "'a\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(dsi_literals_parse(&literals, bad[i], strlen(bad[i]), &err),
                         DSI_ERR_MALFORMED);
        dsi_literals_free(&literals);
    }
}

static void depth(void **state)
{
    (void)state;
    char text[2 * DSI_NPY_MAX_DEPTH + 3];
    struct dsi_literals literals;
    for (size_t n = DSI_NPY_MAX_DEPTH; n <= DSI_NPY_MAX_DEPTH + 1; n++) {
        memset(text, '[', n);
        memset(text + n, ']', n);
        assert_int_equal(dsi_literals_parse(&literals, text, 2 * n, &err),
                         n > DSI_NPY_MAX_DEPTH ? DSI_ERR_MALFORMED : DSI_OK);
        dsi_literals_free(&literals);
    }
}

static void header_length(void **state)
{
    (void)state;
    static const char dict[] = "{'descr':'<f4','fortran_order':True,'shape':()}";
    char *text = malloc(DSI_NPY_MAX_HEADER + 1);
    assert_non_null(text);
    memset(text, ' ', DSI_NPY_MAX_HEADER + 1);
    memcpy(text, dict, strlen(dict));
    for (int version = 1; version <= 3; version++) {
        dsi_records_free(&header);
        assert_int_equal(
            dsi_npy_header_parse(&header, version, text, DSI_NPY_MAX_HEADER, &err),
            DSI_OK);
        dsi_records_free(&header);
        assert_int_equal(
            dsi_npy_header_parse(&header, version, text, DSI_NPY_MAX_HEADER + 1, &err),
            DSI_ERR_LIMIT);
        assert_non_null(strstr(err.message, "max_header_size"));
    }
    free(text);
}

static void dtype_strings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"|b1", "bool"},
        {"?", "bool"},
        {"<i1", "int8"},
        {">u1", "uint8"},
        {">i2", ">i2"},
        {"=u8", "uint64"},
        {"|f4", "float32"},
        {"<f2", "float16"},
        {">c16", ">c16"},
        {"<c8", "complex64"},
        {"|S12", "|S12"},
        {">U3", ">U3"},
        {"<U0", "<U0"},
        {"|V7", "|V7"},
        {"<M8[ns]", "datetime64[ns]"},
        {">m8[25us]", ">m8[25us]"},
        {"<M8", "datetime64"},
        {"<m8[1D]", "timedelta64[D]"},
        {"<M8[2147483647as]", "datetime64[2147483647as]"},
        {"float16", "float16"},
        {"bfloat16", "bfloat16"},
        {"datetime64[us]", "datetime64[us]"},
        {"d", "float64"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dsi_dtype dtype;
        char name[DSI_DTYPE_NAME_SIZE];
        assert_int_equal(
            dsi_npy_dtype(&dtype, cases[i].text, strlen(cases[i].text), &err), DSI_OK);
        assert_string_equal(dsi_dtype_name(dtype, name), cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_array),
        cmocka_unit_test(white_space_quotes_and_order),
        cmocka_unit_test(shapes),
        cmocka_unit_test(records),
        cmocka_unit_test(boxes_within_boxes),
        cmocka_unit_test(refusals),
        cmocka_unit_test(keys),
        cmocka_unit_test(names_in_latin1_and_utf8),
        cmocka_unit_test(escapes),
        cmocka_unit_test(depth),
        cmocka_unit_test(header_length),
        cmocka_unit_test(dtype_strings),
    };
    return cmocka_run_group_tests_name("npy header", tests, NULL, tear_down);
}
