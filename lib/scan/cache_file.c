#include "cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static const char magic[8] = {'D', 'S', 'I', 'c', 'a', 'c', 'h', '1'};

enum { SUM_SIZE = 8, HEAD_SIZE = 8 + 8 + 8 }; /* magic, files, bytes of the head */

/* Of what a cache of ours may hold in one piece. */
#define MAX_BYTES (UINT64_C(4) << 30)

bool dsi_cache_id_is_known(const struct dsi_cache_id *id)
{
    static const struct dsi_cache_id none = {{0}};
    return memcmp(id, &none, sizeof none) != 0;
}

static uint64_t number_at(const uint8_t *at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)at[i] << 8 * i;
    return number;
}

/* --- states -------------------------------------------------------------------------
 */

struct dsi_check_run *dsi_cache_fresh_runs(const struct dsi_check_run *runs,
                                           size_t n_runs, struct dsi_error *err)
{
    struct dsi_check_run *fresh = dsi_alloc_zeroed(n_runs, sizeof *fresh);
    if (!fresh) {
        dsi_fail_memory(err, n_runs * sizeof *fresh);
        return NULL;
    }
    for (size_t i = 0; i < n_runs; i++) {
        fresh[i].check = runs[i].check;
        fresh[i].parameters = runs[i].parameters;
        fresh[i].group_of_part = runs[i].group_of_part;
        if (dsi_check_run_init(&fresh[i], runs[i].dataset, err) != DSI_OK) {
            dsi_cache_free_runs(fresh, i);
            return NULL;
        }
    }
    return fresh;
}

void dsi_cache_free_runs(struct dsi_check_run *runs, size_t n_runs)
{
    for (size_t i = 0; runs && i < n_runs; i++)
        dsi_check_run_free(&runs[i]);
    free(runs);
}

enum dsi_status dsi_cache_save_states(const struct dsi_check_run *runs, size_t n_runs,
                                      struct dsi_bytes *out, struct dsi_error *err)
{
    for (size_t i = 0; i < n_runs; i++) {
        const size_t at = out->n;
        DSI_TRY(dsi_bytes_append_u64(out, 0, err));
        DSI_TRY(runs[i].check->save(runs[i].state, out, err));
        const uint64_t n = out->n - at - 8;
        for (int b = 0; b < 8; b++)
            out->data[at + (size_t)b] = (uint8_t)(n >> 8 * b);
    }
    return DSI_OK;
}

static enum dsi_status load_state(struct dsi_bytes_reader *in,
                                  struct dsi_check_run *run, struct dsi_error *err)
{
    const char *text;
    size_t n;
    DSI_TRY(dsi_bytes_read_text(in, &text, &n, err));
    struct dsi_bytes_reader state = {.data = (const uint8_t *)text, .n = n};
    DSI_TRY(run->check->load(run->state, &state, err));
    return state.at == state.n
               ? DSI_OK
               : dsi_fail(err, DSI_ERR_MALFORMED, "bytes are left over");
}

/* All are loaded before any is merged: what is not sound leaves the runs as they are. A
 * merge fails for want of memory alone. */
enum dsi_status dsi_cache_merge_states(const void *bytes, size_t n,
                                       struct dsi_check_run *runs, size_t n_runs,
                                       struct dsi_error *err)
{
    struct dsi_bytes_reader in = {.data = bytes, .n = n};
    struct dsi_check_run *loaded = dsi_cache_fresh_runs(runs, n_runs, err);
    enum dsi_status status = loaded ? DSI_OK : DSI_ERR_MEMORY;
    for (size_t i = 0; i < n_runs && status == DSI_OK; i++)
        status = load_state(&in, &loaded[i], err);
    for (size_t i = 0; i < n_runs && status == DSI_OK; i++)
        if (runs[i].check->merge(runs[i].state, loaded[i].state, err) != DSI_OK)
            status = DSI_ERR_MEMORY;
    dsi_cache_free_runs(loaded, n_runs);
    return status;
}

/* --- whole files --------------------------------------------------------------------
 */

static bool is_sound(const uint8_t *data, size_t n)
{
    return n >= SUM_SIZE &&
           number_at(data + n - SUM_SIZE) == XXH3_64bits(data, n - SUM_SIZE);
}

enum dsi_status dsi_cache_seal(struct dsi_bytes *bytes, size_t from,
                               struct dsi_error *err)
{
    return dsi_bytes_append_u64(bytes, XXH3_64bits(bytes->data + from, bytes->n - from),
                                err);
}

static bool read_at(int fd, uint64_t offset, uint64_t n, struct dsi_bytes *bytes)
{
    if (n > MAX_BYTES || dsi_bytes_claim(bytes, n, NULL) != DSI_OK)
        return false;
    for (size_t at = 0; at < n;) {
        const ssize_t got = pread(fd, bytes->data + at, n - at, (off_t)(offset + at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    bytes->n = n;
    return true;
}

/* A file, and nothing that waits for a writer, as a FIFO does; its size. -1: none. */
static int open_file(const char *path, uint64_t *size)
{
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -1;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return -1;
    }
    *size = (uint64_t)info.st_size;
    return fd;
}

bool dsi_cache_read(const char *path, struct dsi_bytes *bytes)
{
    uint64_t size;
    const int fd = open_file(path, &size);
    if (fd < 0)
        return false;
    const bool is_fine = read_at(fd, 0, size, bytes) && is_sound(bytes->data, bytes->n);
    close(fd);
    if (is_fine)
        bytes->n -= SUM_SIZE;
    return is_fine;
}

static enum dsi_status write_all(int fd, const struct dsi_bytes *bytes,
                                 struct dsi_error *err)
{
    for (size_t at = 0; at < bytes->n;) {
        const ssize_t n = write(fd, bytes->data + at, bytes->n - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return dsi_fail(err, DSI_ERR_WRITE, "%s", strerror(errno));
        at += (size_t)n;
    }
    return DSI_OK;
}

/* Not synced: a file that a power cut left half there fails its sum. */
enum dsi_status dsi_cache_write(const char *path, const struct dsi_bytes *bytes,
                                struct dsi_error *err)
{
    char *temporary = NULL;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return dsi_fail_memory(err, strlen(path));
    const int fd = mkostemp(temporary, O_CLOEXEC);
    enum dsi_status status = fd < 0
                                 ? dsi_fail(err, DSI_ERR_WRITE, "%s", strerror(errno))
                                 : write_all(fd, bytes, err);
    if (fd >= 0 && close(fd) != 0 && status == DSI_OK)
        status = dsi_fail(err, DSI_ERR_WRITE, "%s", strerror(errno));
    if (status == DSI_OK && rename(temporary, path) != 0)
        status = dsi_fail(err, DSI_ERR_WRITE, "%s", strerror(errno));
    if (fd >= 0 && status != DSI_OK)
        unlink(temporary);
    free(temporary);
    return status;
}

/* --- segments -----------------------------------------------------------------------
 */

/* magic | files | bytes of the head | ids | offsets, one more than files | merged |
 * sum, and then the states of each file with a sum of their own. */
enum dsi_status dsi_cache_segment_pack(const struct dsi_cache_id *ids,
                                       const struct dsi_bytes *states, size_t n_files,
                                       const struct dsi_bytes *merged,
                                       struct dsi_bytes *out, struct dsi_error *err)
{
    const size_t n_head =
        HEAD_SIZE + n_files * sizeof *ids + (n_files + 1) * 8 + merged->n + SUM_SIZE;
    uint64_t at = n_head;
    DSI_TRY(dsi_bytes_append(out, magic, sizeof magic, err));
    DSI_TRY(dsi_bytes_append_u64(out, n_files, err));
    DSI_TRY(dsi_bytes_append_u64(out, n_head, err));
    DSI_TRY(dsi_bytes_append(out, ids, n_files * sizeof *ids, err));
    for (size_t i = 0; i < n_files; i++) {
        DSI_TRY(dsi_bytes_append_u64(out, at, err));
        at += states[i].n ? states[i].n + SUM_SIZE : 0;
    }
    DSI_TRY(dsi_bytes_append_u64(out, at, err));
    DSI_TRY(dsi_bytes_append(out, merged->data, merged->n, err));
    DSI_TRY(dsi_cache_seal(out, 0, err));
    for (size_t i = 0; i < n_files; i++) {
        const size_t from = out->n;
        if (states[i].n == 0)
            continue;
        DSI_TRY(dsi_bytes_append(out, states[i].data, states[i].n, err));
        DSI_TRY(dsi_cache_seal(out, from, err));
    }
    return DSI_OK;
}

static bool parse_head(struct dsi_cache_segment *segment)
{
    const uint8_t *data = segment->head.data;
    const size_t n = segment->head.n;
    const uint64_t n_files = number_at(data + 8);
    if (memcmp(data, magic, sizeof magic) != 0 || n_files > DSI_CACHE_SEGMENT ||
        !is_sound(data, n))
        return false;
    const size_t n_ids = (size_t)n_files * DSI_CACHE_ID_SIZE;
    const size_t n_before = HEAD_SIZE + n_ids + ((size_t)n_files + 1) * 8;
    if (n < n_before + SUM_SIZE)
        return false;
    segment->n_files = (size_t)n_files;
    segment->ids = (const struct dsi_cache_id *)(const void *)(data + HEAD_SIZE);
    segment->merged = data + n_before;
    segment->n_merged = n - n_before - SUM_SIZE;
    segment->offsets = dsi_alloc_array(n_files + 1, sizeof *segment->offsets);
    for (size_t i = 0; segment->offsets && i <= n_files; i++)
        segment->offsets[i] = number_at(data + HEAD_SIZE + n_ids + i * 8);
    return segment->offsets != NULL;
}

bool dsi_cache_segment_open(struct dsi_cache_segment *segment, const char *path)
{
    uint64_t size;
    *segment = (struct dsi_cache_segment){.fd = -1};
    segment->fd = open_file(path, &size);
    if (segment->fd < 0)
        return false;
    const bool is_fine =
        read_at(segment->fd, 0, HEAD_SIZE, &segment->head) &&
        number_at(segment->head.data + 16) >= HEAD_SIZE &&
        number_at(segment->head.data + 16) <= size &&
        read_at(segment->fd, 0, number_at(segment->head.data + 16), &segment->head) &&
        parse_head(segment);
    if (!is_fine)
        dsi_cache_segment_close(segment);
    return is_fine;
}

bool dsi_cache_segment_file(const struct dsi_cache_segment *segment, size_t i,
                            struct dsi_bytes *bytes)
{
    const uint64_t from = segment->offsets[i], end = segment->offsets[i + 1];
    if (end < from || !read_at(segment->fd, from, end - from, bytes) ||
        !is_sound(bytes->data, bytes->n))
        return false;
    bytes->n -= SUM_SIZE;
    return true;
}

void dsi_cache_segment_close(struct dsi_cache_segment *segment)
{
    if (segment->fd >= 0)
        close(segment->fd);
    free(segment->offsets);
    dsi_bytes_free(&segment->head);
    *segment = (struct dsi_cache_segment){.fd = -1};
}
