/* The messages between the program and the HDF5 reader but for DATASET: what one writes
 * the other reads back; what is cut short or says what cannot be is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* After the four headers above, as cmocka asks. */
#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "hdf5_protocol.h"

static const char path[] = "/group/x";

/* --- requests and the other answers
 * ------------------------------------------------------ */

/* Every cut of a body is refused. */
#define refuse_cuts(body, reader, what)                                    \
    do {                                                                   \
        for (size_t n_ = 0; n_ < (body).n; n_++) {                         \
            struct dsi_bytes_reader in_ = {.data = (body).data, .n = n_};  \
            assert_int_equal(reader(&in_, what, NULL), DSI_ERR_MALFORMED); \
        }                                                                  \
    } while (0)

static void test_requests(void **state)
{
    (void)state;
    struct dsi_bytes body = {0};
    const struct dsi_hdf5_open open = {.flags = DSI_HDF5_FOLLOW_EXTERNAL,
                                       .max_bytes = 99,
                                       .path = "f.h5",
                                       .n_path = 4};
    struct dsi_hdf5_open opened;
    assert_int_equal(dsi_hdf5_write_open(&body, &open, NULL), DSI_OK);
    struct dsi_bytes_reader in = {.data = body.data, .n = body.n};
    assert_int_equal(dsi_hdf5_read_open(&in, &opened, NULL), DSI_OK);
    assert_int_equal(opened.flags, open.flags);
    assert_int_equal(opened.max_bytes, 99);
    assert_int_equal(opened.n_path, 4);
    assert_memory_equal(opened.path, "f.h5", 4);
    refuse_cuts(body, dsi_hdf5_read_open, &opened);

    const struct dsi_hdf5_chunks_request chunks = {
        .dataset = path, .n_dataset = strlen(path), .first = 3, .n = 4};
    struct dsi_hdf5_chunks_request chunks_read;
    body.n = 0;
    assert_int_equal(dsi_hdf5_write_chunks_request(&body, &chunks, NULL), DSI_OK);
    in = (struct dsi_bytes_reader){.data = body.data, .n = body.n};
    assert_int_equal(dsi_hdf5_read_chunks_request(&in, &chunks_read, NULL), DSI_OK);
    assert_int_equal(chunks_read.first, 3);
    assert_int_equal(chunks_read.n, 4);
    refuse_cuts(body, dsi_hdf5_read_chunks_request, &chunks_read);

    const struct dsi_hdf5_rows_request rows = {.dataset = path,
                                               .n_dataset = strlen(path),
                                               .field = 1,
                                               .first = 2,
                                               .n = 3,
                                               .room = 4096};
    struct dsi_hdf5_rows_request rows_read;
    body.n = 0;
    assert_int_equal(dsi_hdf5_write_rows_request(&body, &rows, NULL), DSI_OK);
    in = (struct dsi_bytes_reader){.data = body.data, .n = body.n};
    assert_int_equal(dsi_hdf5_read_rows_request(&in, &rows_read, NULL), DSI_OK);
    assert_int_equal(rows_read.field, 1);
    assert_int_equal(rows_read.room, 4096);
    assert_null(rows_read.attribute);
    refuse_cuts(body, dsi_hdf5_read_rows_request, &rows_read);

    struct dsi_hdf5_rows_request of_attribute = rows;
    of_attribute.attribute = "units";
    of_attribute.n_attribute = 5;
    body.n = 0;
    assert_int_equal(dsi_hdf5_write_rows_request(&body, &of_attribute, NULL), DSI_OK);
    in = (struct dsi_bytes_reader){.data = body.data, .n = body.n};
    assert_int_equal(dsi_hdf5_read_attribute_rows_request(&in, &rows_read, NULL),
                     DSI_OK);
    assert_int_equal(rows_read.n_attribute, 5);
    assert_memory_equal(rows_read.attribute, "units", 5);
    assert_int_equal(rows_read.n_dataset, strlen(path));
    assert_int_equal(rows_read.room, 4096);
    refuse_cuts(body, dsi_hdf5_read_attribute_rows_request, &rows_read);
    dsi_bytes_free(&body);
}

static void test_chunks(void **state)
{
    const struct dsi_hdf5_chunk chunks[] = {
        {4096, 77, 0}, {UINT64_MAX, 0, 0}, {1, 2, 3}};
    struct dsi_hdf5_chunk got[3];
    struct dsi_bytes body = {0};
    size_t n;
    (void)state;
    assert_int_equal(dsi_hdf5_write_chunks(&body, chunks, 3, NULL), DSI_OK);
    struct dsi_bytes_reader in = {.data = body.data, .n = body.n};
    assert_int_equal(dsi_hdf5_read_chunks(&in, got, 3, &n, NULL), DSI_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(got, chunks, sizeof chunks);
    in.at = 0; /* more than were asked for */
    assert_int_equal(dsi_hdf5_read_chunks(&in, got, 2, &n, NULL), DSI_ERR_MALFORMED);
    for (size_t cut = 0; cut < body.n; cut++) {
        in = (struct dsi_bytes_reader){.data = body.data, .n = cut};
        enum dsi_status status = dsi_hdf5_read_chunks(&in, got, 3, &n, NULL);
        assert_int_equal(status, cut && cut % 24 == 0 ? DSI_OK : DSI_ERR_MALFORMED);
    }
    dsi_bytes_free(&body);
}

static void test_rows_and_errors(void **state)
{
    const struct dsi_hdf5_rows rows = {.n_rows = 5, .n_bytes = 40};
    struct dsi_hdf5_rows rows_read;
    struct dsi_error error;
    struct dsi_bytes body = {0};
    (void)state;
    assert_int_equal(dsi_hdf5_write_rows(&body, &rows, NULL), DSI_OK);
    struct dsi_bytes_reader in = {.data = body.data, .n = body.n};
    assert_int_equal(dsi_hdf5_read_rows(&in, &rows_read, NULL), DSI_OK);
    assert_int_equal(rows_read.n_rows, 5);
    assert_int_equal(rows_read.n_bytes, 40);
    refuse_cuts(body, dsi_hdf5_read_rows, &rows_read);

    body.n = 0;
    assert_int_equal(dsi_hdf5_write_error(&body, DSI_ERR_CRC, "wrong", NULL), DSI_OK);
    in = (struct dsi_bytes_reader){.data = body.data, .n = body.n};
    assert_int_equal(dsi_hdf5_read_error(&in, &error, NULL), DSI_OK);
    assert_int_equal(error.status, DSI_ERR_CRC);
    assert_string_equal(error.message, "wrong");
    refuse_cuts(body, dsi_hdf5_read_error, &error);

    /* Neither a status of no kind, nor one that would end the program quietly. */
    static const uint64_t wrong[] = {1, DSI_ERR_PIPE, DSI_ERR_INTERRUPTED, UINT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        body.n = 0;
        assert_int_equal(dsi_bytes_append_u64(&body, wrong[i], NULL), DSI_OK);
        assert_int_equal(dsi_bytes_append_text(&body, "x", 1, NULL), DSI_OK);
        in = (struct dsi_bytes_reader){.data = body.data, .n = body.n};
        assert_int_equal(dsi_hdf5_read_error(&in, &error, NULL), DSI_ERR_MALFORMED);
    }
    dsi_bytes_free(&body);
}

static void test_long_messages_are_cut(void **state)
{
    char text[2 * DSI_ERROR_MESSAGE_SIZE];
    struct dsi_error error;
    struct dsi_bytes body = {0};
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(dsi_hdf5_write_error(&body, DSI_ERR_READ, text, NULL), DSI_OK);
    struct dsi_bytes_reader in = {.data = body.data, .n = body.n};
    assert_int_equal(dsi_hdf5_read_error(&in, &error, NULL), DSI_OK);
    assert_int_equal(strlen(error.message), DSI_ERROR_MESSAGE_SIZE - 1);
    dsi_bytes_free(&body);
}

/* --- heads
 * ------------------------------------------------------------------------------ */

static void test_send(void **state)
{
    static const struct {
        uint8_t head[DSI_HDF5_HEAD_BYTES];
        enum dsi_status status;
    } heads[] = {
        {{DSI_HDF5_END, 0, 0, 0, 5, 0, 0, 0}, DSI_OK},
        {{DSI_HDF5_END, 0, 0, 0, 0, 0, 0, 1}, DSI_OK}, /* 16 MiB, the most */
        {{DSI_HDF5_END, 0, 0, 0, 1, 0, 0, 1}, DSI_ERR_MALFORMED},
        {{0, 0, 0, 0, 5, 0, 0, 0}, DSI_ERR_MALFORMED},
        {{DSI_HDF5_LAST_TYPE + 1, 0, 0, 0, 5, 0, 0, 0}, DSI_ERR_MALFORMED},
        {{DSI_HDF5_END, 0, 0, 1, 5, 0, 0, 0}, DSI_ERR_MALFORMED},
    };
    enum dsi_hdf5_type type;
    size_t n;
    int pair[2];
    uint8_t got[DSI_HDF5_HEAD_BYTES + 5];
    uint8_t five[] = "12345";
    const struct dsi_bytes body = {.data = five, .n = 5};
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        assert_int_equal(dsi_hdf5_head(heads[i].head, &type, &n, NULL),
                         heads[i].status);

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(dsi_hdf5_send(pair[0], DSI_HDF5_END, &body, NULL), DSI_OK);
    assert_int_equal(read(pair[1], got, sizeof got), sizeof got);
    assert_memory_equal(got, heads[0].head, DSI_HDF5_HEAD_BYTES);
    assert_memory_equal(got + DSI_HDF5_HEAD_BYTES, five, 5);
    close(pair[1]); /* an error, and no SIGPIPE */
    assert_int_equal(dsi_hdf5_send(pair[0], DSI_HDF5_END, &body, NULL), DSI_ERR_WRITE);
    close(pair[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_rows_and_errors),
        cmocka_unit_test(test_long_messages_are_cut),
        cmocka_unit_test(test_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
