#include "npz_crc.h"

#include "bytes.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { GAP_BYTES = 256 << 10 }; /* read at a time, to close a gap */

enum dsi_status dsi_crc_start(struct dsi_crc_pieces *crc, struct dsi_error *err)
{
    crc->n = 0;
    if (pthread_mutex_init(&crc->mutex, NULL) != 0)
        return dsi_fail_memory(err, sizeof crc->mutex);
    return DSI_OK;
}

void dsi_crc_stop(struct dsi_crc_pieces *crc)
{
    pthread_mutex_destroy(&crc->mutex);
}

static uint32_t join(const struct dsi_crc_piece *left,
                     const struct dsi_crc_piece *right)
{
    return (uint32_t)crc32_combine(left->crc, right->crc,
                                   (z_off_t)(right->end - right->first));
}

/* Makes one of pieces i and i + 1 when the second starts where the first ends. */
static void join_at(struct dsi_crc_pieces *crc, size_t i)
{
    struct dsi_crc_piece *left = &crc->pieces[i], *right = left + 1;
    if (i + 1 >= crc->n || left->end != right->first)
        return;
    left->crc = join(left, right);
    left->end = right->end;
    memmove(right, right + 1, (crc->n - i - 2) * sizeof *right);
    crc->n--;
}

static void insert(struct dsi_crc_pieces *crc, const struct dsi_crc_piece *piece)
{
    size_t i = crc->n;
    while (i > 0 && crc->pieces[i - 1].first >= piece->first)
        i--;
    bool follows = i > 0 && crc->pieces[i - 1].end == piece->first;
    bool overlaps = (i > 0 && crc->pieces[i - 1].end > piece->first) ||
                    (i < crc->n && crc->pieces[i].first < piece->end);
    if (overlaps)
        return;
    if (follows) { /* needs no place of its own */
        crc->pieces[i - 1].crc = join(&crc->pieces[i - 1], piece);
        crc->pieces[i - 1].end = piece->end;
        join_at(crc, i - 1);
        return;
    }
    if (crc->n == DSI_CRC_MAX_PIECES)
        return;
    memmove(&crc->pieces[i + 1], &crc->pieces[i], (crc->n - i) * sizeof *piece);
    crc->pieces[i] = *piece;
    crc->n++;
    join_at(crc, i);
}

void dsi_crc_add(struct dsi_crc_pieces *crc, uint64_t offset, const void *bytes,
                 size_t n)
{
    struct dsi_crc_piece piece = {.first = offset, .end = offset + n};
    if (n == 0)
        return;
    piece.crc = libdeflate_crc32(0, bytes, n);
    pthread_mutex_lock(&crc->mutex);
    insert(crc, &piece);
    pthread_mutex_unlock(&crc->mutex);
}

/* Reads on from the end of the leading piece to where the next one starts. */
static enum dsi_status close_gap(struct dsi_crc_pieces *crc, struct dsi_source *source,
                                 uint64_t n_bytes, uint8_t *buffer,
                                 struct dsi_error *err)
{
    struct dsi_crc_piece *lead = &crc->pieces[0];
    uint64_t end = crc->n > 1 ? crc->pieces[1].first : n_bytes;
    while (lead->end < end) {
        uint64_t left = end - lead->end;
        size_t n = left < GAP_BYTES ? (size_t)left : GAP_BYTES;
        DSI_TRY(dsi_source_read_all(source, lead->end, buffer, n, err));
        lead->crc = libdeflate_crc32(lead->crc, buffer, n);
        lead->end += n;
    }
    join_at(crc, 0);
    return DSI_OK;
}

static enum dsi_status close_all(struct dsi_crc_pieces *crc, struct dsi_source *source,
                                 uint64_t n_bytes, struct dsi_error *err)
{
    uint8_t *buffer = dsi_alloc_array(GAP_BYTES, 1);
    enum dsi_status status = buffer ? DSI_OK : dsi_fail_memory(err, GAP_BYTES);
    if (crc->n == 0 || crc->pieces[0].first > 0) { /* nothing, from which to go on */
        size_t kept = crc->n < DSI_CRC_MAX_PIECES ? crc->n : DSI_CRC_MAX_PIECES - 1;
        memmove(crc->pieces + 1, crc->pieces, kept * sizeof *crc->pieces);
        crc->pieces[0] = (struct dsi_crc_piece){0};
        crc->n = kept + 1;
    }
    while (status == DSI_OK && (crc->n > 1 || crc->pieces[0].end < n_bytes))
        status = close_gap(crc, source, n_bytes, buffer, err);
    free(buffer);
    return status;
}

enum dsi_status dsi_crc_of_all(struct dsi_crc_pieces *crc, struct dsi_source *source,
                               uint64_t n_bytes, uint32_t *value, struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    pthread_mutex_lock(&crc->mutex);
    bool whole =
        crc->n == 1 && crc->pieces[0].first == 0 && crc->pieces[0].end == n_bytes;
    if (!whole && n_bytes)
        status = close_all(crc, source, n_bytes, err);
    *value = n_bytes ? crc->pieces[0].crc : 0;
    pthread_mutex_unlock(&crc->mutex);
    return status;
}

enum dsi_status dsi_crc_check(uint32_t crc, uint32_t wanted, struct dsi_error *err)
{
    if (crc == wanted)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_CRC,
                    "CRC-32 is %08x, but the archive's directory says %08x: the "
                    "values are damaged",
                    (unsigned)crc, (unsigned)wanted);
}
