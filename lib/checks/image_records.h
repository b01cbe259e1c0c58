/* What images keeps of each picture, as little as the end of the check can do with: a
 * set may have millions. A commutative monoid once it is sorted. One owner, no
 * threads. */
#ifndef DSI_IMAGE_RECORDS_H
#define DSI_IMAGE_RECORDS_H

#include "bytes.h"
#include "content_hash.h"
#include "images.h"
#include "picture.h"

/* Measures that are kept of every picture where a table of all is wanted, and none of
 * them where not. */
enum {
    DSI_KEPT_BRIGHTNESS,
    DSI_KEPT_PERCENTILES, /* seven, in the order they were asked for */
    DSI_KEPT_ENTROPY = DSI_KEPT_PERCENTILES + 7,
    DSI_KEPT_EDGES,
    DSI_KEPT_HISTOGRAM,
    DSI_KEPT_BYTES,
    DSI_N_KEPT
};

struct dsi_image_record {
    uint64_t sample;
    uint64_t path_at;   /* of where, in paths; UINT64_MAX: a row of an array */
    uint64_t scores_at; /* of those of its issues that have one, in their order */
    struct dsi_content_hash content;
    uint64_t phash;
    uint32_t group, width, height;
    uint16_t issues; /* a bit each: those that one picture tells */
    uint8_t mode;    /* enum dsi_picture_mode */
    uint8_t orientation;
};

struct dsi_image_records {
    bool keeps_all; /* kept holds DSI_N_KEPT numbers a record, in their order */
    struct dsi_image_record *records;
    double *kept;
    size_t n, capacity, kept_capacity;
    struct dsi_bytes paths;  /* each ends with NUL */
    struct dsi_bytes scores; /* double */
};

/* Adds a record, whose path_at and scores_at are set here. where NULL: none; scores are
 * of its issues; kept is NULL unless all is kept. */
DSI_CHECKED enum dsi_status
dsi_image_records_add(struct dsi_image_records *records,
                      const struct dsi_image_record *record, const char *where,
                      const double *scores, const double *kept, struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_image_records_merge(struct dsi_image_records *into,
                        const struct dsi_image_records *from, struct dsi_error *err);

/* By group and sample: their order in the list. The caller frees it. DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status
dsi_image_records_order(const struct dsi_image_records *records, size_t **order,
                        struct dsi_error *err);

DSI_CHECKED enum dsi_status
dsi_image_records_save(const struct dsi_image_records *records, struct dsi_bytes *out,
                       struct dsi_error *err);
/* Trusts nothing: groups are below n_groups. */
DSI_CHECKED enum dsi_status dsi_image_records_load(struct dsi_image_records *records,
                                                   struct dsi_bytes_reader *in,
                                                   size_t n_groups,
                                                   struct dsi_error *err);

/* NULL: it is a row of an array. */
const char *dsi_image_record_where(const struct dsi_image_records *records, size_t i);
/* Of an issue that the record has and that has a score. */
double dsi_image_record_score(const struct dsi_image_records *records, size_t i,
                              enum dsi_image_issue issue);
void dsi_image_records_free(struct dsi_image_records *records);

#endif
