/* Prints the hashes of pictures as hexadecimal numbers, a line each: phash, dhash,
 * path. For the oracles. */
#include "picture_hash.h"
#include "reader.h"

#include <inttypes.h>
#include <stdio.h>

struct rooms {
    struct dsi_planes planes;
    struct dsi_hasher hasher;
};

static enum dsi_status hash(struct dsi_file *file, struct rooms *rooms,
                            uint64_t hashes[2], struct dsi_error *err)
{
    struct dsi_rows rows = {0};
    struct dsi_picture picture;
    const struct dsi_channels channels = dsi_channels_of_pictures();
    enum dsi_status status =
        dsi_file_read(file, 0, 0, dsi_array_n_rows(&file->arrays[0]), &rows, err);
    const struct dsi_block block = {.file = file,
                                    .n_samples = 1,
                                    .values_array = &file->arrays[0],
                                    .values = rows.values.data,
                                    .n_value_rows = rows.n_rows};
    if (status == DSI_OK && !dsi_picture_of_block(&block, &channels, 0, &picture))
        status = dsi_fail(err, DSI_ERR_UNSUPPORTED, "no picture");
    for (int kind = 0; kind < 2 && status == DSI_OK; kind++)
        status = dsi_hash_picture(&rooms->hasher, (enum dsi_picture_hash)kind,
                                  &rooms->planes, &picture, &hashes[kind], err);
    dsi_rows_free(&rows);
    return status;
}

int main(int argc, char **argv)
{
    const struct dsi_open_options options = {.limits = dsi_limits_default,
                                             .expand_palette = true};
    struct rooms rooms = {0};
    for (int i = 1; i < argc; i++) {
        struct dsi_source source;
        struct dsi_file file;
        struct dsi_error err;
        uint64_t hashes[2] = {0};
        enum dsi_status status = dsi_source_open(&source, argv[i], &err);
        if (status == DSI_OK) {
            status = dsi_file_open_named(&file, &source, argv[i], &options, &err);
            if (status == DSI_OK) {
                status = hash(&file, &rooms, hashes, &err);
                dsi_file_close(&file);
            }
            dsi_source_close(&source);
        }
        if (status == DSI_OK)
            printf("%016" PRIx64 " %016" PRIx64 " %s\n", hashes[0], hashes[1], argv[i]);
        else
            printf("- %s: %s\n", argv[i], err.message);
    }
    dsi_planes_free(&rooms.planes);
    dsi_hasher_free(&rooms.hasher);
    return 0;
}
