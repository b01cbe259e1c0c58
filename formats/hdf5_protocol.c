#include "hdf5_message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* --- messages
 * --------------------------------------------------------------------------- */

static void store_u32(uint8_t *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t load_u32(const uint8_t *in)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)in[i] << (8 * i);
    return value;
}

enum dsi_status dsi_hdf5_send(int fd, enum dsi_hdf5_type type,
                              const struct dsi_bytes *body, struct dsi_error *err)
{
    uint8_t head[DSI_HDF5_HEAD_BYTES];
    if (body->n > DSI_HDF5_MAX_BODY)
        return dsi_fail(err, DSI_ERR_WRITE, "a message of %zu bytes is too long",
                        body->n);
    store_u32(head, (uint32_t)type);
    store_u32(head + 4, (uint32_t)body->n);
    for (size_t sent = 0; sent < sizeof head + body->n;) {
        struct iovec parts[2];
        size_t n_head = sent < sizeof head ? sizeof head - sent : 0;
        size_t at = n_head ? 0 : sent - sizeof head, n_parts = 0;
        if (n_head)
            parts[n_parts++] = (struct iovec){head + sent, n_head};
        if (at < body->n)
            parts[n_parts++] = (struct iovec){body->data + at, body->n - at};
        const struct msghdr message = {.msg_iov = parts, .msg_iovlen = n_parts};
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return dsi_fail(err, DSI_ERR_WRITE, "%s", strerror(errno));
        sent += (size_t)n;
    }
    return DSI_OK;
}

enum dsi_status dsi_hdf5_head(const uint8_t head[DSI_HDF5_HEAD_BYTES],
                              enum dsi_hdf5_type *type, size_t *n_body,
                              struct dsi_error *err)
{
    uint32_t number = load_u32(head), n = load_u32(head + 4);
    if (number < DSI_HDF5_OPEN || number > DSI_HDF5_LAST_TYPE)
        return dsi_fail(err, DSI_ERR_MALFORMED, "a message of no known type, %lu",
                        (unsigned long)number);
    if (n > DSI_HDF5_MAX_BODY)
        return dsi_fail(err, DSI_ERR_MALFORMED, "a message of %lu bytes is too long",
                        (unsigned long)n);
    *type = (enum dsi_hdf5_type)number;
    *n_body = n;
    return DSI_OK;
}

/* --- parts of messages
 * ------------------------------------------------------------------ */

enum dsi_status dsi_message_text(struct dsi_bytes_reader *body, const char **text,
                                 size_t *n, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_read_text(body, text, n, err));
    if (memchr(*text, '\0', *n))
        return dsi_fail(err, DSI_ERR_MALFORMED, "a text holds a NUL");
    return DSI_OK;
}

enum dsi_status dsi_message_at_most(struct dsi_bytes_reader *body, uint64_t most,
                                    uint64_t *value, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_read_u64(body, value, err));
    if (*value > most)
        return dsi_fail(err, DSI_ERR_MALFORMED, "a %llu where %llu is the most",
                        (unsigned long long)*value, (unsigned long long)most);
    return DSI_OK;
}

enum dsi_status dsi_message_end(const struct dsi_bytes_reader *body,
                                struct dsi_error *err)
{
    if (body->at != body->n)
        return dsi_fail(err, DSI_ERR_MALFORMED, "%zu bytes too many in a message",
                        body->n - body->at);
    return DSI_OK;
}

static enum dsi_status write_numbers(struct dsi_bytes *body, const uint64_t *values,
                                     size_t n, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_reserve(body, n * sizeof *values, err));
    for (size_t i = 0; i < n; i++)
        DSI_TRY(dsi_bytes_append_u64(body, values[i], err));
    return DSI_OK;
}

/* --- requests
 * --------------------------------------------------------------------------- */

enum { VERSION = 2 };

enum dsi_status dsi_hdf5_write_open(struct dsi_bytes *body,
                                    const struct dsi_hdf5_open *open,
                                    struct dsi_error *err)
{
    const uint64_t numbers[] = {VERSION, open->flags, open->max_bytes};
    DSI_TRY(write_numbers(body, numbers, 3, err));
    return dsi_bytes_append_text(body, open->path, open->n_path, err);
}

enum dsi_status dsi_hdf5_read_open(struct dsi_bytes_reader *body,
                                   struct dsi_hdf5_open *open, struct dsi_error *err)
{
    uint64_t version;
    DSI_TRY(dsi_bytes_read_u64(body, &version, err));
    if (version != VERSION)
        return dsi_fail(err, DSI_ERR_MALFORMED, "version %llu of the protocol, not %d",
                        (unsigned long long)version, VERSION);
    DSI_TRY(dsi_message_at_most(body, DSI_HDF5_ALL_FLAGS, &open->flags, err));
    DSI_TRY(dsi_bytes_read_u64(body, &open->max_bytes, err));
    DSI_TRY(dsi_message_text(body, &open->path, &open->n_path, err));
    return dsi_message_end(body, err);
}

enum dsi_status
dsi_hdf5_write_chunks_request(struct dsi_bytes *body,
                              const struct dsi_hdf5_chunks_request *request,
                              struct dsi_error *err)
{
    const uint64_t numbers[] = {request->first, request->n};
    DSI_TRY(dsi_bytes_append_text(body, request->dataset, request->n_dataset, err));
    return write_numbers(body, numbers, 2, err);
}

enum dsi_status dsi_hdf5_read_chunks_request(struct dsi_bytes_reader *body,
                                             struct dsi_hdf5_chunks_request *request,
                                             struct dsi_error *err)
{
    uint64_t end;
    DSI_TRY(dsi_message_text(body, &request->dataset, &request->n_dataset, err));
    DSI_TRY(dsi_bytes_read_u64(body, &request->first, err));
    DSI_TRY(dsi_bytes_read_u64(body, &request->n, err));
    if (!dsi_add(request->first, request->n, &end))
        return dsi_fail(err, DSI_ERR_MALFORMED, "chunks that no dataset has");
    return dsi_message_end(body, err);
}

enum dsi_status dsi_hdf5_write_rows_request(struct dsi_bytes *body,
                                            const struct dsi_hdf5_rows_request *request,
                                            struct dsi_error *err)
{
    const uint64_t numbers[] = {request->field, request->first, request->n,
                                request->room};
    if (request->attribute)
        DSI_TRY(
            dsi_bytes_append_text(body, request->attribute, request->n_attribute, err));
    DSI_TRY(dsi_bytes_append_text(body, request->dataset, request->n_dataset, err));
    return write_numbers(body, numbers, 4, err);
}

enum dsi_status dsi_hdf5_read_rows_request(struct dsi_bytes_reader *body,
                                           struct dsi_hdf5_rows_request *request,
                                           struct dsi_error *err)
{
    uint64_t end;
    request->attribute = NULL;
    request->n_attribute = 0;
    DSI_TRY(dsi_message_text(body, &request->dataset, &request->n_dataset, err));
    DSI_TRY(dsi_bytes_read_u64(body, &request->field, err));
    DSI_TRY(dsi_bytes_read_u64(body, &request->first, err));
    DSI_TRY(dsi_bytes_read_u64(body, &request->n, err));
    DSI_TRY(dsi_bytes_read_u64(body, &request->room, err));
    if (!dsi_add(request->first, request->n, &end))
        return dsi_fail(err, DSI_ERR_MALFORMED, "rows that no dataset has");
    return dsi_message_end(body, err);
}

enum dsi_status
dsi_hdf5_read_attribute_rows_request(struct dsi_bytes_reader *body,
                                     struct dsi_hdf5_rows_request *request,
                                     struct dsi_error *err)
{
    const char *attribute;
    size_t n;
    DSI_TRY(dsi_message_text(body, &attribute, &n, err));
    DSI_TRY(dsi_hdf5_read_rows_request(body, request, err));
    request->attribute = attribute;
    request->n_attribute = n;
    return DSI_OK;
}

/* --- answers
 * ---------------------------------------------------------------------------- */

enum { CHUNK_NUMBERS = 3, CHUNK_BYTES = CHUNK_NUMBERS * 8 };

enum dsi_status dsi_hdf5_write_chunks(struct dsi_bytes *body,
                                      const struct dsi_hdf5_chunk *chunks, size_t n,
                                      struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_reserve(body, n * CHUNK_BYTES, err));
    for (size_t i = 0; i < n; i++) {
        const uint64_t numbers[CHUNK_NUMBERS] = {chunks[i].address, chunks[i].n_bytes,
                                                 chunks[i].skipped};
        DSI_TRY(write_numbers(body, numbers, CHUNK_NUMBERS, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_hdf5_read_chunks(struct dsi_bytes_reader *body,
                                     struct dsi_hdf5_chunk *chunks, size_t room,
                                     size_t *n, struct dsi_error *err)
{
    size_t left = body->n - body->at;
    *n = left / CHUNK_BYTES;
    if (*n == 0 || *n > room || left % CHUNK_BYTES)
        return dsi_fail(err, DSI_ERR_MALFORMED, "%zu bytes about %zu chunks", left,
                        room);
    for (size_t i = 0; i < *n; i++) {
        DSI_TRY(dsi_bytes_read_u64(body, &chunks[i].address, err));
        DSI_TRY(dsi_bytes_read_u64(body, &chunks[i].n_bytes, err));
        DSI_TRY(dsi_bytes_read_u64(body, &chunks[i].skipped, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_hdf5_write_rows(struct dsi_bytes *body,
                                    const struct dsi_hdf5_rows *rows,
                                    struct dsi_error *err)
{
    const uint64_t numbers[] = {rows->n_rows, rows->n_bytes};
    return write_numbers(body, numbers, 2, err);
}

enum dsi_status dsi_hdf5_read_rows(struct dsi_bytes_reader *body,
                                   struct dsi_hdf5_rows *rows, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_read_u64(body, &rows->n_rows, err));
    DSI_TRY(dsi_bytes_read_u64(body, &rows->n_bytes, err));
    return dsi_message_end(body, err);
}

enum dsi_status dsi_hdf5_write_error(struct dsi_bytes *body, enum dsi_status status,
                                     const char *message, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(body, (uint64_t)status, err));
    return dsi_bytes_append_text(body, message, strlen(message), err);
}

/* What happens to a file. A pipe that broke or a scan that was stopped would be heeded
 * elsewhere, and is not the helper's to say. */
bool dsi_message_status_exists(uint64_t number)
{
    static const enum dsi_status all[] = {
        DSI_OK,        DSI_ERR_USAGE,     DSI_ERR_MEMORY,  DSI_ERR_OPEN,
        DSI_ERR_READ,  DSI_ERR_MALFORMED, DSI_ERR_CRC,     DSI_ERR_UNKNOWN_FORMAT,
        DSI_ERR_LIMIT, DSI_ERR_TRUNCATED, DSI_ERR_REFUSED, DSI_ERR_UNSUPPORTED,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (number == (uint64_t)all[i])
            return true;
    return false;
}

enum dsi_status dsi_hdf5_read_error(struct dsi_bytes_reader *body,
                                    struct dsi_error *message, struct dsi_error *err)
{
    uint64_t status;
    const char *text;
    size_t n;
    DSI_TRY(dsi_bytes_read_u64(body, &status, err));
    if (!dsi_message_status_exists(status))
        return dsi_fail(err, DSI_ERR_MALFORMED, "no status has number %llu",
                        (unsigned long long)status);
    DSI_TRY(dsi_message_text(body, &text, &n, err));
    n = n < DSI_ERROR_MESSAGE_SIZE ? n : DSI_ERROR_MESSAGE_SIZE - 1;
    message->status = (enum dsi_status)status;
    memcpy(message->message, text, n);
    message->message[n] = '\0';
    return dsi_message_end(body, err);
}
