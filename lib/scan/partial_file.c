/* Partial files on disk, and the files whose contents they vouch for. */
#include "partial.h"

#include <string.h>
#include <xxhash.h>

enum { START = 8, PIECE = 1 << 16 };

enum dsi_status dsi_partial_read(const char *path, struct dsi_bytes *bytes,
                                 struct dsi_error *err)
{
    struct dsi_source source;
    struct dsi_partial partial;
    uint8_t start[START];
    size_t got;
    DSI_TRY(dsi_source_open(&source, path, err));
    /* What is no partial file may be of any size: it is not read in to be told so. */
    enum dsi_status status =
        dsi_source_read(&source, 0, start, sizeof start, &got, err);
    if (status == DSI_OK &&
        dsi_partial_parse(&partial, start, got, err) == DSI_ERR_UNKNOWN_FORMAT)
        status = DSI_ERR_UNKNOWN_FORMAT;
    if (status == DSI_OK)
        status = dsi_bytes_claim(bytes, source.n_bytes, err);
    if (status == DSI_OK)
        status = dsi_source_read(&source, 0, bytes->data, bytes->n, &bytes->n, err);
    dsi_source_close(&source);
    return status;
}

static enum dsi_status hash_source(struct dsi_source *source, XXH3_state_t *hash,
                                   struct dsi_error *err)
{
    uint8_t piece[PIECE];
    size_t got = PIECE;
    for (uint64_t at = 0; got == PIECE; at += got) {
        DSI_TRY(dsi_source_read(source, at, piece, sizeof piece, &got, err));
        XXH3_128bits_update(hash, piece, got);
    }
    return DSI_OK;
}

enum dsi_status dsi_partial_hash_file(const char *path,
                                      uint8_t hash[DSI_PARTIAL_HASH_SIZE],
                                      struct dsi_error *err)
{
    struct dsi_source source;
    XXH128_canonical_t canonical;
    DSI_TRY(dsi_source_open(&source, path, err));
    XXH3_state_t *state = XXH3_createState();
    enum dsi_status status = state ? DSI_OK : dsi_fail_memory(err, 1024);
    if (state) {
        XXH3_128bits_reset(state);
        status = hash_source(&source, state, err);
        XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
        memcpy(hash, canonical.digest, DSI_PARTIAL_HASH_SIZE);
    }
    XXH3_freeState(state);
    dsi_source_close(&source);
    return status;
}
