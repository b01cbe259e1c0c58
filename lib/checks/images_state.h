/* What the files of the check images share. */
#ifndef DSI_IMAGES_STATE_H
#define DSI_IMAGES_STATE_H

#include "check.h"
#include "image_records.h"
#include "picture_measures.h"
#include "record_list.h"

/* Issues that files have rather than pictures: the first ones. */
enum { DSI_N_FILE_ISSUES = DSI_ISSUE_SUFFIX_LIES + 1 };

/* Rows of file issues listed at most; the rest is counted. */
enum { DSI_MAX_FILE_ISSUES = 100000 };

/* A record of a file issue: key is group, sample, issue; number is 1 where there is no
 * picture because of it; texts are where and detail. */
enum { DSI_FILE_ISSUE_WHERE, DSI_FILE_ISSUE_DETAIL };

/* The percents of brightness that CleanVision has, the ones that pictures are judged by
 * first. */
enum { DSI_LIGHT_PERCENT, DSI_DARK_PERCENT, DSI_N_JUDGED_PERCENTS, DSI_N_PERCENTS = 7 };
extern const unsigned dsi_images_percents[DSI_N_PERCENTS];

struct dsi_images_group {
    uint64_t n_images; /* those that could not be read, too */
    uint64_t n_of_files[DSI_N_FILE_ISSUES];
    uint64_t has_others; /* 1: samples that are no pictures */
};

struct dsi_images {
    const struct dsi_dataset *dataset;
    const struct dsi_images_parameters *parameters;
    struct dsi_images_group *groups;
    struct dsi_image_records records;
    struct dsi_record_list file_issues;
    struct dsi_picture_meter *meter; /* of updates; NULL: none yet */
};

static inline bool dsi_images_asks(const struct dsi_images *images,
                                   enum dsi_image_issue issue)
{
    return images->parameters->issues >> issue & 1;
}

/* What one picture's measures say: which issues it has, and their scores in order. */
struct dsi_image_verdict {
    uint32_t issues;
    double scores[DSI_N_IMAGE_ISSUES];
    size_t n_scores;
};
void dsi_images_judge(const struct dsi_images_parameters *parameters,
                      const struct dsi_picture *picture,
                      const struct dsi_picture_measures *measures,
                      struct dsi_image_verdict *verdict);

double dsi_images_aspect_ratio(uint64_t width, uint64_t height);
double dsi_images_information_score(double entropy);
double dsi_images_blurry_score(struct dsi_blurriness blurriness);
bool dsi_images_is_grey(enum dsi_picture_mode mode);

/* --- at the end ---------------------------------------------------------------------
 */

/* Of the pictures that one is among: those that are the same, or look alike. */
struct dsi_image_kin {
    size_t first, n; /* place of the first of them; how many, at least itself */
};

/* What all pictures together say of each. */
struct dsi_images_set {
    size_t *order; /* of the records, by group and sample: index at a place */
    struct dsi_image_kin *same, *alike; /* by place; NULL: not looked for */
    uint64_t n_of_mode[DSI_N_MODES];
    enum dsi_picture_mode commonest;
    /* Of sizes, sqrt(width height): limits beyond which one is odd. */
    double middle, norm, threshold;
};

DSI_CHECKED enum dsi_status dsi_images_set_make(const struct dsi_images *images,
                                                struct dsi_images_set *set,
                                                struct dsi_error *err);
void dsi_images_set_free(struct dsi_images_set *set);

/* Whether the picture at the place has the issue, which is not one of files, and by
 * which score. */
bool dsi_images_has(const struct dsi_images *images, const struct dsi_images_set *set,
                    size_t place, enum dsi_image_issue issue, double *score);

/* images_kin.c; has_kin is asked of exact and near duplicates that are looked for. */
DSI_CHECKED enum dsi_status dsi_images_find_kin(const struct dsi_images *images,
                                                struct dsi_images_set *set,
                                                struct dsi_error *err);
bool dsi_images_has_kin(const struct dsi_images_set *set, size_t place,
                        enum dsi_image_issue issue, struct dsi_image_kin *kin);

double dsi_images_size(uint64_t width, uint64_t height);
double dsi_images_size_score(const struct dsi_images_set *set, uint64_t width,
                             uint64_t height);
double dsi_images_mode_score(const struct dsi_images *images,
                             const struct dsi_images_set *set,
                             enum dsi_picture_mode mode);

/* The rows of either table, the summary and the findings. */
enum { DSI_IMAGES_COLUMNS = 4, DSI_IMAGE_TABLE_COLUMNS = 31 };
DSI_CHECKED enum dsi_status dsi_images_report(struct dsi_images *images,
                                              struct dsi_report *report,
                                              struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_images_report_all(const struct dsi_images *images,
                                                  const struct dsi_images_set *set,
                                                  struct dsi_report *report,
                                                  struct dsi_error *err);

/* Where record i is: a path, or FILE[index] in text. */
DSI_CHECKED enum dsi_status dsi_images_where(const struct dsi_images *images, size_t i,
                                             struct dsi_bytes *text, const char **where,
                                             struct dsi_error *err);

#endif
