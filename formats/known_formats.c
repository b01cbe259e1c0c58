#include "known_formats.h"

#include <stdbool.h>

#define NUMPY   "save its arrays with numpy.save"
#define PICTURE "save it as PNG"
#define PACKED  "decompress it first"
#define PICKLE  "a Python pickle, which may run code when loaded: " NUMPY

/* A dot in a signature stands for any byte. */
static const struct {
    size_t n;
    const char *signature, *text;
} known[] = {
    {6, "GIF87a", "a GIF picture: " PICTURE},
    {6, "GIF89a", "a GIF picture: " PICTURE},
    {12, "RIFF....WEBP", "a WebP picture: " PICTURE},
    {4, "II*\0", "a TIFF picture: " PICTURE},
    {4, "MM\0*", "a TIFF picture: " PICTURE},
    {2, "BM", "a BMP picture: " PICTURE},
    {4, "PAR1", "a Parquet table: save it as CSV"},
    {5, "%PDF-", "a PDF document: save its pictures as PNG"},
    {2, "\x80\2", PICKLE},
    {2, "\x80\3", PICKLE},
    {2, "\x80\4", PICKLE},
    {2, "\x80\5", PICKLE},
    {3, "BZh", "bzip2: " PACKED},
    {6, "\xfd\x37zXZ\0", "xz: " PACKED},
    {4, "\x28\xb5\x2f\xfd", "zstd: " PACKED},
};

static bool is_match(const uint8_t *head, const char *signature, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (signature[i] != '.' && head[i] != (uint8_t)signature[i])
            return false;
    return true;
}

const char *dsi_known_format(const uint8_t *head, size_t n, size_t *n_matched)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (n >= known[i].n && is_match(head, known[i].signature, known[i].n)) {
            *n_matched = known[i].n;
            return known[i].text;
        }
    }
    return NULL;
}
