#include "picture_file.h"

enum dsi_status dsi_picture_file_open(struct dsi_picture_file *file, const char *path,
                                      const struct dsi_open_options *options,
                                      struct dsi_rows *rows, struct dsi_error *err)
{
    *file = (struct dsi_picture_file){.has_picture = false};
    DSI_TRY(dsi_source_open(&file->source, path, err));
    file->has_source = true;
    DSI_TRY(dsi_file_open_named(&file->file, &file->source, path, options, err));
    file->has_file = true;
    if (!file->file.format->is_image)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "not a picture");
    const uint64_t n_rows = dsi_array_n_rows(&file->file.arrays[0]);
    DSI_TRY(dsi_file_read(&file->file, 0, 0, n_rows, rows, err));
    file->has_picture = dsi_picture_of_file(&file->file, rows, &file->picture);
    return DSI_OK;
}

void dsi_picture_file_close(struct dsi_picture_file *file)
{
    if (file->has_file)
        dsi_file_close(&file->file);
    if (file->has_source)
        dsi_source_close(&file->source);
}
