/* What the HDF5 reader says of attributes and of what has no shape: it is read back as
 * it was written; what is cut short, or cannot be, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "hdf5_protocol.h"

static char path[] = "/group", name[] = "units";
static struct dsi_hdf5_field field = {
    .field = {.dtype = {.kind = DSI_BYTES, .size = 3}}, .by_rows = true};

static struct dsi_hdf5_dataset sound(void)
{
    return (struct dsi_hdf5_dataset){.path = path,
                                     .attribute = name,
                                     .n_dims = 1,
                                     .shape = {7},
                                     .element_bytes = 3,
                                     .layout = DSI_HDF5_INDIRECT,
                                     .fields = &field,
                                     .n_fields = 1};
}

static enum dsi_status read_cut(const struct dsi_bytes *body, size_t n,
                                struct dsi_hdf5_dataset *out)
{
    uint8_t *copy = malloc(n ? n : 1); /* so that reading past it is seen */
    assert_non_null(copy);
    memcpy(copy, body->data, n);
    struct dsi_bytes_reader in = {.data = copy, .n = n};
    const enum dsi_status status = dsi_hdf5_read_attribute(&in, out, NULL);
    free(copy);
    if (status != DSI_OK)
        assert_null(out->attribute);
    return status;
}

static void test_attribute(void **state)
{
    struct dsi_hdf5_dataset was = sound(), is;
    struct dsi_bytes body = {0};
    (void)state;
    assert_int_equal(dsi_hdf5_write_dataset(&body, &was, NULL), DSI_OK);
    assert_int_equal(read_cut(&body, body.n, &is), DSI_OK);
    assert_string_equal(is.path, "/group");
    assert_string_equal(is.attribute, "units");
    assert_int_equal(is.shape[0], 7);
    assert_int_equal(is.layout, DSI_HDF5_INDIRECT);
    assert_int_equal(is.fields[0].field.dtype.size, 3);
    dsi_hdf5_dataset_free(&is);
    for (size_t n = 0; n < body.n; n++)
        assert_int_equal(read_cut(&body, n, &is), DSI_ERR_MALFORMED);
    assert_int_equal(dsi_bytes_append(&body, "", 1, NULL), DSI_OK);
    assert_int_equal(read_cut(&body, body.n, &is), DSI_ERR_MALFORMED);
    dsi_bytes_free(&body);
}

static enum dsi_status status_of(const struct dsi_hdf5_dataset *told)
{
    struct dsi_hdf5_dataset is;
    struct dsi_bytes body = {0};
    assert_int_equal(dsi_hdf5_write_dataset(&body, told, NULL), DSI_OK);
    struct dsi_bytes_reader in = {.data = body.data, .n = body.n};
    const enum dsi_status status = told->attribute
                                       ? dsi_hdf5_read_attribute(&in, &is, NULL)
                                       : dsi_hdf5_read_dataset(&in, &is, NULL);
    if (status == DSI_OK)
        dsi_hdf5_dataset_free(&is);
    dsi_bytes_free(&body);
    return status;
}

/* An attribute has no place in the file where the program would read it. */
static void test_layouts(void **state)
{
    (void)state;
    for (int is_attribute = 0; is_attribute < 2; is_attribute++)
        for (int layout = DSI_HDF5_UNWRITTEN; layout <= DSI_HDF5_NULL + 1; layout++) {
            struct dsi_hdf5_dataset told = sound();
            told.attribute = is_attribute ? name : NULL;
            told.layout = (enum dsi_hdf5_layout)layout;
            told.chunk[0] = layout == DSI_HDF5_CHUNKED;
            told.shape[0] = layout == DSI_HDF5_NULL ? 0 : 7;
            const bool is_fine = layout == DSI_HDF5_INDIRECT ||
                                 layout == DSI_HDF5_NULL ||
                                 (!is_attribute && layout < DSI_HDF5_NULL);
            assert_int_equal(status_of(&told), is_fine ? DSI_OK : DSI_ERR_MALFORMED);
        }
}

static void test_null_has_no_shape(void **state)
{
    struct dsi_hdf5_dataset told = sound();
    (void)state;
    told.layout = DSI_HDF5_NULL;
    assert_int_equal(status_of(&told), DSI_ERR_MALFORMED);
    told.shape[0] = 0;
    assert_int_equal(status_of(&told), DSI_OK);
    told.n_dims = 0;
    assert_int_equal(status_of(&told), DSI_ERR_MALFORMED);
    told.n_dims = 2;
    assert_int_equal(status_of(&told), DSI_ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attribute),
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_null_has_no_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
