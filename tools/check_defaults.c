/* What suits a dataset nobody has written a configuration for: the tools that have
 * something to say of what it holds. */
#include "address.h"
#include "check_config.h"
#include "idx_pair.h"
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

/* What there is to look at. */
struct contents {
    bool is_known, pictures, labels, values;
};

/* Whether the file is labels and nothing else; a column that is named is what it is. */
static bool is_labels(const struct dsi_open_file *file)
{
    struct dsi_address address = {0};
    struct dsi_error err;
    const bool is_whole =
        dsi_address_parse(&address, file->name, &err) == DSI_OK && !address.selector;
    dsi_address_free(&address);
    return dsi_file_is_idx_labels(&file->file) ||
           (is_whole && dsi_file_is_manifest(&file->file));
}

static void look_at(const struct dsi_dataset *dataset, struct contents *contents)
{
    bool has_more = !dataset->files;
    contents->is_known = dataset->n_parts > 0;
    for (const struct dsi_open_file *file = dataset->files; file; file = file->next) {
        const bool are_labels = is_labels(file);
        contents->labels |= are_labels;
        has_more |= !are_labels;
    }
    for (size_t p = 0; p < dataset->n_parts; p++) {
        const struct dsi_part *part = &dataset->parts[p];
        const struct dsi_group *group = &dataset->groups[part->group];
        const bool is_picture = strcmp(part->layout->name, "array") != 0;
        contents->pictures |= is_picture;
        contents->labels |= part->has_labels || group->n_classes > 0;
        contents->values |=
            is_picture || (has_more && group->channels.kind != DSI_CHANNELS_NONE);
    }
}

/* Headers and folders alone are read. The contents of what cannot be opened are not
 * known: a tool that opens samples will say why, and info would not, as it is content
 * with a folder of arrays that nothing else looks at. */
static enum dsi_status find_contents(const struct dsi_check_dataset *dataset,
                                     const struct dsi_common *common,
                                     struct contents *contents, struct dsi_error *err)
{
    static const struct dsi_channel_axis axis = {.choice = DSI_CHANNEL_AXIS_GUESSED};
    const struct dsi_dataset_options options = {
        .need = DSI_NEED_LABELS | DSI_NEED_VALUES,
        .open = {.limits = dsi_common_limits(common),
                 .follow_external = common->follow_external},
        .exclude = common->excludes.texts,
        .n_exclude = common->excludes.n,
        .labels_optional = true,
        .channel_axis = &axis};
    struct dsi_dataset opened = {0};
    struct dsi_report *report = dsi_tool_report(dsi_tool_find("info"));
    if (!report)
        return dsi_fail_memory(err, 0);
    const enum dsi_status status =
        dsi_dataset_open(&opened, (const char *const *)dataset->inputs.items,
                         dataset->inputs.n, &options, report, err);
    if (status == DSI_OK) {
        look_at(&opened, contents);
        dsi_dataset_close(&opened);
    }
    dsi_report_free(report);
    return status;
}

static enum dsi_status add_looks(struct dsi_check_dataset *dataset,
                                 const struct contents *contents, struct dsi_error *err)
{
    const struct {
        const char *tool;
        bool is_wanted;
    } looks[] = {
        {"info", contents->is_known && !contents->values && !contents->labels},
        {"balance", contents->labels},
        {"labels", contents->labels},
        {"missing", contents->values && !contents->pictures},
        {"outliers", contents->values && !contents->pictures},
        {"range", contents->values || !contents->is_known},
        {"dups", contents->values},
        {"images", contents->pictures},
    };
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (looks[i].is_wanted &&
            !dsi_check_look_add(dataset, dsi_tool_find(looks[i].tool)))
            return dsi_fail_memory(err, sizeof *dataset->looks);
    return DSI_OK;
}

/* --- labels beside the data ---------------------------------------------------------
 */

/* Of one file, or of one and its labels, which are no input then. */
static enum dsi_status find_labels(struct dsi_check_dataset *dataset,
                                   struct dsi_error *err)
{
    struct dsi_words *inputs = &dataset->inputs;
    for (size_t i = 0; i < inputs->n && inputs->n <= 2 && !dataset->labels; i++) {
        DSI_TRY(dsi_idx_labels_beside(inputs->items[i], &dataset->labels, err));
        char *other = inputs->n == 2 ? inputs->items[!i] : dataset->labels;
        if (!dataset->labels || strcmp(other, dataset->labels) != 0) {
            free(dataset->labels);
            dataset->labels = NULL;
        } else if (inputs->n == 2) {
            inputs->items[0] = inputs->items[i];
            inputs->n = 1;
            dataset->name = inputs->items[0];
            free(other);
        }
    }
    return DSI_OK;
}

static enum dsi_status add_labels(struct dsi_check_dataset *dataset,
                                  struct dsi_error *err)
{
    for (size_t i = 0; dataset->labels && i < dataset->n_looks; i++) {
        struct dsi_check_look *look = &dataset->looks[i];
        const struct dsi_option *tables[DSI_TOOL_TABLES];
        dsi_tool_option_tables(look->tool, tables);
        if (dsi_option_named(tables, "labels", strlen("labels")))
            DSI_TRY(
                dsi_words_printf(&look->options, err, "--labels=%s", dataset->labels));
    }
    return DSI_OK;
}

enum dsi_status dsi_check_config_make(struct dsi_check_config *config, char **inputs,
                                      size_t n_inputs, const struct dsi_common *common,
                                      struct dsi_error *err)
{
    struct contents contents = {0};
    *config = (struct dsi_check_config){0};
    struct dsi_check_dataset *dataset = dsi_check_dataset_add(config, inputs[0]);
    if (!dataset)
        return dsi_fail_memory(err, sizeof *dataset);
    for (size_t i = 0; i < n_inputs; i++)
        DSI_TRY(dsi_words_printf(&dataset->inputs, err, "%s", inputs[i]));
    DSI_TRY(find_labels(dataset, err));
    DSI_TRY(find_contents(dataset, common, &contents, err));
    contents.labels |= dataset->labels != NULL;
    DSI_TRY(add_looks(dataset, &contents, err));
    DSI_TRY(add_labels(dataset, err));
    return dsi_check_config_complete(config, common, err);
}
