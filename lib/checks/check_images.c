#include "images_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const unsigned dsi_images_percents[DSI_N_PERCENTS] = {
    [DSI_LIGHT_PERCENT] = 5, [DSI_DARK_PERCENT] = 99, 1, 10, 15, 90, 95};

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_VALUES;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct dsi_images *images = state;
    images->dataset = dataset;
    images->parameters = parameters;
    images->file_issues.max = DSI_MAX_FILE_ISSUES;
    images->groups = dsi_alloc_zeroed(dataset->n_groups, sizeof *images->groups);
    return images->groups
               ? DSI_OK
               : dsi_fail_memory(err, dataset->n_groups * sizeof *images->groups);
}

static void destroy(void *state)
{
    struct dsi_images *images = state;
    free(images->groups);
    dsi_image_records_free(&images->records);
    dsi_record_list_free(&images->file_issues);
    dsi_picture_meter_free(images->meter);
}

/* --- files ---------------------------------------------------------------------------
 */

static enum dsi_image_issue issue_of(enum dsi_status status)
{
    return status == DSI_ERR_TRUNCATED ? DSI_ISSUE_TRUNCATED
           : status == DSI_ERR_CRC     ? DSI_ISSUE_CRC
                                       : DSI_ISSUE_UNREADABLE;
}

static enum dsi_status add_file_issue(struct dsi_images *images,
                                      const struct dsi_block *block,
                                      enum dsi_image_issue issue, uint64_t n_lost,
                                      const char *detail, struct dsi_error *err)
{
    const struct dsi_record record = {
        .key = {block->group, block->first_sample + (n_lost ? block->n_samples : 0),
                issue},
        .number = n_lost,
        .texts = {
            [DSI_FILE_ISSUE_WHERE] = block->where, [DSI_FILE_ISSUE_DETAIL] = detail}};
    if (!dsi_images_asks(images, issue))
        return DSI_OK;
    images->groups[block->group].n_of_files[issue] += n_lost ? n_lost : 1;
    return dsi_record_list_add(&images->file_issues, &record, err);
}

static enum dsi_status add_status(struct dsi_images *images,
                                  const struct dsi_block *block, struct dsi_error *err)
{
    if (block->status == DSI_OK || block->n_lost == 0)
        return DSI_OK;
    images->groups[block->group].n_images += block->n_lost;
    return add_file_issue(images, block, issue_of(block->status), block->n_lost,
                          block->error.message, err);
}

static enum dsi_status add_warnings(struct dsi_images *images,
                                    const struct dsi_block *block, uint32_t *issues,
                                    struct dsi_error *err)
{
    for (int w = 0; w < 2; w++) {
        const struct dsi_warnings *warnings = block->warnings[w];
        for (uint64_t i = 0; warnings && i < warnings->n && i < DSI_MAX_WARNINGS; i++) {
            const struct dsi_warning *warning = &warnings->first[i];
            const enum dsi_image_issue issue = issue_of(warning->status);
            if (warning->status == DSI_OK || *issues >> issue & 1)
                continue;
            *issues |= 1U << issue;
            DSI_TRY(add_file_issue(images, block, issue, 0, warning->message, err));
        }
    }
    return DSI_OK;
}

static enum dsi_status add_suffix(struct dsi_images *images,
                                  const struct dsi_block *block, uint32_t *issues,
                                  struct dsi_error *err)
{
    const struct dsi_format *claimed = dsi_format_of_suffix(block->where);
    char detail[64];
    if (!block->file || !block->file->format->is_image || !claimed ||
        claimed == block->file->format)
        return DSI_OK;
    *issues |= 1U << DSI_ISSUE_SUFFIX_LIES;
    snprintf(detail, sizeof detail, "named as %s, holds %s", claimed->name,
             block->file->format->name);
    return add_file_issue(images, block, DSI_ISSUE_SUFFIX_LIES, 0, detail, err);
}

/* --- pictures ------------------------------------------------------------------------
 */

static unsigned what_to_measure(const struct dsi_images *images)
{
    const bool all = images->records.keeps_all;
    unsigned what = 0;
    if (all || dsi_images_asks(images, DSI_ISSUE_DARK) ||
        dsi_images_asks(images, DSI_ISSUE_LIGHT))
        what |= DSI_MEASURE_BRIGHTNESS;
    if (all || dsi_images_asks(images, DSI_ISSUE_LOW_INFORMATION))
        what |= DSI_MEASURE_ENTROPY;
    if (all || dsi_images_asks(images, DSI_ISSUE_BLURRY))
        what |= DSI_MEASURE_BLURRINESS;
    if (dsi_images_asks(images, DSI_ISSUE_NEAR_DUPLICATES))
        what |= DSI_MEASURE_PHASH;
    return what;
}

static enum dsi_status take_meter(struct dsi_images *images, struct dsi_error *err)
{
    const size_t n = images->records.keeps_all ? DSI_N_PERCENTS : DSI_N_JUDGED_PERCENTS;
    if (!images->meter)
        images->meter =
            dsi_picture_meter_new(what_to_measure(images), dsi_images_percents, n);
    return images->meter ? DSI_OK : dsi_fail_memory(err, sizeof(void *));
}

static void keep(const struct dsi_block *block,
                 const struct dsi_picture_measures *measures, double kept[DSI_N_KEPT])
{
    kept[DSI_KEPT_BRIGHTNESS] = measures->brightness;
    memcpy(kept + DSI_KEPT_PERCENTILES, measures->percentiles,
           sizeof measures->percentiles);
    kept[DSI_KEPT_ENTROPY] = measures->entropy;
    kept[DSI_KEPT_EDGES] = measures->blurriness.edges;
    kept[DSI_KEPT_HISTOGRAM] = measures->blurriness.histogram;
    kept[DSI_KEPT_BYTES] = (double)block->values_array->n_bytes_stored;
}

/* Of the values, where the question is whether they come again. */
static struct dsi_content_hash hash_of(const struct dsi_images *images,
                                       const struct dsi_block *block,
                                       const struct dsi_picture *picture, bool is_row)
{
    const struct dsi_array *array = block->values_array;
    if (!dsi_images_asks(images, DSI_ISSUE_EXACT_DUPLICATES) &&
        !dsi_images_asks(images, DSI_ISSUE_NEAR_DUPLICATES))
        return (struct dsi_content_hash){0, 0};
    const struct dsi_content content =
        is_row ? dsi_content_of_rows(array) : dsi_content_of_whole(array);
    return dsi_content_hash(&content, picture->values);
}

static enum dsi_status add_picture(struct dsi_images *images,
                                   const struct dsi_block *block, uint64_t i,
                                   uint32_t issues_of_file,
                                   const struct dsi_picture *picture,
                                   struct dsi_error *err)
{
    struct dsi_picture_measures measures;
    struct dsi_image_verdict verdict;
    double kept[DSI_N_KEPT];
    DSI_TRY(take_meter(images, err));
    DSI_TRY(dsi_picture_measure(images->meter, picture, &measures, err));
    dsi_images_judge(images->parameters, picture, &measures, &verdict);
    keep(block, &measures, kept);
    const bool is_row =
        images->dataset->groups[block->group].channels.kind == DSI_CHANNELS_ARRAY;
    const struct dsi_image_record record = {
        .sample = block->first_sample + i,
        .group = (uint32_t)block->group,
        .width = (uint32_t)picture->width,
        .height = (uint32_t)picture->height,
        .issues = (uint16_t)(verdict.issues | issues_of_file),
        .mode = (uint8_t)picture->mode,
        .orientation = (uint8_t)picture->orientation,
        .content = hash_of(images, block, picture, is_row),
        .phash = measures.phash};
    return dsi_image_records_add(&images->records, &record,
                                 is_row ? NULL : block->where, verdict.scores, kept,
                                 err);
}

/* Sample i: one of pictures, unless it has no pixel. */
static enum dsi_status fold(struct dsi_images *images, const struct dsi_block *block,
                            uint64_t i, uint32_t issues_of_file, struct dsi_error *err)
{
    struct dsi_images_group *group = &images->groups[block->group];
    struct dsi_picture picture;
    struct dsi_error reason;
    if (!dsi_picture_of_block(block, &images->dataset->groups[block->group].channels, i,
                              &picture)) {
        group->has_others = 1;
        return DSI_OK;
    }
    group->n_images++;
    enum dsi_status status =
        add_picture(images, block, i, issues_of_file, &picture, &reason);
    if (status == DSI_ERR_LIMIT)
        return add_file_issue(images, block, DSI_ISSUE_UNREADABLE, 0, reason.message,
                              err);
    if (status != DSI_OK)
        *err = reason;
    return status;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dsi_images *images = state;
    const struct dsi_channels *channels =
        &images->dataset->groups[block->group].channels;
    uint32_t issues = 0;
    if (channels->kind == DSI_CHANNELS_ARRAY && block->values_array &&
        (!dsi_array_is_pictures(block->values_array, channels) ||
         dsi_array_row_items(block->values_array) == 0)) {
        images->groups[block->group].has_others = 1;
        return DSI_OK;
    }
    DSI_TRY(add_status(images, block, err));
    DSI_TRY(add_suffix(images, block, &issues, err));
    DSI_TRY(add_warnings(images, block, &issues, err));
    for (uint64_t i = 0; i < block->n_samples; i++)
        DSI_TRY(fold(images, block, i, issues, err));
    return DSI_OK;
}

/* --- the monoid ----------------------------------------------------------------------
 */

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    struct dsi_images *images = into;
    const struct dsi_images *other = from;
    for (size_t g = 0; g < images->dataset->n_groups; g++) {
        struct dsi_images_group *group = &images->groups[g];
        group->n_images += other->groups[g].n_images;
        group->has_others |= other->groups[g].has_others;
        for (int i = 0; i < DSI_N_FILE_ISSUES; i++)
            group->n_of_files[i] += other->groups[g].n_of_files[i];
    }
    DSI_TRY(dsi_record_list_merge(&images->file_issues, &other->file_issues, err));
    return dsi_image_records_merge(&images->records, &other->records, err);
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    const struct dsi_images *images = state;
    for (size_t g = 0; g < images->dataset->n_groups; g++) {
        const struct dsi_images_group *group = &images->groups[g];
        DSI_TRY(dsi_bytes_append_u64(out, group->n_images, err));
        DSI_TRY(dsi_bytes_append_u64(out, group->has_others, err));
        for (int i = 0; i < DSI_N_FILE_ISSUES; i++)
            DSI_TRY(dsi_bytes_append_u64(out, group->n_of_files[i], err));
    }
    DSI_TRY(dsi_record_list_save(&images->file_issues, out, err));
    return dsi_image_records_save(&images->records, out, err);
}

/* Records of issues that there are, in groups that there are. */
static enum dsi_status check_file_issues(const struct dsi_images *images,
                                         struct dsi_error *err)
{
    for (size_t i = 0; i < images->file_issues.n; i++) {
        const struct dsi_record record = dsi_record_list_at(&images->file_issues, i);
        if (record.key[0] >= images->dataset->n_groups ||
            record.key[2] >= DSI_N_FILE_ISSUES || !record.texts[DSI_FILE_ISSUE_WHERE])
            return dsi_fail(err, DSI_ERR_MALFORMED, "no record of a file is like that");
    }
    return DSI_OK;
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    struct dsi_images *images = state;
    for (size_t g = 0; g < images->dataset->n_groups; g++) {
        struct dsi_images_group *group = &images->groups[g];
        DSI_TRY(dsi_bytes_read_u64(in, &group->n_images, err));
        DSI_TRY(dsi_bytes_read_u64(in, &group->has_others, err));
        for (int i = 0; i < DSI_N_FILE_ISSUES; i++)
            DSI_TRY(dsi_bytes_read_u64(in, &group->n_of_files[i], err));
    }
    DSI_TRY(dsi_record_list_load(&images->file_issues, in, err));
    DSI_TRY(check_file_issues(images, err));
    return dsi_image_records_load(&images->records, in, images->dataset->n_groups, err);
}

/* --- the checks ----------------------------------------------------------------------
 */

static enum dsi_status init_table(void *state, const struct dsi_dataset *dataset,
                                  const void *parameters, struct dsi_error *err)
{
    ((struct dsi_images *)state)->records.keeps_all = true;
    return init(state, dataset, parameters, err);
}

static enum dsi_status finish(void *state, struct dsi_report *report,
                              struct dsi_error *err)
{
    return dsi_images_report(state, report, err);
}

const struct dsi_check dsi_check_images = {
    .name = "images",
    .help = "pictures that look wrong",
    .need = need,
    .state_size = sizeof(struct dsi_images),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .n_columns = DSI_IMAGES_COLUMNS,
    .finish = finish,
    .destroy = destroy,
    .default_parameters = &dsi_images_defaults,
};

/* The same, but that its rows are of every picture, and of all its measures. */
const struct dsi_check dsi_check_image_table = {
    .name = "image_table",
    .help = "every picture and what is measured of it",
    .need = need,
    .state_size = sizeof(struct dsi_images),
    .init = init_table,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .n_columns = DSI_IMAGE_TABLE_COLUMNS,
    .finish = finish,
    .destroy = destroy,
    .default_parameters = &dsi_images_defaults,
};
