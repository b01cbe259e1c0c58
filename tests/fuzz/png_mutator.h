/* libFuzzer's mutations of a PNG file made where they matter, in the filtered rows and
 * in the deflate stream, and the file put together around them again: lengths, CRCs,
 * Adler-32, IDAT chunks cut anywhere. For a target that includes it; without the
 * fuzzer nothing of it runs. */
#ifndef DSI_PNG_MUTATOR_H
#define DSI_PNG_MUTATOR_H

#include <libdeflate.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

/* libFuzzer's own; weak, as a replay has none. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max);

enum {
    PNG_SIGNATURE = 8,
    PNG_IHDR = 13,
    PNG_RAW_BYTES = 1 << 16,  /* most filtered bytes made */
    PNG_FILE_BYTES = 1 << 17, /* and most bytes of a file */
    PNG_COLOUR_AT = 9,        /* in IHDR */
};

static inline uint32_t png_load(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void png_store(uint8_t *p, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The chunk at *at, which moves behind it; NULL at the end. */
static inline const uint8_t *png_next(const uint8_t *data, size_t n, size_t *at,
                                      uint32_t *length)
{
    if (*at > n || n - *at < 12 || (*length = png_load(data + *at)) > n - *at - 12)
        return NULL;
    const uint8_t *chunk = data + *at;
    *at += 12 + (size_t)*length;
    return chunk;
}

/* What all IDAT chunks hold, one after the other; out has room for n bytes. */
static inline size_t png_join(const uint8_t *data, size_t n, uint8_t *out)
{
    size_t at = PNG_SIGNATURE, n_out = 0;
    uint32_t length;
    const uint8_t *chunk;
    while ((chunk = png_next(data, n, &at, &length))) {
        if (memcmp(chunk + 4, "IDAT", 4) == 0) {
            memcpy(out + n_out, chunk + 8, length);
            n_out += length;
        }
    }
    return n_out;
}

/* A file taken apart, and the random numbers that decide what becomes of it. */
struct png_draft {
    uint8_t ihdr[PNG_IHDR];
    uint8_t raw[PNG_RAW_BYTES], zlib[PNG_FILE_BYTES], file[PNG_FILE_BYTES];
    size_t n_raw, n_zlib, n_file;
    uint32_t random;
};

static inline uint32_t png_random(struct png_draft *d, uint32_t n)
{
    d->random = d->random * 1664525U + 1013904223U;
    return (uint32_t)(((uint64_t)(d->random >> 8) * n) >> 24);
}

static inline void png_mend_crcs(uint8_t *data, size_t n)
{
    size_t at = PNG_SIGNATURE, start = at;
    uint32_t length;
    for (; png_next(data, n, &at, &length); start = at)
        png_store(data + at - 4, (uint32_t)crc32(0, data + start + 4, length + 4));
}

static inline void png_add_chunk(struct png_draft *d, const char *name,
                                 const uint8_t *data, size_t n)
{
    if (sizeof d->file - d->n_file < n + 12)
        return;
    uint8_t *chunk = d->file + d->n_file;
    png_store(chunk, (uint32_t)n);
    memcpy(chunk + 4, name, 4);
    if (n)
        memcpy(chunk + 8, data, n);
    png_store(chunk + 8 + n, (uint32_t)crc32(0, chunk + 4, (uInt)n + 4));
    d->n_file += n + 12;
}

static inline void png_add_other(struct png_draft *d)
{
    static const char *const names[] = {"tEXt", "gAMA", "tRNS", "pHYs", "bKGD", "zzzz",
                                        "PLTE", "IHDR", "ABCD", "abcd", "IEND", "sPLT"};
    const char *name = names[png_random(d, sizeof names / sizeof *names)];
    if (png_random(d, 8) == 0)
        png_add_chunk(d, name, d->ihdr, png_random(d, PNG_IHDR + 1));
}

static inline void png_add_idats(struct png_draft *d)
{
    const bool is_whole = png_random(d, 2);
    for (size_t at = 0; at < d->n_zlib || png_random(d, 8) == 0;) {
        const size_t rest = d->n_zlib - at;
        size_t n = png_random(d, (uint32_t)(rest < 40 ? rest + 1 : 40));
        if (is_whole && png_random(d, 8))
            n = rest;
        png_add_chunk(d, "IDAT", d->zlib + at, n);
        at += n;
        if (png_random(d, 64) == 0)
            png_add_other(d);
    }
}

static inline void png_put_together(struct png_draft *d)
{
    memcpy(d->file, "\x89PNG\r\n\x1a\n", PNG_SIGNATURE);
    d->n_file = PNG_SIGNATURE;
    png_add_chunk(d, "IHDR", d->ihdr, PNG_IHDR);
    png_add_other(d);
    png_add_idats(d);
    png_add_other(d);
    png_add_chunk(d, "IEND", NULL, 0);
    if (png_random(d, 32) == 0)
        png_add_other(d);
}

static inline size_t png_row_bytes(const uint8_t *ihdr)
{
    static const uint8_t n_channels[] = {1, 0, 3, 0, 2, 0, 4};
    const uint8_t colour = ihdr[PNG_COLOUR_AT];
    return (size_t)(png_load(ihdr) & 0xffff) *
           (colour < sizeof n_channels ? n_channels[colour] : 0);
}

/* Another size or kind of picture. */
static inline void png_mutate_header(struct png_draft *d)
{
    static const uint8_t colours[] = {0, 2, 4, 6};
    d->ihdr[8] = 8;
    d->ihdr[PNG_COLOUR_AT] = colours[png_random(d, 4)];
    if (png_random(d, 2))
        png_store(d->ihdr, 1 + png_random(d, png_random(d, 4) ? 24 : 300));
    if (png_random(d, 2))
        png_store(d->ihdr + 4, 1 + png_random(d, 24));
}

static inline void png_mutate_filters(struct png_draft *d, size_t row_bytes)
{
    const bool is_odd = png_random(d, 32) == 0, is_one = png_random(d, 4) == 0;
    const uint8_t one = (uint8_t)png_random(d, 5);
    for (size_t at = 0; at < d->n_raw; at += row_bytes + 1)
        d->raw[at] = is_odd   ? (uint8_t)png_random(d, 7)
                     : is_one ? one
                              : (uint8_t)png_random(d, 5);
}

/* Makes rows as many and as long as the header says, and filters that there are. */
static inline void png_fit(struct png_draft *d)
{
    const size_t row_bytes = png_row_bytes(d->ihdr);
    const size_t n = (row_bytes + 1) * (png_load(d->ihdr + 4) & 0xffff);
    if (n > sizeof d->raw)
        return;
    for (size_t i = d->n_raw; i < n; i++)
        d->raw[i] = (uint8_t)(i < 64 ? png_random(d, 256) : d->raw[i - 61] * 5U + 1);
    d->n_raw = n;
    for (size_t at = 0; at < n; at += row_bytes + 1)
        d->raw[at] = d->raw[at] % 5;
    if (png_random(d, 4) == 0)
        png_mutate_filters(d, row_bytes);
    if (png_random(d, 32) == 0)
        d->n_raw -= d->n_raw > 0;
}

static inline void png_mutate_rows(struct png_draft *d)
{
    uLongf n = sizeof d->raw;
    if (uncompress(d->raw, &n, d->zlib, d->n_zlib) != Z_OK)
        n = 0;
    d->n_raw = n;
    if (png_random(d, 3) == 0)
        png_mutate_header(d);
    else
        d->n_raw = LLVMFuzzerMutate(d->raw, d->n_raw, sizeof d->raw);
    png_fit(d);
    static const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY,
                                     Z_RLE, Z_FIXED};
    const int level = (int)png_random(d, 10), window = 9 + (int)png_random(d, 7);
    z_stream z = {.next_in = d->raw,
                  .avail_in = (uInt)d->n_raw,
                  .next_out = d->zlib,
                  .avail_out = sizeof d->zlib};
    if (deflateInit2(&z, level, Z_DEFLATED, window, 1 + (int)png_random(d, 9),
                     strategies[png_random(d, 5)]) != Z_OK)
        return;
    deflate(&z, Z_FINISH);
    d->n_zlib = z.total_out;
    deflateEnd(&z);
}

/* The stream itself, with the sum of what comes of it; as many rows as that makes. */
static inline void png_mutate_stream(struct png_draft *d)
{
    size_t n_in, n_out;
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    d->n_zlib = LLVMFuzzerMutate(d->zlib, d->n_zlib, PNG_RAW_BYTES);
    if (inflater && d->n_zlib > 6 &&
        libdeflate_deflate_decompress_ex(inflater, d->zlib + 2, d->n_zlib - 2, d->raw,
                                         sizeof d->raw, &n_in, &n_out) == 0) {
        const size_t n_row = png_row_bytes(d->ihdr) + 1;
        png_store(d->zlib + 2 + n_in, libdeflate_adler32(1, d->raw, n_out));
        d->n_zlib = n_in + 6;
        if (n_out && n_out % n_row == 0)
            png_store(d->ihdr + 4, (uint32_t)(n_out / n_row));
        else if (n_out > 1 && d->ihdr[PNG_COLOUR_AT] == 0) {
            png_store(d->ihdr, (uint32_t)n_out - 1);
            png_store(d->ihdr + 4, 1);
        }
    }
    libdeflate_free_decompressor(inflater);
}

/* For the target to offer as LLVMFuzzerCustomMutator. */
static inline size_t png_mutate(uint8_t *data, size_t n, size_t max, unsigned seed)
{
    static struct png_draft d; /* too large for a stack; the fuzzer has one thread */
    d.random = seed;
    const uint32_t way = png_random(&d, 16);
    if (way < 3 || n < PNG_SIGNATURE + PNG_IHDR + 12 || n > sizeof d.zlib) {
        n = LLVMFuzzerMutate(data, n, max);
        if (way > 0)
            png_mend_crcs(data, n);
        return n;
    }
    memcpy(d.ihdr, data + PNG_SIGNATURE + 8, PNG_IHDR);
    d.n_zlib = png_join(data, n, d.zlib);
    if (way < 7)
        png_mutate_stream(&d);
    else if (way < 14)
        png_mutate_rows(&d);
    png_put_together(&d);
    if (d.n_file > max)
        return LLVMFuzzerMutate(data, n, max);
    memcpy(data, d.file, d.n_file);
    return d.n_file;
}

#endif
