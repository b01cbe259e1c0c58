#include "balance_files.h"

#include "class_index.h"
#include "npy_file.h"
#include "resample.h"

#include <stdlib.h>
#include <string.h>

/* The reason with the file's name before it. */
static enum dsi_status name_file(const char *path, enum dsi_status status,
                                 const struct dsi_error *reason, struct dsi_error *err)
{
    if (status == DSI_OK)
        return DSI_OK;
    return dsi_fail(err, status, "%s: %s", path, reason->message);
}

static enum dsi_status write_class_weights(const char *path,
                                           const struct dsi_balance_group *group,
                                           struct dsi_error *err)
{
    float *weights = dsi_alloc_array(group->n_indexed, sizeof *weights);
    if (!weights)
        return dsi_fail_memory(err, group->n_indexed * sizeof *weights);
    for (size_t i = 0; i < group->n_indexed; i++)
        weights[i] = (float)group->classes[i].weight;
    struct dsi_error reason;
    enum dsi_status status =
        dsi_npy_write(path, "f4", weights, group->n_indexed, sizeof *weights, &reason);
    free(weights);
    return name_file(path, status, &reason, err);
}

static enum dsi_status write_sample_weights(const char *path,
                                            const struct dsi_balance_group *group,
                                            const uint32_t *class_of, uint64_t n,
                                            struct dsi_error *err)
{
    double *weights = dsi_alloc_array(n, sizeof *weights);
    if (!weights)
        return dsi_fail_memory(err, n * sizeof *weights);
    for (uint64_t i = 0; i < n; i++)
        weights[i] =
            class_of[i] == DSI_NO_CLASS ? 0 : group->classes[class_of[i]].weight;
    struct dsi_error reason;
    enum dsi_status status =
        dsi_npy_write(path, "f8", weights, n, sizeof *weights, &reason);
    free(weights);
    return name_file(path, status, &reason, err);
}

static enum dsi_status write_plan(const struct dsi_balance_group *group,
                                  const struct dsi_balance_outputs *outputs,
                                  const uint32_t *class_of, uint64_t n,
                                  struct dsi_error *err)
{
    uint64_t *targets = dsi_alloc_array(group->n_indexed, sizeof *targets);
    int64_t *plan = NULL;
    uint64_t n_plan = 0;
    if (!targets)
        return dsi_fail_memory(err, group->n_indexed * sizeof *targets);
    for (size_t i = 0; i < group->n_indexed; i++) {
        const struct dsi_balance_class *c = &group->classes[i];
        targets[i] = outputs->resample == DSI_RESAMPLE_OVER    ? c->over
                     : outputs->resample == DSI_RESAMPLE_UNDER ? c->under
                                                               : c->mixed;
    }
    enum dsi_status status = dsi_resample_plan(class_of, n, targets, group->n_indexed,
                                               outputs->seed, &plan, &n_plan, err);
    if (status == DSI_OK) {
        struct dsi_error reason;
        status =
            dsi_npy_write(outputs->indices, "i8", plan, n_plan, sizeof *plan, &reason);
        status = name_file(outputs->indices, status, &reason, err);
    }
    free(plan);
    free(targets);
    return status;
}

/* The class of every sample, by a second scan. *class_of is the caller's. */
static enum dsi_status index_samples(struct dsi_tool_scan *scan,
                                     const struct dsi_balance_group *group,
                                     uint32_t **class_of, uint64_t *n,
                                     struct dsi_error *err)
{
    size_t g = dsi_dataset_first_shown(&scan->dataset);
    *n = dsi_dataset_n_numbered(&scan->dataset, g);
    *class_of = dsi_alloc_array(*n, sizeof **class_of);
    if (!*class_of)
        return dsi_fail_memory(err, *n * sizeof **class_of);
    memset(*class_of, 0xff, *n * sizeof **class_of);
    struct dsi_class_index_parameters p = {.balance = scan->parameters,
                                           .group = g,
                                           .classes = group,
                                           .class_of = *class_of,
                                           .n_samples = *n};
    struct dsi_check_run run = {.check = &dsi_check_class_index, .parameters = &p};
    enum dsi_status status = dsi_tool_scan_again(scan, &run, err);
    dsi_check_run_free(&run);
    return status;
}

/* The second look must have seen what the first one counted: a stream cannot be read
 * again, and a file may have changed in between. */
static enum dsi_status check_second_look(const struct dsi_balance_group *group,
                                         const uint32_t *class_of, uint64_t n,
                                         struct dsi_error *err)
{
    uint64_t *counts = dsi_alloc_zeroed(group->n_indexed, sizeof *counts);
    if (!counts)
        return dsi_fail_memory(err, group->n_indexed * sizeof *counts);
    for (uint64_t i = 0; i < n; i++)
        if (class_of[i] != DSI_NO_CLASS)
            counts[class_of[i]]++;
    bool same = group->n_indexed == 0 ||
                memcmp(counts, group->counts, group->n_indexed * sizeof *counts) == 0;
    free(counts);
    if (same)
        return DSI_OK;
    return dsi_fail(
        err, DSI_ERR_READ,
        "a second look at the labels saw others than the first: plans and "
        "weights by sample need a file that can be read twice and stays as it "
        "is (save a stream to a file)");
}

static enum dsi_status write_by_sample(struct dsi_tool_scan *scan,
                                       const struct dsi_balance_group *group,
                                       const struct dsi_balance_outputs *outputs,
                                       struct dsi_error *err)
{
    uint32_t *class_of = NULL;
    uint64_t n = 0;
    enum dsi_status status = index_samples(scan, group, &class_of, &n, err);
    if (status == DSI_OK)
        status = check_second_look(group, class_of, n, err);
    if (status == DSI_OK && outputs->sample_weights)
        status = write_sample_weights(outputs->sample_weights, group, class_of, n, err);
    if (status == DSI_OK && outputs->indices)
        status = write_plan(group, outputs, class_of, n, err);
    free(class_of);
    return status;
}

enum dsi_status dsi_balance_write_files(struct dsi_tool_scan *scan,
                                        const struct dsi_balance_outputs *outputs,
                                        struct dsi_error *err)
{
    bool by_sample = outputs->indices || outputs->sample_weights;
    if (!by_sample && !outputs->class_weights)
        return DSI_OK;
    if (dsi_dataset_n_shown(&scan->dataset) != 1)
        return dsi_fail(
            err, DSI_ERR_USAGE,
            "weights and plans are of one split or input, and there are %zu: "
            "name one (a tree's folder, or --split=NAME of a table)",
            dsi_dataset_n_shown(&scan->dataset));
    struct dsi_balance_group group;
    DSI_TRY(dsi_balance_group_make(&group, scan->runs[0].state,
                                   dsi_dataset_first_shown(&scan->dataset), err));
    enum dsi_status status = DSI_OK;
    if (outputs->class_weights)
        status = write_class_weights(outputs->class_weights, &group, err);
    if (status == DSI_OK && by_sample)
        status = write_by_sample(scan, &group, outputs, err);
    dsi_balance_group_free(&group);
    return status;
}
