#include "npz_libzip.h"

static zip_int64_t watched_seek(struct dsi_libzip *z, void *data, zip_uint64_t n)
{
    zip_int64_t to = zip_source_seek_compute_offset(z->position, z->source.n_bytes,
                                                    data, n, &z->error);
    if (to < 0)
        return -1;
    z->position = (uint64_t)to;
    if (!z->has_sought)
        z->first_sought = z->position;
    z->has_sought = true;
    return 0;
}

static zip_int64_t watched_read(struct dsi_libzip *z, void *data, zip_uint64_t n)
{
    size_t got;
    if (dsi_source_read(&z->source, z->position, data, (size_t)n, &got, &z->reason) !=
        DSI_OK) {
        zip_error_set(&z->error, ZIP_ER_READ, 0);
        return -1;
    }
    z->position += got;
    return (zip_int64_t)got;
}

static zip_int64_t watched_stat(struct dsi_libzip *z, zip_stat_t *st)
{
    zip_stat_init(st);
    st->size = z->source.n_bytes;
    st->valid = ZIP_STAT_SIZE;
    return sizeof *st;
}

static zip_int64_t watched_call(void *state, void *data, zip_uint64_t n,
                                zip_source_cmd_t command)
{
    struct dsi_libzip *z = state;
    switch (command) {
    case ZIP_SOURCE_OPEN:
        z->position = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return watched_read(z, data, n);
    case ZIP_SOURCE_SEEK:
        return watched_seek(z, data, n);
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)z->position;
    case ZIP_SOURCE_STAT:
        return watched_stat(z, data);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&z->error, data, n);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
            ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
            ZIP_SOURCE_SUPPORTS, -1);
    default:
        zip_error_set(&z->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

static enum dsi_status fail_of(struct dsi_libzip *z, zip_error_t *error,
                               struct dsi_error *err)
{
    enum dsi_status status = z->reason.status;
    z->reason.status = DSI_OK;
    if (status != DSI_OK)
        return dsi_fail(err, status, "%s", z->reason.message);
    if (zip_error_code_zip(error) == ZIP_ER_MEMORY)
        return dsi_fail_memory(err, sizeof(zip_stat_t));
    return dsi_fail(err, DSI_ERR_MALFORMED, "the zip archive's directory: %s",
                    zip_error_strerror(error));
}

enum dsi_status dsi_libzip_fail(struct dsi_libzip *z, struct dsi_error *err)
{
    return fail_of(z, zip_get_error(z->zip), err);
}

enum dsi_status dsi_libzip_open(struct dsi_libzip *z, struct dsi_source *source,
                                uint64_t start, uint64_t n_bytes, struct dsi_error *err)
{
    zip_error_t error;
    enum dsi_status status = DSI_OK;
    *z = (struct dsi_libzip){0};
    dsi_source_of_part(&z->source, source, start, n_bytes, NULL);
    zip_error_init(&z->error);
    zip_error_init(&error);
    zip_source_t *archive = zip_source_function_create(watched_call, z, &error);
    z->zip = archive ? zip_open_from_source(archive, ZIP_RDONLY, &error) : NULL;
    if (!z->zip) {
        status = fail_of(z, &error, err);
        zip_source_free(archive);
        zip_error_fini(&z->error);
    }
    zip_error_fini(&error);
    return status;
}

void dsi_libzip_close(struct dsi_libzip *z)
{
    zip_discard(z->zip);
    zip_error_fini(&z->error);
}

enum dsi_status dsi_libzip_find(struct dsi_libzip *z, uint64_t index, uint64_t *offset,
                                struct dsi_error *err)
{
    z->has_sought = false;
    zip_file_t *file =
        zip_fopen_index(z->zip, index, ZIP_FL_ENCRYPTED | ZIP_FL_COMPRESSED);
    if (!file)
        return dsi_libzip_fail(z, err);
    zip_fclose(file);
    if (!z->has_sought || z->first_sought > z->source.n_bytes)
        return dsi_fail(err, DSI_ERR_MALFORMED, "its header is not in the archive");
    *offset = z->first_sought;
    return DSI_OK;
}
