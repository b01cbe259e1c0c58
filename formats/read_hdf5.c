/* HDF5, also as netCDF-4 and MATLAB 7.3 write it: a helper process takes it apart
 * (hdf5_protocol.h), for libhdf5 does not survive every file. */
#include "hdf5_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { N_SIGNATURE = 8, USER_BLOCK = 512 };

static const char signature[N_SIGNATURE + 1] = "\x89HDF\r\n\x1a\n";

static int probe(const uint8_t *head, size_t n)
{
    /* MATLAB puts a text in front, in the user block. */
    static const char matlab[] = "MATLAB 7.3 MAT-file";
    enum { N_MATLAB = sizeof matlab - 1 };
    if (n >= N_SIGNATURE && memcmp(head, signature, N_SIGNATURE) == 0)
        return 8 * N_SIGNATURE;
    return n >= N_MATLAB && memcmp(head, matlab, N_MATLAB) == 0 ? 8 * N_MATLAB : 0;
}

/* NetCDF of before netCDF-4 has the same suffix and nothing to do with HDF5. */
static enum dsi_status refuse_classic(struct dsi_source *source, struct dsi_error *err)
{
    uint8_t start[4];
    size_t n;
    DSI_TRY(dsi_source_read(source, 0, start, sizeof start, &n, err));
    if (n < sizeof start || memcmp(start, "CDF", 3) != 0 ||
        (start[3] != 1 && start[3] != 2 && start[3] != 5))
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                    "netCDF of a classic format, which is not HDF5: convert it "
                    "(nccopy -k netCDF-4 OLD NEW)");
}

/* A user block of 512 bytes, or twice, four times, ... that, may stand in front. */
static enum dsi_status find_signature(struct dsi_source *source, struct dsi_error *err)
{
    uint8_t start[N_SIGNATURE];
    uint64_t at = 0;
    while (at < source->n_bytes) {
        size_t got;
        DSI_TRY(dsi_source_read(source, at, start, sizeof start, &got, err));
        if (got == sizeof start && memcmp(start, signature, sizeof start) == 0)
            return DSI_OK;
        at = at ? 2 * at : USER_BLOCK;
        if (at > INT64_MAX)
            break;
    }
    DSI_TRY(refuse_classic(source, err));
    return dsi_fail(err, DSI_ERR_UNKNOWN_FORMAT, "not an HDF5 file");
}

/* --- the file, as the helper gets it
 * ---------------------------------------------------- */

static enum dsi_status write_all(int fd, const uint8_t *bytes, size_t n,
                                 struct dsi_error *err)
{
    while (n) {
        ssize_t k = write(fd, bytes, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return dsi_fail_memory(err, n);
        bytes += k;
        n -= (size_t)k;
    }
    return DSI_OK;
}

/* What is no file becomes one in memory. */
static enum dsi_status copy_to_memory(struct dsi_source *source, int *memory,
                                      struct dsi_error *err)
{
    enum { PIECE = 256 << 10 };
    struct dsi_bytes piece = {0};
    uint64_t at = 0;
    size_t got = 0;
    *memory = memfd_create("dsinspect file", MFD_CLOEXEC);
    if (*memory < 0)
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(errno));
    enum dsi_status status = dsi_bytes_claim(&piece, PIECE, err);
    while (status == DSI_OK) {
        status = dsi_source_read(source, at, piece.data, PIECE, &got, err);
        if (status == DSI_OK)
            status = write_all(*memory, piece.data, got, err);
        at += got;
        if (got < PIECE)
            break;
    }
    dsi_bytes_free(&piece);
    return status;
}

static enum dsi_status descriptor(struct dsi_file *file, int *fd, struct dsi_error *err)
{
    struct dsi_hdf5_file *hdf5 = file->state;
    switch (file->source->kind) {
    case DSI_SOURCE_FILE:
        *fd = file->source->fd;
        return DSI_OK;
    case DSI_SOURCE_STREAM:
    case DSI_SOURCE_FEED:
        break;
    case DSI_SOURCE_BYTES:
    case DSI_SOURCE_PART:
        DSI_TRY(copy_to_memory(file->source, &hdf5->memory, err));
        *fd = hdf5->memory;
        return DSI_OK;
    }
    return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                    "HDF5 cannot be read from a stream; save it to a file first");
}

/* --- opening
 * ---------------------------------------------------------------------------- */

static enum dsi_status add_dataset(struct dsi_hdf5_file *hdf5, bool is_attribute,
                                   struct dsi_bytes_reader *body, struct dsi_error *err)
{
    struct dsi_hdf5_data *datas =
        dsi_grow_array(hdf5->datas, hdf5->n_datas, &hdf5->capacity, sizeof *datas);
    if (!datas)
        return dsi_fail_memory(err, hdf5->n_datas * sizeof *datas);
    hdf5->datas = datas;
    struct dsi_hdf5_data *data = &hdf5->datas[hdf5->n_datas];
    *data = (struct dsi_hdf5_data){0};
    DSI_TRY(is_attribute ? dsi_hdf5_read_attribute(body, &data->told, err)
                         : dsi_hdf5_read_dataset(body, &data->told, err));
    hdf5->n_datas++;
    return DSI_OK;
}

static enum dsi_status take(void *state, struct dsi_hdf5_process *process,
                            enum dsi_hdf5_type type, struct dsi_bytes_reader *body,
                            struct dsi_error *err)
{
    struct dsi_file *file = state;
    struct dsi_error warning;
    (void)process;
    switch (type) {
    case DSI_HDF5_DATASET:
        return add_dataset(file->state, false, body, err);
    case DSI_HDF5_ATTRIBUTE:
        if (file->options.attributes)
            return add_dataset(file->state, true, body, err);
        break;
    case DSI_HDF5_WARNING:
        DSI_TRY(dsi_hdf5_read_error(body, &warning, err));
        dsi_warn(&file->warnings, warning.status, "%s", warning.message);
        return DSI_OK;
    default:
        break;
    }
    return dsi_fail(err, DSI_ERR_MALFORMED, "the HDF5 reader said what none asked");
}

static enum dsi_status start(struct dsi_file *file, struct dsi_error *err)
{
    struct dsi_hdf5_file *hdf5 = file->state;
    const struct dsi_hdf5_taker taker = {.take = take, .state = file};
    const char *path = file->path ? file->path : "";
    const struct dsi_hdf5_open open = {
        .flags = (file->options.follow_external ? DSI_HDF5_FOLLOW_EXTERNAL : 0) |
                 (file->options.attributes ? DSI_HDF5_ATTRIBUTES : 0),
        .max_bytes = file->options.limits.max_bytes,
        .path = path,
        .n_path = strlen(path),
    };
    int fd = -1;
    DSI_TRY(descriptor(file, &fd, err));
    return dsi_hdf5_pool_init(&hdf5->pool, fd, file->options.helpers, &open, &taker,
                              err);
}

static enum dsi_status open_hdf5(struct dsi_file *file, struct dsi_error *err)
{
    struct dsi_hdf5_file *hdf5 = dsi_alloc_zeroed(1, sizeof *hdf5);
    if (!hdf5)
        return dsi_fail_memory(err, sizeof *hdf5);
    file->state = hdf5;
    hdf5->memory = -1;
    if (pthread_mutex_init(&hdf5->mutex, NULL) != 0)
        return dsi_fail_memory(err, sizeof hdf5->mutex);
    hdf5->has_mutex = true;
    if (file->source->kind != DSI_SOURCE_STREAM &&
        file->source->kind != DSI_SOURCE_FEED)
        DSI_TRY(find_signature(file->source, err));
    DSI_TRY(start(file, err));
    return dsi_hdf5_describe(file, err);
}

static void free_workers(struct dsi_hdf5_worker *worker)
{
    while (worker) {
        struct dsi_hdf5_worker *next = worker->next;
        dsi_chunk_codec_free(worker->codec);
        dsi_bytes_free(&worker->stored);
        dsi_bytes_free(&worker->decoded);
        dsi_bytes_free(&worker->chunks);
        free(worker);
        worker = next;
    }
}

static void close_hdf5(struct dsi_file *file)
{
    struct dsi_hdf5_file *hdf5 = file->state;
    if (!hdf5)
        return;
    dsi_hdf5_pool_free(&hdf5->pool);
    if (hdf5->memory >= 0)
        close(hdf5->memory);
    for (size_t i = 0; i < hdf5->n_datas; i++) {
        dsi_hdf5_dataset_free(&hdf5->datas[i].told);
        free(hdf5->datas[i].chunks);
    }
    free(hdf5->datas);
    free(hdf5->arrays);
    free_workers(hdf5->workers);
    if (hdf5->has_mutex)
        pthread_mutex_destroy(&hdf5->mutex);
    free(hdf5);
}

static const char *const suffixes[] = {".h5", ".hdf5", ".hdf", ".he5",
                                       ".nc", ".mat",  NULL};

const struct dsi_format dsi_format_hdf5 = {
    .name = "hdf5",
    .suffixes = suffixes,
    .may_start_late = true,
    .probe = probe,
    .open = open_hdf5,
    .read = dsi_hdf5_read,
    .close = close_hdf5,
};
