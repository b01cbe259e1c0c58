#include "source.h"

#include "bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *file_type(mode_t mode)
{
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISCHR(mode)  ? "a character device"
           : S_ISBLK(mode)  ? "a block device"
                            : "not a regular file";
}

static enum dsi_status read_file(const struct dsi_source *source, uint64_t offset,
                                 uint8_t *buffer, size_t n, size_t *got,
                                 struct dsi_error *err)
{
    if (offset < source->n_head) {
        size_t k = source->n_head - (size_t)offset;
        *got = k < n ? k : n;
        memcpy(buffer, source->head + offset, *got);
    }
    while (*got < n) {
        uint64_t at = offset + *got;
        /* An end that is known need not be found by one more call. */
        if (at > INT64_MAX || (*got && at == source->n_bytes))
            break;
        ssize_t k = pread(source->fd, buffer + *got, n - *got, (off_t)at);
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return dsi_fail(err, DSI_ERR_READ, "read at byte %llu: %s",
                            (unsigned long long)at, strerror(errno));
        if (k == 0)
            break;
        *got += (size_t)k;
    }
    return DSI_OK;
}

/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
static int open_path(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* The first bytes of a file, or all of a small one; of what tells no size, such as a
 * file of the system, it is tried. */
static enum dsi_status read_head(struct dsi_source *source, struct dsi_error *err)
{
    const bool is_small = source->n_bytes && source->n_bytes <= DSI_SOURCE_SMALL;
    const size_t n = is_small ? (size_t)source->n_bytes : DSI_SOURCE_START;
    size_t n_head = 0;
    source->head = malloc(n);
    if (!source->head)
        return dsi_fail_memory(err, n);
    const enum dsi_status status = read_file(source, 0, source->head, n, &n_head, err);
    source->n_head = n_head;
    return status;
}

enum dsi_status dsi_source_open(struct dsi_source *source, const char *path,
                                struct dsi_error *err)
{
    *source = (struct dsi_source){.kind = DSI_SOURCE_FILE, .fd = -1};
    int fd = open_path(path);
    if (fd < 0)
        return dsi_fail_open(err, errno);
    struct stat st;
    if (fstat(fd, &st) != 0) {
        int reason = errno;
        close(fd);
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(reason));
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return dsi_fail(err, DSI_ERR_OPEN, "%s, not a regular file",
                        file_type(st.st_mode));
    }
    source->fd = fd;
    source->n_bytes = (uint64_t)st.st_size;
    const enum dsi_status status = read_head(source, err);
    if (status != DSI_OK)
        dsi_source_close(source);
    return status;
}

/* Whether byte `at` of a file is in memory already; where the file system does not
 * tell, it is not. What cannot be read at all need not be waited for. */
static bool is_at_hand(int fd, off_t at)
{
    uint8_t byte;
    struct iovec room = {.iov_base = &byte, .iov_len = 1};
    return preadv2(fd, &room, 1, at, RWF_NOWAIT) >= 0 ||
           (errno != EAGAIN && errno != EOPNOTSUPP);
}

bool dsi_source_read_ahead(const char *path)
{
    const off_t most = 4 << 20; /* a photograph; the system keeps ahead in more */
    int fd = open_path(path);
    if (fd < 0)
        return false;
    struct stat st;
    off_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0;
    n = n < most ? n : most;
    bool is_far = n > 0 && !is_at_hand(fd, n - 1);
    if (is_far)
        posix_fadvise(fd, 0, n, POSIX_FADV_WILLNEED);
    close(fd);
    return is_far;
}

void dsi_source_of_bytes(struct dsi_source *source, const void *bytes, size_t n)
{
    *source = (struct dsi_source){
        .kind = DSI_SOURCE_BYTES, .n_bytes = n, .fd = -1, .bytes = bytes};
}

static ssize_t read_retrying(int fd, void *buffer, size_t n)
{
    ssize_t got;
    do
        got = read(fd, buffer, n);
    while (got < 0 && errno == EINTR);
    return got;
}

void dsi_source_of_part(struct dsi_source *source, struct dsi_source *parent,
                        uint64_t offset, uint64_t n, const struct dsi_watch *watch)
{
    uint64_t left = offset < parent->n_bytes ? parent->n_bytes - offset : 0;
    *source = (struct dsi_source){.kind = DSI_SOURCE_PART,
                                  .n_bytes = n < left ? n : left,
                                  .fd = -1,
                                  .parent = parent,
                                  .offset = offset};
    if (watch)
        source->watch = *watch;
}

void dsi_source_of_feed(struct dsi_source *source, const struct dsi_feed *feed,
                        uint64_t n_bytes)
{
    *source = (struct dsi_source){
        .kind = DSI_SOURCE_FEED, .n_bytes = n_bytes, .fd = -1, .feed = *feed};
}

/* Reads n bytes at the descriptor's position, fewer only at its end. */
static enum dsi_status read_fd(struct dsi_source *source, uint8_t *buffer, size_t n,
                               size_t *got, struct dsi_error *err)
{
    *got = 0;
    while (*got < n) {
        ssize_t k = read_retrying(source->fd, buffer + *got, n - *got);
        if (k < 0)
            return dsi_fail(err, DSI_ERR_READ, "%s", strerror(errno));
        if (k == 0)
            break;
        *got += (size_t)k;
    }
    return DSI_OK;
}

/* Reads the next n bytes of a stream or feed, fewer only at its end. */
static enum dsi_status read_forward(struct dsi_source *source, uint8_t *buffer,
                                    size_t n, size_t *got, struct dsi_error *err)
{
    enum dsi_status status;
    *got = 0;
    if (source->kind == DSI_SOURCE_FEED)
        status = source->feed.read(source->feed.state, buffer, n, got, err);
    else
        status = read_fd(source, buffer, n, got, err);
    source->position += *got;
    return status;
}

/* Reads and drops what comes before offset. */
static enum dsi_status skip_to(struct dsi_source *source, uint64_t offset, bool *ended,
                               struct dsi_error *err)
{
    uint8_t waste[16384];
    *ended = false;
    while (source->position < offset && !*ended) {
        uint64_t gap = offset - source->position;
        size_t k, want = gap < sizeof waste ? (size_t)gap : sizeof waste;
        DSI_TRY(read_forward(source, waste, want, &k, err));
        *ended = k < want;
    }
    return DSI_OK;
}

enum dsi_status dsi_source_of_fd(struct dsi_source *source, int fd,
                                 struct dsi_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(errno));
    if (S_ISDIR(st.st_mode))
        return dsi_fail(err, DSI_ERR_OPEN, "a directory, not a stream");
    if (S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0) {
        int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (own < 0)
            return dsi_fail_open(err, errno);
        *source = (struct dsi_source){
            .kind = DSI_SOURCE_FILE, .n_bytes = (uint64_t)st.st_size, .fd = own};
        return DSI_OK;
    }
    *source =
        (struct dsi_source){.kind = DSI_SOURCE_STREAM, .n_bytes = UINT64_MAX, .fd = fd};
    source->head = malloc(DSI_SOURCE_HEAD);
    if (!source->head)
        return dsi_fail_memory(err, DSI_SOURCE_HEAD);
    enum dsi_status status =
        read_forward(source, source->head, DSI_SOURCE_HEAD, &source->n_head, err);
    if (status != DSI_OK)
        dsi_source_close(source);
    return status;
}

static enum dsi_status read_stream(struct dsi_source *source, uint64_t offset,
                                   uint8_t *buffer, size_t n, size_t *got,
                                   struct dsi_error *err)
{
    if (offset < source->n_head) {
        size_t k = source->n_head - (size_t)offset;
        k = k < n ? k : n;
        memcpy(buffer, source->head + offset, k);
        *got = k;
        if (k == n || source->n_head < DSI_SOURCE_HEAD)
            return DSI_OK;
    }
    if (offset + *got < source->position)
        return dsi_fail(
            err, DSI_ERR_READ,
            "a stream cannot be read again from byte %llu; save it to a file",
            (unsigned long long)offset);
    bool ended;
    DSI_TRY(skip_to(source, offset + *got, &ended, err));
    if (ended)
        return DSI_OK;
    size_t more;
    DSI_TRY(read_forward(source, buffer + *got, n - *got, &more, err));
    *got += more;
    return DSI_OK;
}

static enum dsi_status read_feed(struct dsi_source *source, uint64_t offset,
                                 uint8_t *buffer, size_t n, size_t *got,
                                 struct dsi_error *err)
{
    bool ended;
    if (offset < source->position) {
        DSI_TRY(source->feed.restart(source->feed.state, err));
        source->position = 0;
    }
    DSI_TRY(skip_to(source, offset, &ended, err));
    return ended ? DSI_OK : read_forward(source, buffer, n, got, err);
}

static enum dsi_status read_part(struct dsi_source *source, uint64_t offset,
                                 uint8_t *buffer, size_t n, size_t *got,
                                 struct dsi_error *err)
{
    uint64_t left = offset < source->n_bytes ? source->n_bytes - offset : 0;
    if (left == 0)
        return DSI_OK;
    enum dsi_status status =
        dsi_source_read(source->parent, source->offset + offset, buffer,
                        left < n ? (size_t)left : n, got, err);
    if (source->watch.seen && *got)
        source->watch.seen(source->watch.state, offset, buffer, *got);
    return status;
}

enum dsi_status dsi_source_read(struct dsi_source *source, uint64_t offset,
                                void *buffer, size_t n, size_t *got,
                                struct dsi_error *err)
{
    *got = 0;
    switch (source->kind) {
    case DSI_SOURCE_FILE:
        return read_file(source, offset, buffer, n, got, err);
    case DSI_SOURCE_STREAM:
        return read_stream(source, offset, buffer, n, got, err);
    case DSI_SOURCE_FEED:
        return read_feed(source, offset, buffer, n, got, err);
    case DSI_SOURCE_PART:
        return read_part(source, offset, buffer, n, got, err);
    case DSI_SOURCE_BYTES:
        if (offset < source->n_bytes) {
            uint64_t left = source->n_bytes - offset;
            *got = left < n ? (size_t)left : n;
            memcpy(buffer, source->bytes + offset, *got);
        }
    }
    return DSI_OK;
}

enum dsi_status dsi_source_read_all(struct dsi_source *source, uint64_t offset,
                                    void *buffer, size_t n, struct dsi_error *err)
{
    size_t got;
    DSI_TRY(dsi_source_read(source, offset, buffer, n, &got, err));
    if (got < n)
        return dsi_fail(err, DSI_ERR_TRUNCATED,
                        "ends at byte %llu; %zu more were expected",
                        (unsigned long long)(offset + got), n - got);
    return DSI_OK;
}

void dsi_source_close(struct dsi_source *source)
{
    if (source->kind == DSI_SOURCE_FILE && source->fd >= 0)
        close(source->fd);
    free(source->head);
    *source = (struct dsi_source){.fd = -1};
}
