/* Scores and issues, by the formulas and thresholds of CleanVision 0.3 (its
 * issue_managers): a score of 0 is the worst, 1 is fine, and a picture has the issue
 * when its score is below the threshold. */
#include "images_state.h"

#include <math.h>
#include <stdlib.h>

const struct dsi_image_issue_kind dsi_image_issues[DSI_N_IMAGE_ISSUES] = {
    [DSI_ISSUE_UNREADABLE] = {"unreadable", false, 0},
    [DSI_ISSUE_TRUNCATED] = {"truncated", false, 0},
    [DSI_ISSUE_CRC] = {"crc", false, 0},
    [DSI_ISSUE_SUFFIX_LIES] = {"suffix_lies", false, 0},
    [DSI_ISSUE_EXIF_ROTATED] = {"exif_rotated", false, 0},
    [DSI_ISSUE_UNUSUAL_MODE] = {"unusual_mode", true, 0.1},
    [DSI_ISSUE_DARK] = {"dark", true, 0.32},
    [DSI_ISSUE_LIGHT] = {"light", true, 0.05},
    [DSI_ISSUE_ODD_ASPECT_RATIO] = {"odd_aspect_ratio", true, 0.35},
    [DSI_ISSUE_LOW_INFORMATION] = {"low_information", true, 0.3},
    [DSI_ISSUE_BLURRY] = {"blurry", true, 0.29},
    [DSI_ISSUE_GRAYSCALE] = {"grayscale", false, 0},
    [DSI_ISSUE_ODD_SIZE] = {"odd_size", true, NAN},
    [DSI_ISSUE_EXACT_DUPLICATES] = {"exact_duplicates", false, 0},
    [DSI_ISSUE_NEAR_DUPLICATES] = {"near_duplicates", false, 0},
};

const struct dsi_images_parameters dsi_images_defaults = {
    .issues = (1U << DSI_N_IMAGE_ISSUES) - 1,
    .thresholds = {[DSI_ISSUE_UNUSUAL_MODE] = 0.1,
                   [DSI_ISSUE_DARK] = 0.32,
                   [DSI_ISSUE_LIGHT] = 0.05,
                   [DSI_ISSUE_ODD_ASPECT_RATIO] = 0.35,
                   [DSI_ISSUE_LOW_INFORMATION] = 0.3,
                   [DSI_ISSUE_BLURRY] = 0.29,
                   [DSI_ISSUE_ODD_SIZE] = NAN}};

/* --- of one picture ------------------------------------------------------------------
 */

double dsi_images_aspect_ratio(uint64_t width, uint64_t height)
{
    const double across = (double)width, down = (double)height;
    return across < down ? across / down : down / across;
}

double dsi_images_information_score(double entropy)
{
    return fmin(0.1 * entropy, 1);
}

double dsi_images_blurry_score(struct dsi_blurriness blurriness)
{
    /* A picture of few colours is let off by its histogram. */
    const double factor = 0.01, least = 0.18;
    const double edges = 1 - exp(-blurriness.edges * factor);
    const double histogram = 1 - exp(-blurriness.histogram * factor);
    return fmin(edges + (histogram <= least ? 0 : histogram), 1);
}

bool dsi_images_is_grey(enum dsi_picture_mode mode)
{
    return mode == DSI_MODE_BILEVEL || mode == DSI_MODE_GREY ||
           mode == DSI_MODE_GREY_ALPHA || mode == DSI_MODE_GREY16 ||
           mode == DSI_MODE_GREY_ALPHA16;
}

static void judge_score(const struct dsi_images_parameters *p,
                        enum dsi_image_issue issue, double score,
                        struct dsi_image_verdict *verdict)
{
    if (!(p->issues >> issue & 1) || !(score < p->thresholds[issue]))
        return;
    verdict->issues |= 1U << issue;
    verdict->scores[verdict->n_scores++] = score;
}

void dsi_images_judge(const struct dsi_images_parameters *p,
                      const struct dsi_picture *picture,
                      const struct dsi_picture_measures *measures,
                      struct dsi_image_verdict *verdict)
{
    *verdict = (struct dsi_image_verdict){0};
    judge_score(p, DSI_ISSUE_DARK, measures->percentiles[DSI_DARK_PERCENT], verdict);
    judge_score(p, DSI_ISSUE_LIGHT, 1 - measures->percentiles[DSI_LIGHT_PERCENT],
                verdict);
    judge_score(p, DSI_ISSUE_ODD_ASPECT_RATIO,
                dsi_images_aspect_ratio(picture->width, picture->height), verdict);
    judge_score(p, DSI_ISSUE_LOW_INFORMATION,
                dsi_images_information_score(measures->entropy), verdict);
    judge_score(p, DSI_ISSUE_BLURRY, dsi_images_blurry_score(measures->blurriness),
                verdict);
}

/* --- of the set ----------------------------------------------------------------------
 */

double dsi_images_size(uint64_t width, uint64_t height)
{
    return sqrt((double)width) * sqrt((double)height);
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* numpy.percentile's linear method, of sorted values. */
static double quantile(const double *sorted, size_t n, double share)
{
    const double at = (double)(n - 1) * share;
    const size_t low = (size_t)at, high = low + 1 < n ? low + 1 : low;
    const double way = at - (double)low, step = sorted[high] - sorted[low];
    return way < 0.5 ? sorted[low] + step * way : sorted[high] - step * (1 - way);
}

/* Sizes three times the interquartile range beyond the quartiles have a score of 0.5.
 * Where the quartiles are one, every other size is odd. */
static enum dsi_status set_sizes(const struct dsi_images *images,
                                 struct dsi_images_set *set, struct dsi_error *err)
{
    const double factor = 3;
    const struct dsi_image_records *list = &images->records;
    if (list->n == 0)
        return DSI_OK;
    double *sizes = dsi_alloc_array(list->n, sizeof *sizes);
    if (!sizes)
        return dsi_fail_memory(err, list->n * sizeof *sizes);
    for (size_t i = 0; i < list->n; i++)
        sizes[i] = dsi_images_size(list->records[i].width, list->records[i].height);
    qsort(sizes, list->n, sizeof *sizes, compare_doubles);
    const double q1 = quantile(sizes, list->n, 0.25);
    const double q3 = quantile(sizes, list->n, 0.75);
    const double low = q1 - factor * (q3 - q1), high = q3 + factor * (q3 - q1);
    free(sizes);
    set->middle = (low + high) / 2;
    set->norm = high > low ? high - low : set->middle;
    set->threshold = images->parameters->thresholds[DSI_ISSUE_ODD_SIZE];
    if (isnan(set->threshold))
        set->threshold = high > low ? 0.5 : 1;
    return DSI_OK;
}

enum dsi_status dsi_images_set_make(const struct dsi_images *images,
                                    struct dsi_images_set *set, struct dsi_error *err)
{
    *set = (struct dsi_images_set){0};
    for (size_t i = 0; i < images->records.n; i++)
        set->n_of_mode[images->records.records[i].mode]++;
    for (size_t m = 0; m < DSI_N_MODES; m++)
        if (set->n_of_mode[m] > set->n_of_mode[set->commonest])
            set->commonest = (enum dsi_picture_mode)m;
    DSI_TRY(set_sizes(images, set, err));
    DSI_TRY(dsi_image_records_order(&images->records, &set->order, err));
    return dsi_images_find_kin(images, set, err);
}

void dsi_images_set_free(struct dsi_images_set *set)
{
    free(set->order);
    free(set->same);
    free(set->alike);
}

double dsi_images_size_score(const struct dsi_images_set *set, uint64_t width,
                             uint64_t height)
{
    const double apart = fabs(dsi_images_size(width, height) - set->middle);
    return 1 - fmin(apart / set->norm, 1);
}

/* Modes that a network takes as they are; of the others one is unusual however many
 * there are, unless no other mode has more. */
static bool is_plain(enum dsi_picture_mode mode)
{
    return mode == DSI_MODE_GREY || mode == DSI_MODE_GREY_ALPHA ||
           mode == DSI_MODE_RGB || mode == DSI_MODE_RGB_ALPHA;
}

double dsi_images_mode_score(const struct dsi_images *images,
                             const struct dsi_images_set *set,
                             enum dsi_picture_mode mode)
{
    if (mode == set->commonest)
        return 1;
    return is_plain(mode) ? (double)set->n_of_mode[mode] / (double)images->records.n
                          : 0;
}

bool dsi_images_has(const struct dsi_images *images, const struct dsi_images_set *set,
                    size_t place, enum dsi_image_issue issue, double *score)
{
    const size_t i = set->order[place];
    struct dsi_image_kin kin;
    const struct dsi_image_record *record = &images->records.records[i];
    if (!dsi_images_asks(images, issue))
        return false;
    *score = 0;
    switch (issue) {
    case DSI_ISSUE_EXIF_ROTATED:
        return record->orientation > 1;
    case DSI_ISSUE_GRAYSCALE:
        return dsi_images_is_grey(record->mode);
    case DSI_ISSUE_UNUSUAL_MODE:
        *score = dsi_images_mode_score(images, set, record->mode);
        return *score < images->parameters->thresholds[issue];
    case DSI_ISSUE_ODD_SIZE:
        *score = dsi_images_size_score(set, record->width, record->height);
        return *score < set->threshold;
    case DSI_ISSUE_EXACT_DUPLICATES:
    case DSI_ISSUE_NEAR_DUPLICATES:
        if (!dsi_images_has_kin(set, place, issue, &kin))
            return false;
        *score = 1 / (double)kin.n;
        return true;
    default:
        if (!(record->issues >> issue & 1))
            return false;
        *score = dsi_image_record_score(&images->records, i, issue);
        return true;
    }
}
