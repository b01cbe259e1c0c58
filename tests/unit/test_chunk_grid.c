/* Where chunks are and where their values belong. Expected is what the definition says
 * of each element by itself: element (i0, i1, ...) is in the chunk numbered by
 * (i0 / c0, i1 / c1, ...) in C order, at (i0 % c0, i1 % c1, ...) of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "chunk_grid.h"

enum { ROOM = 1 << 20, BLANK = 0xa5, PADDING = 0xee };

static struct dsi_error err;
static uint8_t *chunks, *rows_got, *rows_want; /* every chunk decoded; two results */
static uint64_t random_state = 7;

static int set_up(void **state)
{
    (void)state;
    chunks = malloc(ROOM);
    rows_got = malloc(ROOM);
    rows_want = malloc(ROOM);
    return !chunks || !rows_got || !rows_want;
}

static int tear_down(void **state)
{
    (void)state;
    free(chunks);
    free(rows_got);
    free(rows_want);
    return 0;
}

static uint64_t below(uint64_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % n;
}

/* Byte k of an element, by its number in C order. */
static uint8_t byte_of(uint64_t element, uint64_t k)
{
    return (uint8_t)((element * 131 + k * 7 + 1) * 2654435761u >> 16);
}

/* --- the definition, element by element --- */

static void index_of(const struct dsi_chunk_grid *g, uint64_t element, uint64_t *index)
{
    for (int i = g->n_dims - 1; i >= 0; i--) {
        index[i] = element % g->shape[i];
        element /= g->shape[i];
    }
}

static uint64_t chunk_of(const struct dsi_chunk_grid *g, const uint64_t *index)
{
    uint64_t number = 0;
    for (int i = 0; i < g->n_dims; i++)
        number = number * ((g->shape[i] + g->chunk[i] - 1) / g->chunk[i]) +
                 index[i] / g->chunk[i];
    return number;
}

static uint64_t place_in_chunk(const struct dsi_chunk_grid *g, const uint64_t *index)
{
    uint64_t place = 0;
    for (int i = 0; i < g->n_dims; i++)
        place = place * g->chunk[i] + index[i] % g->chunk[i];
    return place;
}

static uint64_t product(const uint64_t *extents, int n)
{
    uint64_t all = 1;
    for (int i = 0; i < n; i++)
        all *= extents[i];
    return all;
}

static void make_chunks(const struct dsi_chunk_grid *g)
{
    uint64_t index[DSI_CHUNK_MAX_DIMS];
    memset(chunks, PADDING, g->n_chunks * g->chunk_bytes);
    for (uint64_t e = 0; e < product(g->shape, g->n_dims); e++) {
        index_of(g, e, index);
        uint8_t *to = chunks + chunk_of(g, index) * g->chunk_bytes +
                      place_in_chunk(g, index) * g->element_bytes;
        for (uint64_t k = 0; k < g->element_bytes; k++)
            to[k] = byte_of(e, k);
    }
}

/* Byte k of a field's values in an element stands at this offset of the element. */
static uint64_t field_byte(const struct dsi_field *field, uint64_t k)
{
    uint64_t item = k / field->dtype.size, at = field->offset + k % field->dtype.size;
    for (int i = field->n_dims - 1; i >= 0; i--) {
        at += item % field->shape[i] * dsi_field_stride(field, i);
        item /= field->shape[i];
    }
    return at;
}

/* What rows must hold after the chunks for which is_in is not 0 (all when NULL) were
 * copied, or filled with value when it is not NULL; the rest blank. */
static uint64_t make_rows(const struct dsi_chunk_grid *g,
                          const struct dsi_chunk_rows *r, const uint8_t *is_in,
                          const uint8_t *value)
{
    uint64_t row = product(g->shape + 1, g->n_dims - 1);
    uint64_t size = dsi_field_bytes(r->field), index[DSI_CHUNK_MAX_DIMS];
    for (uint64_t e = 0; e < r->n * row; e++) {
        index_of(g, r->first * row + e, index);
        bool in = !is_in || is_in[chunk_of(g, index)];
        for (uint64_t k = 0; k < size; k++)
            rows_want[e * size + k] =
                !in     ? BLANK
                : value ? value[k % r->field->dtype.size]
                        : byte_of(r->first * row + e, field_byte(r->field, k));
    }
    return r->n * row * size;
}

/* --- made-up cases --- */

static uint64_t field_shape[6];

/* A field of an element: plain, one value in it, a box of values in it. */
static struct dsi_field make_field(uint64_t *element_bytes)
{
    static const uint32_t sizes[] = {1, 2, 4, 8, 16, 3, 12};
    struct dsi_field field = {.dtype = {.size = sizes[below(7)]}};
    uint64_t gap = below(2) * below(9), size = field.dtype.size;
    field.shape = field_shape;
    field.n_dims = (int)below(4);
    for (int i = field.n_dims - 1; i >= 0; i--) {
        field_shape[i] = 1 + below(3);
        field_shape[field.n_dims + i] = size;
        size = size * field_shape[i] + (below(3) == 0 ? below(5) : 0);
    }
    field.offset = gap ? below(gap + 1) : 0;
    *element_bytes = size + gap;
    return field;
}

static bool make_grid(struct dsi_chunk_grid *g, uint64_t element_bytes)
{
    uint64_t shape[DSI_CHUNK_MAX_DIMS], chunk[DSI_CHUNK_MAX_DIMS];
    int n_dims = 1 + (int)below(below(4) ? 4 : 8);
    for (int i = 0; i < n_dims; i++) {
        shape[i] = 1 + below(n_dims < 3 ? 40 : n_dims < 5 ? 9 : 4);
        chunk[i] = below(3) == 0 ? shape[i] : 1 + below(shape[i] + 2);
    }
    assert_int_equal(dsi_chunk_grid_init(g, n_dims, shape, chunk, element_bytes, &err),
                     DSI_OK);
    return g->n_chunks * g->chunk_bytes <= ROOM &&
           product(shape, n_dims) * element_bytes <= ROOM;
}

static struct dsi_chunk_rows make_range(const struct dsi_chunk_grid *g,
                                        const struct dsi_field *field)
{
    struct dsi_chunk_rows r = {.field = field, .out = rows_got};
    r.first = below(2) ? 0 : below(g->shape[0]);
    r.n = below(2) ? g->shape[0] - r.first : below(g->shape[0] - r.first + 1);
    memset(rows_got, BLANK, ROOM);
    return r;
}

/* In place is right when the chunk's bytes, written there, are what copying gives. */
static void check_place(const struct dsi_chunk_grid *g, uint64_t number,
                        const struct dsi_chunk_rows *r, uint64_t n_bytes,
                        uint64_t *n_placed)
{
    uint8_t *is_in = calloc(g->n_chunks, 1), *place = dsi_chunk_place(g, number, r);
    assert_non_null(is_in);
    is_in[number] = 1;
    make_rows(g, r, is_in, NULL);
    if (place) {
        assert_true(place >= rows_got && place + g->chunk_bytes <= rows_got + n_bytes);
        memset(rows_got, BLANK, ROOM);
        memcpy(place, chunks + number * g->chunk_bytes, g->chunk_bytes);
        assert_memory_equal(rows_got, rows_want, n_bytes);
        ++*n_placed;
    } else if (g->chunk_bytes <= n_bytes) {
        /* Its bytes are nowhere in one piece among the rows: padding and what belongs
         * elsewhere see to that, unless they happen to be alike. */
        bool found = false;
        const uint8_t *decoded = chunks + number * g->chunk_bytes;
        for (uint64_t at = 0; at + g->chunk_bytes <= n_bytes && !found; at++)
            found = memcmp(rows_want + at, decoded, g->chunk_bytes) == 0;
        assert_true(!found || g->chunk_bytes < 8);
    }
    free(is_in);
}

static void test_copied_as_defined(void **state)
{
    (void)state;
    uint64_t n_placed = 0, n_cases = 0;
    while (n_cases < 3000) {
        struct dsi_chunk_grid g;
        uint64_t element_bytes, first, n;
        struct dsi_field field = make_field(&element_bytes);
        if (!make_grid(&g, element_bytes))
            continue;
        n_cases++;
        make_chunks(&g);
        struct dsi_chunk_rows r = make_range(&g, &field);
        dsi_chunk_grid_touch(&g, r.first, r.n, &first, &n);
        for (uint64_t c = first; c < first + n; c++)
            dsi_chunk_copy(&g, c, chunks + c * g.chunk_bytes, &r);
        uint64_t n_bytes = make_rows(&g, &r, NULL, NULL);
        assert_memory_equal(rows_got, rows_want, n_bytes);
        assert_int_equal(rows_got[n_bytes], BLANK);
        if (n)
            check_place(&g, first + below(n), &r, n_bytes, &n_placed);
    }
    assert_true(n_placed > 100);
}

/* Some chunks filled, and nothing outside them touched; others may write meanwhile. */
static void test_filled_as_defined(void **state)
{
    (void)state;
    const uint8_t value[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    const uint8_t zeros[16] = {0};
    for (int n_cases = 0; n_cases < 1000;) {
        struct dsi_chunk_grid g;
        uint64_t element_bytes;
        struct dsi_field field = make_field(&element_bytes);
        if (!make_grid(&g, element_bytes))
            continue;
        bool zero = n_cases++ % 2;
        uint8_t *is_in = calloc(g.n_chunks, 1);
        assert_non_null(is_in);
        struct dsi_chunk_rows r = make_range(&g, &field);
        for (uint64_t c = 0; c < g.n_chunks; c++) {
            is_in[c] = (uint8_t)below(2);
            if (is_in[c])
                dsi_chunk_fill(&g, c, zero ? NULL : value, &r);
        }
        uint64_t n_bytes = make_rows(&g, &r, is_in, zero ? zeros : value);
        assert_memory_equal(rows_got, rows_want, n_bytes);
        assert_int_equal(rows_got[n_bytes], BLANK);
        free(is_in);
    }
}

/* The chunks touched are those of the rows' elements, and the bands they are in. */
static void test_touched_and_boxes_as_defined(void **state)
{
    (void)state;
    for (int n_cases = 0; n_cases < 500;) {
        struct dsi_chunk_grid g;
        struct dsi_chunk_box box;
        uint64_t index[DSI_CHUNK_MAX_DIMS], first, n;
        if (!make_grid(&g, 1))
            continue;
        n_cases++;
        uint64_t *n_in = calloc(g.n_chunks, sizeof *n_in), n_elements = 0;
        assert_non_null(n_in);
        struct dsi_chunk_rows r = make_range(&g, NULL);
        dsi_chunk_grid_touch(&g, r.first, r.n, &first, &n);
        uint64_t least = UINT64_MAX, most = 0;
        for (uint64_t e = 0; e < product(g.shape, g.n_dims); e++) {
            index_of(&g, e, index);
            uint64_t c = chunk_of(&g, index);
            n_in[c]++;
            if (index[0] < r.first || index[0] >= r.first + r.n)
                continue;
            least = c < least ? c : least;
            most = c > most ? c : most;
        }
        if (r.n == 0)
            assert_int_equal(n, 0);
        else {
            assert_int_equal(first, least);
            assert_int_equal(first + n, most + 1);
        }
        for (uint64_t c = 0; c < g.n_chunks; c++) {
            dsi_chunk_grid_box(&g, c, &box);
            assert_int_equal(chunk_of(&g, box.start), c);
            assert_int_equal(place_in_chunk(&g, box.start), 0);
            assert_int_equal(product(box.extent, g.n_dims), n_in[c]);
            assert_int_equal(box.is_partial, n_in[c] != g.chunk_bytes);
            n_elements += n_in[c];
        }
        assert_int_equal(n_elements, product(g.shape, g.n_dims));
        free(n_in);
    }
}

static void test_thirty_two_axes(void **state)
{
    (void)state;
    struct dsi_chunk_grid g;
    struct dsi_field field = {.dtype = {.size = 2}};
    uint64_t shape[33], chunk[33], first, n;
    for (int i = 0; i < 33; i++) {
        shape[i] = i % 4 == 3 ? 3 : 1;
        chunk[i] = i % 4 == 3 ? 2 : 1;
    }
    assert_int_equal(dsi_chunk_grid_init(&g, 32, shape, chunk, 5, &err), DSI_OK);
    assert_int_equal(g.n_chunks, 256); /* 2^8 */
    make_chunks(&g);
    struct dsi_chunk_rows r = {.field = &field, .n = 1, .out = rows_got};
    field.offset = 3;
    dsi_chunk_grid_touch(&g, 0, 1, &first, &n);
    assert_int_equal(n, 256);
    for (uint64_t c = 0; c < n; c++)
        dsi_chunk_copy(&g, c, chunks + c * g.chunk_bytes, &r);
    assert_memory_equal(rows_got, rows_want, make_rows(&g, &r, NULL, NULL));
    assert_int_equal(dsi_chunk_grid_init(&g, 33, shape, chunk, 5, &err),
                     DSI_ERR_MALFORMED);
    assert_int_equal(dsi_chunk_grid_init(&g, 0, shape, chunk, 5, &err),
                     DSI_ERR_MALFORMED);
}

static enum dsi_status init2(uint64_t n0, uint64_t n1, uint64_t c0, uint64_t c1,
                             uint64_t element_bytes, struct dsi_chunk_grid *g)
{
    return dsi_chunk_grid_init(g, 2, (uint64_t[]){n0, n1}, (uint64_t[]){c0, c1},
                               element_bytes, &err);
}

static void test_sizes_out_of_range(void **state)
{
    (void)state;
    struct dsi_chunk_grid g;
    uint64_t first, n;
    assert_int_equal(init2(4, 4, 2, 0, 4, &g), DSI_ERR_MALFORMED);
    assert_int_equal(init2(4, 4, 2, 2, 0, &g), DSI_ERR_MALFORMED);
    assert_int_equal(init2(UINT64_MAX, 2, 1, 1, 1, &g), DSI_ERR_MALFORMED);
    assert_int_equal(init2(1ull << 62, 1, 1, 1, 2, &g), DSI_ERR_MALFORMED);
    assert_int_equal(init2(1ull << 62, 0, 1, 1, 2, &g), DSI_ERR_MALFORMED);
    assert_int_equal(init2(4, 4, 1ull << 33, 1ull << 33, 1, &g), DSI_ERR_MALFORMED);
    assert_int_equal(init2(4, 4, 1ull << 60, 1, 8, &g), DSI_ERR_MALFORMED);
    assert_int_equal(init2((1ull << 62) - 1, 1, 3, 1, 2, &g), DSI_OK);
    assert_int_equal(g.n_chunks, ((1ull << 62) - 1) / 3);
    dsi_chunk_grid_touch(&g, g.shape[0] - 1, 1, &first, &n);
    assert_int_equal(first, g.n_chunks - 1);
    assert_int_equal(n, 1);
    /* No rows, or rows of nothing: no chunks either. */
    assert_int_equal(init2(0, 5, 2, 2, 4, &g), DSI_OK);
    assert_int_equal(g.n_chunks, 0);
    assert_int_equal(init2(5, 0, 2, 2, 4, &g), DSI_OK);
    assert_int_equal(g.n_chunks, 0);
    dsi_chunk_grid_touch(&g, 1, 4, &first, &n);
    assert_int_equal(n, 0);
}

/* Pictures, one a chunk, and a quarter of a picture's channel a chunk: by hand. */
static void test_what_is_in_place(void **state)
{
    (void)state;
    struct dsi_chunk_grid g;
    struct dsi_field field = {.dtype = {.size = 4}}, half = {.dtype = {.size = 2}};
    struct dsi_chunk_rows r = {.field = &field, .first = 2, .n = 3, .out = rows_got};
    uint64_t shape[3] = {10, 3, 8};

    assert_int_equal(dsi_chunk_grid_init(&g, 3, shape, (uint64_t[]){1, 3, 8}, 4, &err),
                     DSI_OK);
    assert_null(dsi_chunk_place(&g, 1, &r)); /* not among the rows */
    assert_ptr_equal(dsi_chunk_place(&g, 3, &r), rows_got + 96);
    r.field = &half;
    assert_null(dsi_chunk_place(&g, 3, &r));
    r.field = &field;
    assert_int_equal(dsi_chunk_grid_init(&g, 3, shape, (uint64_t[]){1, 1, 4}, 4, &err),
                     DSI_OK);
    /* Row 3 is chunks 18 to 23; chunk 21 is the second half of its channel 1. */
    assert_ptr_equal(dsi_chunk_place(&g, 21, &r), rows_got + 96 + 32 + 16);
    assert_int_equal(dsi_chunk_grid_init(&g, 3, shape, (uint64_t[]){2, 3, 8}, 4, &err),
                     DSI_OK);
    assert_ptr_equal(dsi_chunk_place(&g, 1, &r), rows_got);
    assert_null(dsi_chunk_place(&g, 2, &r)); /* its second row was not asked for */
    assert_int_equal(dsi_chunk_grid_init(&g, 3, shape, (uint64_t[]){1, 3, 9}, 4, &err),
                     DSI_OK);
    assert_null(dsi_chunk_place(&g, 3, &r)); /* padded */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copied_as_defined),
        cmocka_unit_test(test_filled_as_defined),
        cmocka_unit_test(test_touched_and_boxes_as_defined),
        cmocka_unit_test(test_thirty_two_axes),
        cmocka_unit_test(test_sizes_out_of_range),
        cmocka_unit_test(test_what_is_in_place),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
