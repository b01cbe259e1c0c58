/* The process that runs libhdf5: formats/hdf5_protocol.h says what it is asked. */
#include "helper.h"

#include "helper_jail.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum dsi_status dsi_helper_send(struct dsi_helper *helper, enum dsi_hdf5_type type,
                                struct dsi_error *err)
{
    enum dsi_status status =
        dsi_hdf5_send(DSI_HDF5_FD_CONTROL, type, &helper->body, err);
    helper->body.n = 0;
    dsi_jail_grant_time();
    return status;
}

enum dsi_status dsi_helper_warn(struct dsi_helper *helper,
                                const struct dsi_error *warning, struct dsi_error *err)
{
    helper->body.n = 0;
    DSI_TRY(
        dsi_hdf5_write_error(&helper->body, warning->status, warning->message, err));
    return dsi_helper_send(helper, DSI_HDF5_WARNING, err);
}

static int64_t now_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for a request. False when none came, or none will. */
static bool wait_for_request(void)
{
    enum { IDLE_MS = 5000 };
    const int64_t end = now_ms() + IDLE_MS;
    for (int64_t left = IDLE_MS; left > 0; left = end - now_ms()) {
        struct pollfd control = {.fd = DSI_HDF5_FD_CONTROL, .events = POLLIN};
        int n = poll(&control, 1, (int)left);
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
    return false;
}

static bool receive(void *buffer, size_t n)
{
    uint8_t *out = buffer;
    while (n) {
        ssize_t got = recv(DSI_HDF5_FD_CONTROL, out, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out += got;
        n -= (size_t)got;
    }
    return true;
}

/* Does what is asked, and says at its end that it is the end. */
static enum dsi_status obey(struct dsi_helper *helper, enum dsi_hdf5_type type,
                            struct dsi_bytes_reader *body, struct dsi_error *err)
{
    struct dsi_hdf5_open open;
    struct dsi_hdf5_chunks_request chunks;
    struct dsi_hdf5_rows_request rows;
    if (type != DSI_HDF5_OPEN && helper->file <= 0)
        return dsi_fail(err, DSI_ERR_USAGE, "no file is open");
    switch (type) {
    case DSI_HDF5_OPEN:
        DSI_TRY(dsi_hdf5_read_open(body, &open, err));
        DSI_TRY(dsi_helper_open(helper, &open, err));
        return dsi_helper_send(helper, DSI_HDF5_END, err);
    case DSI_HDF5_CHUNKS:
        DSI_TRY(dsi_hdf5_read_chunks_request(body, &chunks, err));
        DSI_TRY(dsi_helper_chunks(helper, &chunks, err));
        return dsi_helper_send(helper, DSI_HDF5_END, err);
    case DSI_HDF5_ROWS:
        DSI_TRY(dsi_hdf5_read_rows_request(body, &rows, err));
        return dsi_helper_rows(helper, &rows, err);
    case DSI_HDF5_ATTRIBUTE_ROWS:
        DSI_TRY(dsi_hdf5_read_attribute_rows_request(body, &rows, err));
        return dsi_helper_rows(helper, &rows, err);
    default:
        return dsi_fail(err, DSI_ERR_USAGE, "message %d is no request", (int)type);
    }
}

/* False when the conversation is over. */
static bool serve(struct dsi_helper *helper, struct dsi_bytes *request)
{
    uint8_t head[DSI_HDF5_HEAD_BYTES];
    enum dsi_hdf5_type type;
    size_t n;
    struct dsi_error err = {0};

    if (!wait_for_request() || !receive(head, sizeof head) ||
        dsi_hdf5_head(head, &type, &n, &err) != DSI_OK ||
        dsi_bytes_claim(request, n, &err) != DSI_OK || !receive(request->data, n))
        return false;
    dsi_jail_grant_time();
    struct dsi_bytes_reader body = {request->data, n, 0};
    enum dsi_status status = obey(helper, type, &body, &err);
    if (status == DSI_OK)
        return true;
    if (status == DSI_ERR_WRITE)
        return false;
    helper->body.n = 0;
    return dsi_hdf5_write_error(&helper->body, status, err.message, &err) == DSI_OK &&
           dsi_helper_send(helper, DSI_HDF5_ERROR, &err) == DSI_OK;
}

/* What is left, the kernel takes back: libhdf5 need not tidy up a file that may be
 * malformed. */
int main(void)
{
    struct dsi_helper helper = {.driver = {.fd = DSI_HDF5_FD_FILE}};
    struct dsi_bytes request = {0};
    struct dsi_error err;
    if (dsi_jail_prepare(&err) != DSI_OK)
        _exit(EXIT_FAILURE);
    while (serve(&helper, &request))
        ;
    _exit(EXIT_SUCCESS);
}
