/* Any bytes as a PNG file. Random bytes seldom pass a CRC, so for half of the inputs
 * (an odd last byte) every chunk's CRC is put right first. Rows read in two parts must
 * equal those read at once. */
#include "fuzz_image.h"

#include <zlib.h>

static uint32_t big32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void mend(uint8_t *data, size_t n)
{
    size_t at = 8;
    while (at < n && n - at >= 12) {
        uint32_t length = big32(data + at);
        if (length > n - at - 12)
            return;
        uint32_t crc = (uint32_t)crc32(0, data + at + 4, length + 4);
        for (int i = 0; i < 4; i++)
            data[at + 8 + length + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
        at += (size_t)length + 12;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        return 0;
    if (n)
        memcpy(copy, data, n);
    if (n && (data[n - 1] & 1))
        mend(copy, n);
    fuzz_image(copy, n, &dsi_format_png, false);
    fuzz_image(copy, n, &dsi_format_png, true);
    free(copy);
    return 0;
}
