#include "jpeg_frame.h"
#include "exif.h"

#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

enum {
    SOF0 = 0xc0, /* baseline */
    SOF1 = 0xc1, /* extended */
    SOF2 = 0xc2, /* progressive */
    DHT = 0xc4,
    JPG = 0xc8,
    SOF9 = 0xc9,  /* extended, arithmetic */
    SOF10 = 0xca, /* progressive, arithmetic */
    DAC = 0xcc,
    SOF15 = 0xcf,
    RST0 = 0xd0,
    RST7 = 0xd7,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    APP1 = 0xe1,
    TEM = 0x01,
};

/* The next marker's code. Bytes between segments are passed over as libjpeg does, which
 * warns of them when it decodes. */
static enum dsi_status next_marker(struct dsi_image_input *in, uint8_t *code,
                                   struct dsi_error *err)
{
    uint8_t byte;
    do {
        do
            DSI_TRY(dsi_image_input_take(in, &byte, 1, err));
        while (byte != 0xff);
        do
            DSI_TRY(dsi_image_input_take(in, &byte, 1, err));
        while (byte == 0xff);
    } while (byte == 0);
    *code = byte;
    return DSI_OK;
}

static bool is_frame(uint8_t code)
{
    return code >= SOF0 && code <= SOF15 && code != DHT && code != JPG && code != DAC;
}

static enum dsi_status read_frame(struct dsi_image_input *in, struct dsi_jpeg_frame *h,
                                  struct dsi_error *err)
{
    uint8_t p[8]; /* length, precision, height, width, number of components */
    DSI_TRY(dsi_image_input_take(in, p, sizeof p, err));
    unsigned length = (unsigned)p[0] << 8 | p[1];
    h->precision = p[2];
    h->height = (unsigned)p[3] << 8 | p[4];
    h->width = (unsigned)p[5] << 8 | p[6];
    h->n_components = p[7];
    if (length != 8 + 3 * h->n_components)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "a frame header of %u bytes for %u components", length,
                        h->n_components);
    return DSI_OK;
}

/* The first EXIF block of n bytes of an APP1 segment, which may hold other things. in
 * ends up somewhere in it. */
static enum dsi_status read_app1(struct dsi_image_input *in, unsigned n,
                                 struct dsi_jpeg_frame *h, struct dsi_error *err)
{
    static const char name[6] = "Exif\0";
    char found[sizeof name];
    if (n < sizeof name || h->orientation)
        return DSI_OK;
    DSI_TRY(dsi_image_input_take(in, found, sizeof found, err));
    if (memcmp(found, name, sizeof name) != 0)
        return DSI_OK;
    return dsi_exif_orientation(in, n - (unsigned)sizeof name, &h->orientation, err);
}

static enum dsi_status pass_segment(struct dsi_image_input *in, unsigned n,
                                    struct dsi_jpeg_frame *h, struct dsi_error *err)
{
    const uint64_t end = dsi_image_input_position(in) + n;
    if (h->marker == APP1)
        DSI_TRY(read_app1(in, n, h, err));
    dsi_image_input_skip(in, end - dsi_image_input_position(in));
    return DSI_OK;
}

/* Walks the segments to the frame header; what lies between is not read, but EXIF. */
static enum dsi_status find_frame(struct dsi_image_input *in, struct dsi_jpeg_frame *h,
                                  struct dsi_error *err)
{
    uint8_t soi[2], length[2];
    DSI_TRY(dsi_image_input_take(in, soi, sizeof soi, err));
    if (soi[0] != 0xff || soi[1] != SOI)
        return dsi_fail(err, DSI_ERR_MALFORMED, "not a JPEG signature");
    for (;;) {
        DSI_TRY(next_marker(in, &h->marker, err));
        uint8_t code = h->marker;
        if (is_frame(code))
            return read_frame(in, h, err);
        if (code == SOI || code == EOI || code == SOS)
            return dsi_fail(
                err, DSI_ERR_MALFORMED,
                "holds no image: marker %02X where a frame header should be", code);
        if (code == TEM || (code >= RST0 && code <= RST7))
            continue;
        DSI_TRY(dsi_image_input_take(in, length, sizeof length, err));
        unsigned n = (unsigned)length[0] << 8 | length[1];
        if (n < 2)
            return dsi_fail(err, DSI_ERR_MALFORMED, "a segment of %u bytes", n);
        DSI_TRY(pass_segment(in, n - 2, h, err));
    }
}

const char *dsi_jpeg_frame_coding(const struct dsi_jpeg_frame *frame)
{
    switch (frame->marker) {
    case SOF0:
        return "baseline";
    case SOF1:
        return "extended";
    case SOF2:
        return "progressive";
    case SOF9:
        return "extended, arithmetic";
    case SOF10:
        return "progressive, arithmetic";
    default:
        return NULL;
    }
}

static enum dsi_status check_frame(const struct dsi_jpeg_frame *h,
                                   struct dsi_error *err)
{
    if (!dsi_jpeg_frame_coding(h))
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "lossless or hierarchical coding (SOF%u) is not read",
                        h->marker - SOF0);
    if (h->precision != 8)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "%u-bit samples; 8-bit ones are read",
                        h->precision);
    if (h->width == 0 || h->n_components == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "%u x %u pixels of %u components: an image has some", h->width,
                        h->height, h->n_components);
    if (h->height == 0)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "the height is given behind the picture (DNL) or is 0");
    if (h->width > JPEG_MAX_DIMENSION || h->height > JPEG_MAX_DIMENSION)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "%u x %u pixels; libjpeg reads up to %ld a side", h->width,
                        h->height, JPEG_MAX_DIMENSION);
    if (h->n_components != 1 && h->n_components != 3 && h->n_components != 4)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED, "%u components; 1, 3 and 4 are read",
                        h->n_components);
    return DSI_OK;
}

enum dsi_status dsi_jpeg_frame_find(struct dsi_image_input *in,
                                    struct dsi_jpeg_frame *frame, struct dsi_error *err)
{
    DSI_TRY(find_frame(in, frame, err));
    return check_frame(frame, err);
}
