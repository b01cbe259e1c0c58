/* What the HDF5 reader tells of a dataset: what it writes the program reads back; what
 * is cut short, too long, or says what cannot be, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include "faults.h"
#include "hdf5_protocol.h"

/* --- a dataset with all there can be
 * ---------------------------------------------------- */

static char path[] = "/group/x", name_a[] = "a", name_b[] = "b.c", reason[] = "why not",
            note[] = "a note", cat[] = "cat", dog[] = "dog";
static uint8_t fill[] = {7, 0}, missing[] = {1, 0, 2, 0};
static uint64_t box[] = {3, 2, 4, 2}; /* extents, then distances */
static struct dsi_value_name value_names[] = {{-1, cat}, {5, dog}};
static struct dsi_hdf5_filter filters[] = {
    {.id = 2, .n_values = 1, .values = {2}, .name = "shuffle"},
    {.id = 1, .n_values = 1, .values = {9}, .name = "deflate"},
};
static struct dsi_hdf5_field fields[] = {
    {.field = {.name = name_a,
               .dtype = {.kind = DSI_INT, .size = 2, .big_endian = true},
               .offset = 4,
               .n_dims = 2,
               .shape = box},
     .fill = {.data = fill, .n = sizeof fill},
     .missing = {.data = missing, .n = sizeof missing},
     .value_names = value_names,
     .n_value_names = 2,
     .note = note},
    {.field = {.name = name_b,
               .dtype = {.kind = DSI_DATETIME, .size = 8, .unit = "ns"}},
     .by_rows = true,
     .padding = DSI_HDF5_SPACE_PADDED,
     .status = DSI_ERR_UNSUPPORTED,
     .reason = reason},
};

static struct dsi_hdf5_dataset sound(void)
{
    return (struct dsi_hdf5_dataset){.path = path,
                                     .n_dims = 2,
                                     .shape = {10, 20},
                                     .n_bytes_stored = 1234,
                                     .element_bytes = 16,
                                     .layout = DSI_HDF5_CHUNKED,
                                     .chunk = {3, 7},
                                     .edges_are_unfiltered = true,
                                     .filters = filters,
                                     .n_filters = 2,
                                     .fields = fields,
                                     .n_fields = 2};
}

static struct dsi_bytes write_dataset(const struct dsi_hdf5_dataset *dataset)
{
    struct dsi_bytes body = {0};
    assert_int_equal(dsi_hdf5_write_dataset(&body, dataset, NULL), DSI_OK);
    return body;
}

static enum dsi_status read_dataset(const struct dsi_bytes *body, size_t n,
                                    struct dsi_hdf5_dataset *dataset)
{
    struct dsi_error err = {0};
    uint8_t *copy = malloc(n ? n : 1); /* so that reading past it is seen */
    assert_non_null(copy);
    memcpy(copy, body->data, n);
    struct dsi_bytes_reader in = {.data = copy, .n = n};
    enum dsi_status status = dsi_hdf5_read_dataset(&in, dataset, &err);
    free(copy);
    if (status != DSI_OK) {
        assert_int_equal(err.status, status);
        assert_null(dataset->path);
        assert_int_equal(dataset->n_fields, 0);
    }
    return status;
}

static void test_dataset(void **state)
{
    (void)state;
    struct dsi_hdf5_dataset was = sound(), is;
    struct dsi_bytes body = write_dataset(&was);
    assert_int_equal(read_dataset(&body, body.n, &is), DSI_OK);
    assert_string_equal(is.path, path);
    assert_int_equal(is.n_dims, 2);
    assert_memory_equal(is.shape, was.shape, sizeof is.shape);
    assert_memory_equal(is.chunk, was.chunk, sizeof is.chunk);
    assert_int_equal(is.n_bytes_stored, 1234);
    assert_int_equal(is.element_bytes, 16);
    assert_int_equal(is.layout, DSI_HDF5_CHUNKED);
    assert_true(is.edges_are_unfiltered);
    assert_int_equal(is.n_filters, 2);
    assert_int_equal(is.filters[1].id, 1);
    assert_int_equal(is.filters[1].values[0], 9);
    assert_string_equal(is.filters[0].name, "shuffle");

    assert_int_equal(is.n_fields, 2);
    const struct dsi_hdf5_field *a = &is.fields[0], *b = &is.fields[1];
    assert_string_equal(a->field.name, "a");
    assert_int_equal(a->field.dtype.kind, DSI_INT);
    assert_true(a->field.dtype.big_endian);
    assert_int_equal(a->field.offset, 4);
    assert_int_equal(a->field.n_dims, 2);
    assert_memory_equal(a->field.shape, box, sizeof box);
    assert_memory_equal(a->fill.data, fill, sizeof fill);
    assert_int_equal(a->missing.n, sizeof missing);
    assert_int_equal(a->n_value_names, 2);
    assert_int_equal(a->value_names[0].value, -1);
    assert_string_equal(a->value_names[1].name, "dog");
    assert_string_equal(a->note, "a note");
    assert_null(a->reason);
    assert_string_equal(b->field.dtype.unit, "ns");
    assert_true(b->by_rows);
    assert_int_equal(b->padding, DSI_HDF5_SPACE_PADDED);
    assert_int_equal(b->status, DSI_ERR_UNSUPPORTED);
    assert_string_equal(b->reason, "why not");
    dsi_hdf5_dataset_free(&is);
    dsi_bytes_free(&body);
}

static void test_cut_or_longer(void **state)
{
    (void)state;
    struct dsi_hdf5_dataset was = sound(), is;
    struct dsi_bytes body = write_dataset(&was);
    for (size_t n = 0; n < body.n; n++)
        assert_int_equal(read_dataset(&body, n, &is), DSI_ERR_MALFORMED);
    assert_int_equal(dsi_bytes_append(&body, "", 1, NULL), DSI_OK);
    assert_int_equal(read_dataset(&body, body.n, &is), DSI_ERR_MALFORMED);
    dsi_bytes_free(&body);
}

/* A byte more or less: refused, or a dataset that breaks no promise. */
static void test_every_byte_changed(void **state)
{
    (void)state;
    struct dsi_hdf5_dataset was = sound(), is;
    struct dsi_bytes body = write_dataset(&was);
    for (size_t at = 0; at < body.n; at++) {
        for (int bit = 0; bit < 8; bit++) {
            body.data[at] ^= (uint8_t)(1 << bit);
            if (read_dataset(&body, body.n, &is) == DSI_OK) {
                assert_in_range(is.n_dims, 1, DSI_MAX_DIMS);
                for (size_t i = 0; i < is.n_fields; i++) {
                    const struct dsi_hdf5_field *f = &is.fields[i];
                    assert_true(f->field.dtype.size > 0);
                    assert_true(f->by_rows || f->field.offset < is.element_bytes);
                    assert_int_equal(f->status == DSI_OK, f->reason == NULL);
                }
                dsi_hdf5_dataset_free(&is);
            }
            body.data[at] ^= (uint8_t)(1 << bit);
        }
    }
    dsi_bytes_free(&body);
}

static void test_every_allocation(void **state)
{
    (void)state;
    struct dsi_hdf5_dataset was = sound(), is;
    struct dsi_bytes body = write_dataset(&was);
    struct dsi_bytes_reader in = {.data = body.data, .n = body.n};
    faults_reset();
    assert_int_equal(dsi_hdf5_read_dataset(&in, &is, NULL), DSI_OK);
    dsi_hdf5_dataset_free(&is);
    uint64_t n = faults_n_allocations();
    assert_in_range(n, 10, 100);
    for (uint64_t k = 1; k <= n; k++) {
        in.at = 0;
        faults_fail_allocation(k);
        enum dsi_status status = dsi_hdf5_read_dataset(&in, &is, NULL);
        faults_reset();
        assert_int_equal(status, DSI_ERR_MEMORY);
        assert_null(is.path);
    }
    dsi_bytes_free(&body);
}

/* --- lies
 * ------------------------------------------------------------------------------- */

enum { N_BOX = 4 };

/* A dataset, its fields and its first field's box, to be changed by one lie. */
struct lying {
    struct dsi_hdf5_dataset dataset;
    struct dsi_hdf5_field fields[2];
    struct dsi_hdf5_filter filters[2];
    uint64_t box[N_BOX];
    char path[16];
};

static void chunk_of_none(struct lying *l)
{
    l->dataset.chunk[1] = 0;
}

static void chunk_overflow(struct lying *l)
{
    l->dataset.chunk[0] = l->dataset.chunk[1] = UINT64_C(1) << 32;
}

static void shape_overflow(struct lying *l)
{
    l->dataset.shape[0] = l->dataset.shape[1] = UINT64_C(1) << 32;
}

/* A length of 0 along one axis hides no overflow of the others. */
static void shape_hidden(struct lying *l)
{
    l->dataset.shape[0] = 0;
    l->dataset.shape[1] = UINT64_MAX;
}

static void no_element(struct lying *l)
{
    l->dataset.element_bytes = 0;
}

static void outside_element(struct lying *l)
{
    l->dataset.element_bytes = 15; /* the last value ends at 4 + 2*4 + 1*2 + 2 = 16 */
}

static void offset_wraps(struct lying *l)
{
    l->fields[0].field.offset = UINT64_MAX - 3;
}

static void distances_overlap(struct lying *l)
{
    l->box[3] = 1;
}

static void distances_wrap(struct lying *l)
{
    l->box[2] = UINT64_MAX / 2 + 1;
}

static void box_of_none(struct lying *l)
{
    l->box[0] = 0;
}

static void size_of_none(struct lying *l)
{
    l->fields[1].field.dtype = (struct dsi_dtype){.kind = DSI_VOID};
}

static void size_of_three(struct lying *l)
{
    l->fields[0].field.dtype.size = 3;
}

static void unicode(struct lying *l)
{
    l->fields[0].field.dtype = (struct dsi_dtype){.kind = DSI_UNICODE, .size = 4};
}

static void no_path(struct lying *l)
{
    l->path[0] = '\0';
}

static void relative_path(struct lying *l)
{
    l->path[0] = 'x';
}

static void status_alone(struct lying *l)
{
    l->fields[1].reason = NULL;
}

static void reason_alone(struct lying *l)
{
    l->fields[1].status = DSI_OK;
}

static void pipe_status(struct lying *l)
{
    l->fields[1].status = DSI_ERR_PIPE;
}

static void fill_of_two(struct lying *l)
{
    l->fields[0].fill = l->fields[0].missing;
}

static void half_a_fill(struct lying *l)
{
    l->fields[0].fill.n = 1;
}

static void names_out_of_order(struct lying *l)
{
    static struct dsi_value_name wrong[] = {{5, dog}, {-1, cat}};
    l->fields[0].value_names = wrong;
}

static void no_name(struct lying *l)
{
    l->fields[0].field.name = NULL;
}

static void no_fields(struct lying *l)
{
    l->dataset.n_fields = 0;
}

static void bool_of_two_bytes(struct lying *l)
{
    l->fields[0].is_bool = true;
}

static void far_address(struct lying *l)
{
    l->dataset.layout = DSI_HDF5_CONTIGUOUS;
    l->dataset.address = INT64_MAX - 100;
}

static void test_lies(void **state)
{
    static void (*const lies[])(struct lying *) = {
        chunk_of_none, chunk_overflow,    shape_overflow,
        shape_hidden,  no_element,        outside_element,
        offset_wraps,  distances_overlap, distances_wrap,
        box_of_none,   size_of_none,      size_of_three,
        unicode,       no_path,           relative_path,
        status_alone,  reason_alone,      pipe_status,
        fill_of_two,   half_a_fill,       names_out_of_order,
        no_name,       no_fields,         bool_of_two_bytes,
        far_address,
    };
    (void)state;
    for (size_t i = 0; i <= sizeof lies / sizeof *lies; i++) {
        struct lying l = {.dataset = sound()};
        struct dsi_hdf5_dataset is;
        memcpy(l.fields, fields, sizeof fields);
        memcpy(l.filters, filters, sizeof filters);
        memcpy(l.box, box, sizeof box);
        memcpy(l.path, path, sizeof path);
        l.dataset.path = l.path;
        l.dataset.fields = l.fields;
        l.dataset.filters = l.filters;
        l.fields[0].field.shape = l.box;
        bool lied = i < sizeof lies / sizeof *lies;
        if (lied)
            lies[i](&l);
        struct dsi_bytes body = write_dataset(&l.dataset);
        enum dsi_status status = read_dataset(&body, body.n, &is);
        if (status != (lied ? DSI_ERR_MALFORMED : DSI_OK))
            fail_msg("lie %zu: status %d", i, (int)status);
        if (status == DSI_OK)
            dsi_hdf5_dataset_free(&is);
        dsi_bytes_free(&body);
    }
}

/* What only the helper reads is not where the program would look for it. */
static void test_by_rows_stands_anywhere(void **state)
{
    struct dsi_hdf5_field field = {
        .field = {.dtype = {.kind = DSI_INT, .size = 8}, .offset = 1000},
        .by_rows = true,
    };
    struct dsi_hdf5_dataset was = {.path = path,
                                   .element_bytes = 3,
                                   .layout = DSI_HDF5_INDIRECT,
                                   .fields = &field,
                                   .n_fields = 1};
    struct dsi_hdf5_dataset is;
    (void)state;
    struct dsi_bytes body = write_dataset(&was);
    assert_int_equal(read_dataset(&body, body.n, &is), DSI_OK);
    dsi_hdf5_dataset_free(&is);
    dsi_bytes_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dataset),
        cmocka_unit_test(test_cut_or_longer),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_every_allocation),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_by_rows_stands_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
