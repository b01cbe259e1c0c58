/* Loads a block that is a file of its own: a picture, or a header to describe. */
#include "layouts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum dsi_status dsi_block_fail(struct dsi_block *block, enum dsi_status status,
                               uint64_t n_lost, const struct dsi_error *reason,
                               struct dsi_error *err)
{
    if (!dsi_status_is_data(status)) {
        *err = *reason;
        return status;
    }
    block->status = status;
    block->error = *reason;
    block->n_lost += n_lost;
    return DSI_OK;
}

bool dsi_loader_looks_ahead(const struct dsi_loader *loader, uint64_t number)
{
    enum { NOW_AND_THEN = 16 };
    return !loader->reads_some &&
           (loader->n_to_read_ahead > 0 || number % NOW_AND_THEN == 0);
}

void dsi_loader_read_ahead(struct dsi_loader *loader, const char *path)
{
    enum { PATIENCE = 32 };
    if (dsi_source_read_ahead(path))
        loader->n_to_read_ahead = PATIENCE;
    else if (loader->n_to_read_ahead)
        loader->n_to_read_ahead--;
}

static void close_last(struct dsi_loader *loader)
{
    if (loader->is_open) {
        dsi_file_close(&loader->file);
        dsi_source_close(&loader->source);
        loader->is_open = false;
    }
}

static enum dsi_status open_file(const char *path,
                                 const struct dsi_open_options *options,
                                 struct dsi_loader *loader, struct dsi_error *err)
{
    close_last(loader);
    DSI_TRY(dsi_source_open(&loader->source, path, err));
    enum dsi_status status =
        dsi_file_open_named(&loader->file, &loader->source, path, options, err);
    if (status != DSI_OK)
        dsi_source_close(&loader->source);
    loader->is_open = status == DSI_OK;
    return status;
}

static enum dsi_status read_image(struct dsi_loader *loader, struct dsi_block *block,
                                  struct dsi_error *err)
{
    struct dsi_file *file = &loader->file;
    if (!file->format->is_image)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "holds %s, not a picture",
                        file->format->name);
    uint64_t n_rows = dsi_array_n_rows(&file->arrays[0]);
    dsi_loader_expect(loader, n_rows * dsi_array_row_bytes(&file->arrays[0]));
    DSI_TRY(dsi_file_read(file, 0, 0, n_rows, &loader->values, err));
    block->values_array = &file->arrays[0];
    block->values = loader->values.values.data;
    block->n_value_rows = loader->values.n_rows;
    return DSI_OK;
}

/* Whether the file is opened only depends on what else is asked for. */
static enum dsi_status look_at_file(const char *path, struct dsi_block *block,
                                    struct dsi_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return dsi_fail(err, DSI_ERR_OPEN, "not a regular file");
    block->n_file_bytes = (uint64_t)st.st_size;
    return DSI_OK;
}

static enum dsi_status read_file(const char *path,
                                 const struct dsi_open_options *options, unsigned need,
                                 struct dsi_loader *loader, struct dsi_block *block,
                                 struct dsi_error *err)
{
    if (need & DSI_NEED_FILES)
        DSI_TRY(look_at_file(path, block, err));
    if (!(need & (DSI_NEED_HEADER | DSI_NEED_VALUES)))
        return DSI_OK;
    DSI_TRY(open_file(path, options, loader, err));
    block->file = &loader->file;
    block->warnings[0] = &loader->file.warnings;
    if (!(need & DSI_NEED_VALUES))
        return DSI_OK;
    block->warnings[1] = &loader->values.warnings;
    return read_image(loader, block, err);
}

enum dsi_status dsi_load_file(const char *path, const struct dsi_open_options *options,
                              unsigned need, struct dsi_loader *loader,
                              struct dsi_block *block, struct dsi_error *err)
{
    struct dsi_error reason;
    block->where = path;
    block->array = SIZE_MAX;
    const enum dsi_status status =
        read_file(path, options, need, loader, block, &reason);
    if (status != DSI_OK) {
        block->is_empty_file =
            status == DSI_ERR_TRUNCATED && loader->source.n_bytes == 0;
        return dsi_block_fail(block, status, 1, &reason, err);
    }
    block->n_samples = 1;
    return DSI_OK;
}
