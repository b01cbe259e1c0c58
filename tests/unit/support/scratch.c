#include "scratch.h"

#include <fcntl.h>
#include <fts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

struct scratch_text {
    struct scratch_text *next;
    char text[];
};

void scratch_make(struct scratch *scratch)
{
    *scratch = (struct scratch){.root = "/tmp/dsinspect-test-XXXXXX"};
    assert_non_null(mkdtemp(scratch->root));
}

void scratch_remove(struct scratch *scratch)
{
    /* fts goes down by chdir, so that paths longer than PATH_MAX are no obstacle. */
    char *roots[] = {scratch->root, NULL};
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOSTAT, NULL);
    assert_non_null(fts);
    for (FTSENT *entry; (entry = fts_read(fts)) != NULL;) {
        if (entry->fts_info == FTS_D)
            (void)chmod(entry->fts_accpath, 0700);
        else if (entry->fts_info == FTS_DP)
            assert_int_equal(rmdir(entry->fts_accpath), 0);
        else
            assert_int_equal(unlink(entry->fts_accpath), 0);
    }
    fts_close(fts);
    while (scratch->texts) {
        struct scratch_text *next = scratch->texts->next;
        free(scratch->texts);
        scratch->texts = next;
    }
}

const char *scratch_path(struct scratch *scratch, const char *name)
{
    size_t n = strlen(scratch->root) + strlen(name) + 2;
    struct scratch_text *text = malloc(sizeof *text + n);
    assert_non_null(text);
    snprintf(text->text, n, "%s/%s", scratch->root, name);
    text->next = scratch->texts;
    scratch->texts = text;
    return text->text;
}

static const char *path_in_folder(struct scratch *scratch, const char *name)
{
    const char *path = scratch_path(scratch, name);
    char *copy = strdup(path);
    assert_non_null(copy);
    for (char *at = copy + strlen(scratch->root); (at = strchr(at + 1, '/'));) {
        *at = '\0';
        (void)mkdir(copy, 0700);
        *at = '/';
    }
    free(copy);
    return path;
}

const char *scratch_folder(struct scratch *scratch, const char *name)
{
    const char *path = path_in_folder(scratch, name);
    assert_int_equal(mkdir(path, 0700), 0);
    return path;
}

const char *scratch_link(struct scratch *scratch, const char *name, const char *to)
{
    const char *path = path_in_folder(scratch, name);
    assert_int_equal(symlink(to, path), 0);
    return path;
}

const char *scratch_write(struct scratch *scratch, const char *name, const void *data,
                          size_t n)
{
    const char *path = path_in_folder(scratch, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(n ? fwrite(data, 1, n, file) : 0, n);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* --- formats
 * --------------------------------------------------------------------------- */

static void put(struct dsi_bytes *to, const void *data, size_t n)
{
    assert_int_equal(dsi_bytes_append(to, data, n, NULL), DSI_OK);
}

const char *scratch_npy(struct scratch *scratch, const char *name, const char *descr,
                        bool fortran, const char *shape, const void *data, size_t n)
{
    char header[1024];
    int length = snprintf(header, sizeof header,
                          "{'descr': %s, 'fortran_order': %s, 'shape': %s, }", descr,
                          fortran ? "True" : "False", shape);
    assert_in_range(length, 1, (int)sizeof header - 128);
    size_t padded = ((size_t)length + 11 + 63) / 64 * 64 - 10;
    memset(header + length, ' ', padded - (size_t)length);
    header[padded - 1] = '\n';
    const uint8_t head[] = {0x93,
                            'N',
                            'U',
                            'M',
                            'P',
                            'Y',
                            1,
                            0,
                            (uint8_t)(padded & 255),
                            (uint8_t)(padded >> 8)};
    struct dsi_bytes bytes = {0};
    put(&bytes, head, sizeof head);
    put(&bytes, header, padded);
    put(&bytes, data, n);
    const char *path = scratch_write(scratch, name, bytes.data, bytes.n);
    dsi_bytes_free(&bytes);
    return path;
}

static void put_big(struct dsi_bytes *to, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
                             (uint8_t)(value >> 8), (uint8_t)value};
    put(to, bytes, sizeof bytes);
}

static void put_chunk(struct dsi_bytes *to, const char *type, const void *data,
                      size_t n)
{
    put_big(to, (uint32_t)n);
    size_t start = to->n;
    put(to, type, 4);
    put(to, data, n);
    put_big(to, (uint32_t)crc32(0, to->data + start, (uInt)(n + 4)));
}

const char *scratch_png(struct scratch *scratch, const char *name, uint32_t width,
                        uint32_t height, const uint8_t *pixels)
{
    struct dsi_bytes rows = {0}, head = {0}, png = {0};
    for (uint32_t y = 0; y < height; y++) {
        put(&rows, "\0", 1); /* filter: none */
        put(&rows, pixels + (size_t)y * width, width);
    }
    uLongf n_packed = compressBound(rows.n);
    uint8_t *packed = malloc(n_packed);
    assert_non_null(packed);
    assert_int_equal(compress(packed, &n_packed, rows.data, rows.n), Z_OK);
    put_big(&head, width);
    put_big(&head, height);
    put(&head, "\x08\0\0\0\0", 5); /* 8 bits, grey, deflate, adaptive, not interlaced */
    put(&png, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(&png, "IHDR", head.data, head.n);
    put_chunk(&png, "IDAT", packed, n_packed);
    put_chunk(&png, "IEND", NULL, 0);
    const char *path = scratch_write(scratch, name, png.data, png.n);
    free(packed);
    dsi_bytes_free(&rows);
    dsi_bytes_free(&head);
    dsi_bytes_free(&png);
    return path;
}

const char *scratch_gzip(struct scratch *scratch, const char *name, const void *data,
                         size_t n)
{
    const char *path = path_in_folder(scratch, name);
    gzFile file = gzopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, data, (unsigned)n), n);
    assert_int_equal(gzclose(file), Z_OK);
    return path;
}

void scratch_read(const char *path, struct dsi_bytes *bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t piece[65536];
    *bytes = (struct dsi_bytes){0};
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        put(bytes, piece, n);
    assert_int_equal(fclose(file), 0);
}
