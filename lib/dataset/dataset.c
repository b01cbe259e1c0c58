#include "dataset.h"

#include "address.h"
#include "class_table.h"
#include "layouts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what the layouts use
 * --------------------------------------------------------------- */

enum dsi_status dsi_dataset_add_group(struct dsi_dataset *dataset, const char *name,
                                      size_t *group, struct dsi_error *err)
{
    struct dsi_group *groups = dsi_realloc_array(
        dataset->groups, (uint64_t)dataset->n_groups + 1, sizeof *groups);
    if (!groups)
        return dsi_fail_memory(err, (dataset->n_groups + 1) * sizeof *groups);
    dataset->groups = groups;
    groups[dataset->n_groups] =
        (struct dsi_group){.name = dsi_text_copy(name, strlen(name))};
    if (!groups[dataset->n_groups].name)
        return dsi_fail_memory(err, strlen(name));
    *group = dataset->n_groups++;
    return DSI_OK;
}

enum dsi_status dsi_group_set_source(struct dsi_group *group, const char *source,
                                     size_t n, struct dsi_error *err)
{
    char *copy = dsi_text_copy(source, n); /* source may be a part of the last one */
    if (!copy)
        return dsi_fail_memory(err, n);
    free(group->source);
    group->source = copy;
    return DSI_OK;
}

bool dsi_group_lacks_label(const struct dsi_group *group, const struct dsi_label *label,
                           const struct dsi_bytes *name)
{
    if ((label->kind == DSI_LABEL_FLOAT && label->as.real != label->as.real) ||
        (label->kind == DSI_LABEL_TEXT && label->as.text.n == 0))
        return true;
    for (size_t i = 0; i < group->n_absent; i++)
        if (strlen(group->absent[i]) == name->n &&
            memcmp(group->absent[i], name->data, name->n) == 0)
            return true;
    return false;
}

const char *dsi_group_source(const struct dsi_group *group)
{
    return group->source ? group->source : group->name;
}

bool dsi_group_goes_on(const struct dsi_dataset *dataset, size_t group)
{
    const struct dsi_group *this = &dataset->groups[group], *last = this - 1;
    return group > 0 && this->channels.columns && last->channels.columns &&
           this->channels.n == 1 && last->channels.n == 1 &&
           strcmp(dsi_group_source(this), dsi_group_source(last)) == 0 &&
           strcmp(this->channels.columns[0], last->channels.columns[0]) != 0;
}

enum dsi_status dsi_dataset_add_part(struct dsi_dataset *dataset,
                                     const struct dsi_part *part, struct dsi_error *err)
{
    struct dsi_part *parts = dsi_realloc_array(
        dataset->parts, (uint64_t)dataset->n_parts + 1, sizeof *parts);
    if (!parts) {
        part->layout->close(part->state);
        return dsi_fail_memory(err, (dataset->n_parts + 1) * sizeof *parts);
    }
    dataset->parts = parts;
    parts[dataset->n_parts++] = *part;
    dataset->groups[part->group].n_samples += part->n_samples;
    return DSI_OK;
}

enum dsi_status dsi_opening_find(const struct dsi_opening *opening, const char *rule,
                                 enum dsi_severity severity, const char *where,
                                 struct dsi_error *err, const char *format, ...)
{
    const struct dsi_finding finding = {.rule = rule,
                                        .severity = severity,
                                        .source = opening->input,
                                        .index = UINT64_MAX,
                                        .where = where};
    va_list args;
    va_start(args, format);
    enum dsi_status status =
        dsi_report_find(opening->report, &finding, format, args, err);
    va_end(args);
    return status;
}

/* --- open files
 * ------------------------------------------------------------------------- */

static bool is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

static enum dsi_status open_source(struct dsi_source *source, const char *path,
                                   struct dsi_error *err)
{
    if (is_stdin(path))
        return dsi_source_of_fd(source, STDIN_FILENO, err);
    return dsi_source_open(source, path, err);
}

static void close_file(struct dsi_open_file *file)
{
    dsi_file_close(&file->file);
    dsi_source_close(&file->source);
    free(file->name);
    free(file);
}

/* A file that is not the dataset's yet: keep_file gives it to it. */
static enum dsi_status open_file(const struct dsi_opening *opening, const char *name,
                                 const char *path, struct dsi_open_file **file,
                                 struct dsi_error *err)
{
    struct dsi_open_file *opened = dsi_alloc_zeroed(1, sizeof *opened);
    if (!opened || !(opened->name = dsi_text_copy(name, strlen(name)))) {
        free(opened);
        return dsi_fail_memory(err, sizeof *opened);
    }
    enum dsi_status status = open_source(&opened->source, path, err);
    if (status == DSI_OK) {
        status = dsi_file_open_named(&opened->file, &opened->source, path,
                                     &opening->dataset->options.open, err);
        if (status != DSI_OK)
            dsi_source_close(&opened->source);
    }
    if (status != DSI_OK) {
        free(opened->name);
        free(opened);
        return status;
    }
    *file = opened;
    return DSI_OK;
}

static void keep_file(struct dsi_dataset *dataset, struct dsi_open_file *file)
{
    file->next = dataset->files;
    dataset->files = file;
}

/* --- inputs
 * ----------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static enum dsi_status warn_of_opening(const struct dsi_opening *opening,
                                       const struct dsi_open_file *file,
                                       struct dsi_error *err)
{
    const struct dsi_warnings *warnings = &file->file.warnings;
    for (uint64_t i = 0; i < warnings->n && i < DSI_MAX_WARNINGS; i++) {
        const struct dsi_warning *w = &warnings->first[i];
        DSI_TRY(dsi_opening_find(
            opening, w->status ? dsi_status_rule(w->status) : "decoder",
            w->status ? DSI_ERROR : DSI_WARNING, file->name, err, "%s", w->message));
    }
    if (warnings->n <= DSI_MAX_WARNINGS)
        return DSI_OK;
    return dsi_opening_find(opening, "decoder", DSI_WARNING, file->name, err,
                            "%llu further warnings",
                            (unsigned long long)(warnings->n - DSI_MAX_WARNINGS));
}

static enum dsi_status check_suffix(const struct dsi_opening *opening, const char *path,
                                    const struct dsi_file *file, struct dsi_error *err)
{
    const struct dsi_format *claimed = dsi_format_of_suffix(path);
    if (!claimed || claimed == file->format)
        return DSI_OK;
    return dsi_opening_find(opening, "suffix_lies", DSI_WARNING, path, err,
                            "named as %s, holds %s", claimed->name, file->format->name);
}

/* The open file of --labels, shared by every array of the input; NULL where not given.
 */
struct label_source {
    struct dsi_open_file *file;
    struct dsi_address address;
};

static enum dsi_status open_label_source(const struct dsi_opening *opening,
                                         struct label_source *labels,
                                         struct dsi_error *err)
{
    const char *text = opening->dataset->options.labels;
    if (!text)
        return DSI_OK;
    DSI_TRY(dsi_address_parse(&labels->address, text, err));
    if (is_folder(labels->address.path))
        return dsi_fail(err, DSI_ERR_USAGE, "--labels=%s is a folder", text);
    struct dsi_error reason;
    enum dsi_status status =
        open_file(opening, text, labels->address.path, &labels->file, &reason);
    if (status != DSI_OK)
        return dsi_fail(err, status, "--labels=%s: %s", text, reason.message);
    keep_file(opening->dataset, labels->file);
    return warn_of_opening(opening, labels->file, err);
}

static enum dsi_status open_folder(const struct dsi_opening *opening,
                                   const struct dsi_address *address,
                                   struct dsi_error *err)
{
    if (address->selector)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "a folder has no parts to select with ':%s'",
                        address->selector);
    if (opening->dataset->options.labels)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--labels cannot be joined with a folder: give the table of "
                        "labels itself as the INPUT");
    return dsi_layout_tree_open(opening, address->path, err);
}

static enum dsi_status open_picture(const struct dsi_opening *opening, const char *path,
                                    struct dsi_error *err)
{
    if (is_stdin(path))
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "a picture is not read from standard input: name its file");
    return dsi_layout_image_add(opening, path, err);
}

static enum dsi_status open_one_file(const struct dsi_opening *opening,
                                     const struct dsi_address *address,
                                     const struct label_source *labels,
                                     struct dsi_error *err)
{
    struct dsi_open_file *file;
    DSI_TRY(open_file(opening, opening->input, address->path, &file, err));
    if (file->file.format->is_image) {
        enum dsi_status status = open_picture(opening, address->path, err);
        close_file(file); /* opened again when its block is loaded, as in a tree */
        return status;
    }
    keep_file(opening->dataset, file);
    DSI_TRY(check_suffix(opening, address->path, &file->file, err));
    DSI_TRY(warn_of_opening(opening, file, err));
    return dsi_layout_arrays_open(opening, file, address->selector, labels->file,
                                  labels->address.selector, err);
}

static enum dsi_status open_input(const struct dsi_opening *opening,
                                  const struct label_source *labels,
                                  struct dsi_error *err)
{
    struct dsi_address address;
    DSI_TRY(dsi_address_parse(&address, opening->input, err));
    enum dsi_status status = is_folder(address.path)
                                 ? open_folder(opening, &address, err)
                                 : open_one_file(opening, &address, labels, err);
    dsi_address_free(&address);
    return status;
}

static enum dsi_status open_inputs(struct dsi_opening *opening,
                                   const char *const *inputs, size_t n_inputs,
                                   struct dsi_error *err)
{
    struct dsi_dataset *dataset = opening->dataset;
    struct label_source labels = {0};
    opening->input = inputs[0];
    if (dataset->options.labels && n_inputs > 1)
        return dsi_fail(err, DSI_ERR_USAGE, "--labels goes with one INPUT, not %zu",
                        n_inputs);
    enum dsi_status status = open_label_source(opening, &labels, err);
    for (size_t i = 0; i < n_inputs && status == DSI_OK; i++) {
        struct dsi_error reason;
        opening->input = inputs[i];
        status = open_input(opening, &labels, &reason);
        if (status == DSI_ERR_MEMORY || status == DSI_ERR_INTERRUPTED) {
            *err = reason;
        } else if (status != DSI_OK) {
            dataset->n_failed_inputs++;
            status = dsi_opening_find(opening, dsi_status_rule(status), DSI_ERROR,
                                      inputs[i], err, "%s", reason.message);
        }
    }
    dsi_address_free(&labels.address);
    return status;
}

enum dsi_status dsi_dataset_open(struct dsi_dataset *dataset, const char *const *inputs,
                                 size_t n_inputs,
                                 const struct dsi_dataset_options *options,
                                 struct dsi_report *report, struct dsi_error *err)
{
    *dataset =
        (struct dsi_dataset){.options = *options, .has_many_inputs = n_inputs > 1};
    if (n_inputs == 0)
        return dsi_fail(err, DSI_ERR_USAGE, "no INPUT given");
    dataset->helpers = dataset->options.open.helpers = dsi_helpers_new();
    if (!dataset->helpers)
        return dsi_fail_memory(err, sizeof dataset->helpers);
    struct dsi_opening opening = {.dataset = dataset, .report = report};
    enum dsi_status status = open_inputs(&opening, inputs, n_inputs, err);
    if (status != DSI_OK)
        dsi_dataset_close(dataset);
    return status;
}

void dsi_dataset_close(struct dsi_dataset *dataset)
{
    for (size_t i = 0; i < dataset->n_parts; i++)
        dataset->parts[i].layout->close(dataset->parts[i].state);
    for (size_t i = 0; i < dataset->n_groups; i++) {
        for (size_t c = 0; c < dataset->groups[i].n_classes; c++)
            free(dataset->groups[i].classes[c]);
        for (size_t a = 0; a < dataset->groups[i].n_absent; a++)
            free(dataset->groups[i].absent[a]);
        free(dataset->groups[i].classes);
        free(dataset->groups[i].absent);
        free(dataset->groups[i].name);
        free(dataset->groups[i].source);
        dsi_channels_free(&dataset->groups[i].channels);
    }
    while (dataset->files) {
        struct dsi_open_file *next = dataset->files->next;
        close_file(dataset->files);
        dataset->files = next;
    }
    dsi_helpers_free(dataset->helpers);
    free(dataset->parts);
    free(dataset->groups);
    *dataset = (struct dsi_dataset){0};
}

bool dsi_dataset_can_rescan(const struct dsi_dataset *dataset)
{
    for (const struct dsi_open_file *file = dataset->files; file; file = file->next)
        if (file->source.kind == DSI_SOURCE_STREAM)
            return false;
    return true;
}

uint64_t dsi_dataset_n_samples(const struct dsi_dataset *dataset)
{
    uint64_t n = 0;
    for (size_t i = 0; i < dataset->n_parts; i++)
        n += dataset->parts[i].n_samples;
    return n;
}

uint64_t dsi_dataset_n_numbered(const struct dsi_dataset *dataset, size_t group)
{
    const struct dsi_group *g = &dataset->groups[group];
    for (size_t i = 0; i < dataset->n_parts; i++)
        if (dataset->parts[i].group == group)
            return g->n_samples;
    return g->n_siblings ? dataset->groups[g->first_sibling].n_samples : 0;
}

size_t dsi_dataset_part_of(const struct dsi_dataset *dataset, size_t group)
{
    const struct dsi_group *g = &dataset->groups[group];
    const size_t first = g->n_siblings ? g->first_sibling : group;
    size_t of_siblings = SIZE_MAX;
    for (size_t i = 0; i < dataset->n_parts; i++) {
        const struct dsi_part *part = &dataset->parts[i];
        if (part->group == group && part->n_samples)
            return i;
        if (part->group == first && part->n_samples)
            of_siblings = i;
    }
    return of_siblings;
}

enum dsi_status dsi_dataset_where(const struct dsi_dataset *dataset, size_t group,
                                  uint64_t sample, struct dsi_bytes *where,
                                  struct dsi_error *err)
{
    const size_t p = dsi_dataset_part_of(dataset, group);
    const struct dsi_part *part = p == SIZE_MAX ? NULL : &dataset->parts[p];
    if (part && part->layout->where) {
        const enum dsi_status status = part->layout->where(part, sample, where, err);
        if (status != DSI_ERR_UNSUPPORTED)
            return status;
    }
    char number[32];
    const char *source = dsi_group_source(&dataset->groups[group]);
    const int n = snprintf(number, sizeof number, "[%llu]", (unsigned long long)sample);
    where->n = 0;
    DSI_TRY(dsi_bytes_append(where, source, strlen(source), err));
    return dsi_bytes_append(where, number, (size_t)n + 1, err);
}

size_t dsi_dataset_n_shown(const struct dsi_dataset *dataset)
{
    size_t n = 0;
    for (size_t g = 0; g < dataset->n_groups; g++)
        n += !dataset->groups[g].is_hidden;
    return n;
}

size_t dsi_dataset_first_shown(const struct dsi_dataset *dataset)
{
    for (size_t g = 0; g < dataset->n_groups; g++)
        if (!dataset->groups[g].is_hidden)
            return g;
    return SIZE_MAX;
}
