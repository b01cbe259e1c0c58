/* The CRC-32 of what is read in pieces, in any order: zlib's of the whole. And whose
 * read is told of it: always the one with the last row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "npz_crc.h"
#include "reader.h"
#include "scratch_zip.h"

#include <zlib.h>

enum { N_BYTES = 300007 };

static uint8_t bytes[N_BYTES];
static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

/* Adds the pieces between the cuts, in an order drawn by lot, leaving out some. */
static void add_pieces(struct dsi_crc_pieces *crc, size_t n_pieces, unsigned kept)
{
    size_t *order = malloc(n_pieces * sizeof *order);
    assert_non_null(order);
    for (size_t i = 0; i < n_pieces; i++)
        order[i] = i;
    for (size_t i = n_pieces; i > 1; i--) {
        size_t j = (size_t)draw(i), k = order[i - 1];
        order[i - 1] = order[j];
        order[j] = k;
    }
    for (size_t i = 0; i < n_pieces; i++) {
        size_t first = order[i] * N_BYTES / n_pieces;
        size_t end = (order[i] + 1) * N_BYTES / n_pieces;
        if (draw(100) < kept)
            dsi_crc_add(crc, first, bytes + first, end - first);
        if (draw(10) == 0) /* read once more, as fields and second looks are */
            dsi_crc_add(crc, first / 2, bytes + first / 2, end - first / 2);
    }
    free(order);
}

static void test_any_order(void **state)
{
    (void)state;
    struct dsi_source source;
    uint32_t wanted = (uint32_t)crc32(0, bytes, N_BYTES);
    dsi_source_of_bytes(&source, bytes, N_BYTES);
    for (seed = 0; seed < 300; seed++) {
        uint64_t kept_seed = seed;
        struct dsi_crc_pieces crc;
        uint32_t value;
        assert_int_equal(dsi_crc_start(&crc, NULL), DSI_OK);
        add_pieces(&crc, 1 + (size_t)draw(200), (unsigned)draw(101));
        assert_in_range(crc.n, 0, DSI_CRC_MAX_PIECES);
        assert_int_equal(dsi_crc_of_all(&crc, &source, N_BYTES, &value, NULL), DSI_OK);
        assert_int_equal(value, wanted);
        assert_int_equal(dsi_crc_of_all(&crc, &source, N_BYTES, &value, NULL), DSI_OK);
        assert_int_equal(value, wanted);
        dsi_crc_stop(&crc);
        seed = kept_seed;
    }
}

/* What was read is not read again: the source may be gone. */
static void test_all_was_read(void **state)
{
    (void)state;
    struct dsi_source source;
    struct dsi_crc_pieces crc;
    uint32_t value;
    dsi_source_of_bytes(&source, bytes, 0);
    assert_int_equal(dsi_crc_start(&crc, NULL), DSI_OK);
    assert_int_equal(dsi_crc_of_all(&crc, &source, 0, &value, NULL), DSI_OK);
    assert_int_equal(value, 0);
    dsi_crc_add(&crc, 1000, bytes + 1000, N_BYTES - 1000);
    assert_int_equal(dsi_crc_of_all(&crc, &source, N_BYTES, &value, NULL),
                     DSI_ERR_TRUNCATED);
    dsi_crc_stop(&crc);
    assert_int_equal(dsi_crc_start(&crc, NULL), DSI_OK);
    dsi_crc_add(&crc, 1000, bytes + 1000, N_BYTES - 1000);
    dsi_crc_add(&crc, 0, bytes, 1000);
    assert_int_equal(dsi_crc_of_all(&crc, &source, N_BYTES, &value, NULL), DSI_OK);
    assert_int_equal(value, crc32(0, bytes, N_BYTES));
    dsi_crc_stop(&crc);
}

/* --- whose read is told
 * ---------------------------------------------------------------- */

enum { N_ROWS = 10000, N_BLOCKS = 10 };

/* A stored or deflated member of N_ROWS bytes, one of which is not what it was. */
static const char *make_damaged(struct scratch *scratch, bool is_stored)
{
    struct dsi_bytes archive;
    const struct scratch_member member = {
        .name = "x.npy",
        .path =
            scratch_npy(scratch, "x.npy", "'|u1'", false, "(10000,)", bytes, N_ROWS),
        .is_stored = is_stored};
    const char *path = scratch_zip(scratch, is_stored ? "s.npz" : "d.npz", &member, 1);
    scratch_read(path, &archive);
    if (is_stored) { /* the fourth byte of the values' second block */
        uint8_t *at = memmem(archive.data, archive.n, bytes, N_ROWS);
        assert_non_null(at);
        at[N_ROWS / N_BLOCKS + 3] ^= 1;
    } else { /* the CRC of both headers */
        uint8_t *central = memmem(archive.data, archive.n, "PK\1\2", 4);
        assert_non_null(central);
        archive.data[14] ^= 1;
        central[16] ^= 1;
    }
    path = scratch_write(scratch, is_stored ? "bad_s.npz" : "bad_d.npz", archive.data,
                         archive.n);
    dsi_bytes_free(&archive);
    return path;
}

static enum dsi_status read_block(struct dsi_file *file, size_t block,
                                  struct dsi_rows *rows)
{
    struct dsi_error err;
    enum dsi_status status = dsi_file_read(file, 0, block * (N_ROWS / N_BLOCKS),
                                           N_ROWS / N_BLOCKS, rows, &err);
    assert_int_equal(rows->n_rows, N_ROWS / N_BLOCKS); /* the rows are there, damaged */
    return status;
}

static void read_in_orders(const char *path, uint64_t max_bytes)
{
    static const size_t orders[][N_BLOCKS] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                                              {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
                                              {4, 9, 1, 0, 9, 9, 2, 3, 0, 9}};
    struct dsi_open_options options = {.limits = dsi_limits_default};
    struct dsi_rows rows = {0};
    options.limits.max_bytes = max_bytes;
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
        struct dsi_source source;
        struct dsi_file file;
        assert_int_equal(dsi_source_open(&source, path, NULL), DSI_OK);
        assert_int_equal(dsi_file_open(&file, &source, &options, NULL, NULL), DSI_OK);
        for (size_t i = 0; i < N_BLOCKS; i++)
            assert_int_equal(read_block(&file, orders[o][i], &rows),
                             orders[o][i] == N_BLOCKS - 1 ? DSI_ERR_CRC : DSI_OK);
        dsi_file_close(&file);
        dsi_source_close(&source);
    }
    dsi_rows_free(&rows);
}

static void test_last_row_tells(void **state)
{
    (void)state;
    struct scratch scratch;
    scratch_make(&scratch);
    const char *deflated = make_damaged(&scratch, false);
    read_in_orders(make_damaged(&scratch, true), dsi_limits_default.max_bytes);
    read_in_orders(deflated, dsi_limits_default.max_bytes);
    read_in_orders(deflated, 1000); /* piece by piece */
    scratch_remove(&scratch);
}

int main(void)
{
    seed = 1;
    for (size_t i = 0; i < N_BYTES; i++)
        bytes[i] = (uint8_t)draw(256);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_all_was_read),
        cmocka_unit_test(test_last_row_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
