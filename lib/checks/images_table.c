/* The rows of images --all: every picture and what is measured of it. */
#include "images_state.h"

#include <math.h>
#include <string.h>

static struct dsi_value known(double number)
{
    return isnan(number) ? dsi_null() : dsi_float(number);
}

struct table {
    const struct dsi_images *images;
    const struct dsi_images_set *set;
    struct dsi_report *report;
    struct dsi_bytes issues, where; /* rooms */
};

static enum dsi_status add_name(struct dsi_bytes *names, enum dsi_image_issue issue,
                                struct dsi_error *err)
{
    const char *name = dsi_image_issues[issue].name;
    if (names->n)
        DSI_TRY(dsi_bytes_append(names, ",", 1, err));
    return dsi_bytes_append(names, name, strlen(name), err);
}

/* The issues of a picture, with commas. */
static enum dsi_status name_issues(struct table *t, size_t place, struct dsi_error *err)
{
    const uint32_t of_file = t->images->records.records[t->set->order[place]].issues;
    double score;
    t->issues.n = 0;
    for (int k = 0; k < DSI_N_IMAGE_ISSUES; k++) {
        const enum dsi_image_issue issue = (enum dsi_image_issue)k;
        const bool has = k < DSI_N_FILE_ISSUES
                             ? of_file >> k & dsi_images_asks(t->images, issue)
                             : dsi_images_has(t->images, t->set, place, issue, &score);
        if (has)
            DSI_TRY(add_name(&t->issues, issue, err));
    }
    return DSI_OK;
}

static struct dsi_value percentile(const double *kept, unsigned percent)
{
    for (size_t k = 0; k < DSI_N_PERCENTS; k++)
        if (dsi_images_percents[k] == percent)
            return known(kept[DSI_KEPT_PERCENTILES + k]);
    return dsi_null();
}

/* 1 where it is alone; null where that is not asked. */
static struct dsi_value kin_score(const struct table *t, size_t place,
                                  enum dsi_image_issue issue)
{
    double score;
    if (!dsi_images_asks(t->images, issue))
        return dsi_null();
    const bool has = dsi_images_has(t->images, t->set, place, issue, &score);
    return dsi_float(has ? score : 1);
}

static enum dsi_status add_picture(struct table *t, size_t place, struct dsi_error *err)
{
    const size_t i = t->set->order[place];
    const struct dsi_image_record *record = &t->images->records.records[i];
    const double *kept = t->images->records.kept + i * DSI_N_KEPT;
    const double *percentiles = kept + DSI_KEPT_PERCENTILES;
    const struct dsi_blurriness blurriness = {.edges = kept[DSI_KEPT_EDGES],
                                              .histogram = kept[DSI_KEPT_HISTOGRAM]};
    const bool is_file = dsi_image_record_where(&t->images->records, i) != NULL;
    const double ratio = dsi_images_aspect_ratio(record->width, record->height);
    const char *where;
    DSI_TRY(name_issues(t, place, err));
    DSI_TRY(dsi_images_where(t->images, i, &t->where, &where, err));
    const struct dsi_value row[DSI_IMAGE_TABLE_COLUMNS] = {
        dsi_text(where),
        dsi_text_n((const char *)t->issues.data, t->issues.n),
        dsi_uint(record->width),
        dsi_uint(record->height),
        dsi_text(dsi_picture_mode_names[record->mode]),
        record->orientation ? dsi_uint(record->orientation) : dsi_null(),
        is_file ? dsi_uint((uint64_t)kept[DSI_KEPT_BYTES]) : dsi_null(),
        known(kept[DSI_KEPT_BRIGHTNESS]),
        percentile(kept, 1),
        percentile(kept, 5),
        percentile(kept, 10),
        percentile(kept, 15),
        percentile(kept, 90),
        percentile(kept, 95),
        percentile(kept, 99),
        dsi_float(ratio),
        known(kept[DSI_KEPT_ENTROPY]),
        known(blurriness.edges),
        known(blurriness.histogram),
        dsi_float(dsi_images_size(record->width, record->height)),
        known(percentiles[DSI_DARK_PERCENT]),
        known(1 - percentiles[DSI_LIGHT_PERCENT]),
        dsi_float(ratio),
        known(dsi_images_information_score(kept[DSI_KEPT_ENTROPY])),
        known(dsi_images_blurry_score(blurriness)),
        dsi_float(!dsi_images_is_grey(record->mode)),
        dsi_float(dsi_images_size_score(t->set, record->width, record->height)),
        dsi_float(dsi_images_mode_score(t->images, t->set, record->mode)),
        dsi_float(record->orientation <= 1),
        kin_score(t, place, DSI_ISSUE_EXACT_DUPLICATES),
        kin_score(t, place, DSI_ISSUE_NEAR_DUPLICATES),
    };
    return dsi_report_row(t->report, row, err);
}

/* What could not be read has a name and an issue. */
static enum dsi_status add_unread(struct table *t, struct dsi_error *err)
{
    const struct dsi_record_list *list = &t->images->file_issues;
    struct dsi_value row[DSI_IMAGE_TABLE_COLUMNS];
    for (size_t k = 0; k < DSI_IMAGE_TABLE_COLUMNS; k++)
        row[k] = dsi_null();
    for (size_t i = 0; i < list->n; i++) {
        const struct dsi_record record = dsi_record_list_at(list, i);
        if (record.number == 0)
            continue;
        row[0] = dsi_text(record.texts[DSI_FILE_ISSUE_WHERE]);
        row[1] = dsi_text(dsi_image_issues[record.key[2]].name);
        DSI_TRY(dsi_report_row(t->report, row, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_images_report_all(const struct dsi_images *images,
                                      const struct dsi_images_set *set,
                                      struct dsi_report *report, struct dsi_error *err)
{
    struct table t = {.images = images, .set = set, .report = report};
    enum dsi_status status = add_unread(&t, err);
    for (size_t place = 0; status == DSI_OK && place < images->records.n; place++)
        status = add_picture(&t, place, err);
    dsi_bytes_free(&t.issues);
    dsi_bytes_free(&t.where);
    return status;
}
