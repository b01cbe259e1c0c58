#include "outlier.h"

#include <stdlib.h>
#include <string.h>

const struct dsi_outlier_parameters dsi_outlier_defaults = {
    .method = DSI_OUTLIER_IQR,
    .k = 1.5,
    .mad_threshold = 3.5,
    .z_threshold = 3,
    .percents = {1, 99},
    .max_share = 0.01,
};

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_VALUES;
}

static uint64_t n_channels_of(const struct dsi_dataset *dataset)
{
    uint64_t n = 0;
    for (size_t g = 0; g < dataset->n_groups; g++)
        n += dataset->groups[g].channels.n;
    return n;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    struct dsi_outliers *outliers = state;
    outliers->dataset = dataset;
    outliers->parameters = parameters;
    outliers->rows.max = outliers->parameters->n_rows;
    outliers->first_bits = dsi_quantiles_first_bits(n_channels_of(dataset));
    outliers->groups = dsi_alloc_zeroed(dataset->n_groups, sizeof *outliers->groups);
    return outliers->groups
               ? DSI_OK
               : dsi_fail_memory(err, dataset->n_groups * sizeof *outliers->groups);
}

static void destroy(void *state)
{
    struct dsi_outliers *outliers = state;
    for (size_t g = 0; outliers->groups && g < outliers->dataset->n_groups; g++)
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
            dsi_outlier_table_free(outliers->groups[g].tables[t]);
    free(outliers->groups);
    dsi_top_k_free(&outliers->rows);
    dsi_channel_room_free(&outliers->room);
    dsi_bytes_free(&outliers->scratch);
}

/* --- one block ----------------------------------------------------------------------
 */

/* A new table, at no stage yet; the state's. */
static enum dsi_status make_table(struct dsi_outliers *outliers, size_t g, size_t t,
                                  struct dsi_error *err)
{
    const struct dsi_channels *channels = &outliers->dataset->groups[g].channels;
    struct dsi_outlier_table *table =
        dsi_outlier_table_new(dsi_channel_table(channels, t), outliers->first_bits);
    if (!table)
        return dsi_fail_memory(err, sizeof *table);
    outliers->groups[g].tables[t] = table;
    return DSI_OK;
}

static enum dsi_status fold(struct dsi_outliers *outliers,
                            const struct dsi_block *block, size_t g, size_t t,
                            const struct dsi_values *values, struct dsi_error *err)
{
    const struct dsi_channels *channels = &outliers->dataset->groups[g].channels;
    struct dsi_outlier_table *table = outliers->groups[g].tables[t];
    if (!table) {
        if (outliers->n_passes)
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "the data changed while it was read");
        DSI_TRY(make_table(outliers, g, t, err));
        table = outliers->groups[g].tables[t];
        DSI_TRY(dsi_outlier_table_begin(table, outliers->parameters, err));
    }
    if (outliers->pass == DSI_OUTLIER_LOOKS)
        return dsi_outlier_table_add(table, values, &outliers->scratch, err);
    if (!table->counts)
        return DSI_OK;
    if (dsi_outlier_wants_count(table, false))
        DSI_TRY(dsi_beyond_count(table->beyond, values, table->counts, err));
    if (!outliers->rows.max)
        return DSI_OK;
    const struct dsi_outlier_place place = {
        .group = g,
        .first_channel = dsi_channel_table(channels, t).first,
        .path = channels->kind == DSI_CHANNELS_PICTURES ? block->where : NULL};
    return dsi_outlier_find_rows(table, values, &place, &outliers->rows,
                                 &outliers->scratch, err);
}

/* The values of a run of the block's samples. */
static struct dsi_values values_of_run(const struct dsi_values *values,
                                       const struct dsi_run *run)
{
    struct dsi_values part = *values;
    part.first_sample += run->at;
    if (values->times != 1) { /* one row, which is every sample's */
        part.times = run->n;
        return part;
    }
    const uint64_t each = values->n_outer_each * values->n_channels * values->n_inner;
    part.data = (const char *)values->data + run->at * each * values->dtype.size;
    part.skip = values->skip ? values->skip + run->at * each : NULL;
    part.n_outer = run->n * values->n_outer_each;
    return part;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct dsi_outliers *outliers = state;
    struct dsi_values values;
    size_t table;
    DSI_TRY(dsi_block_values(block, &outliers->dataset->groups[block->group].channels,
                             &outliers->parameters->sentinels, &outliers->room, &values,
                             &table, err));
    if (dsi_values_n(&values) == 0)
        return DSI_OK;
    if (!block->groups)
        return fold(outliers, block, block->group, table, &values, err);
    struct dsi_run run;
    for (uint64_t at = 0; dsi_block_next_run(block, &at, &run);) {
        const struct dsi_values part = values_of_run(&values, &run);
        DSI_TRY(fold(outliers, block, run.group, table, &part, err));
    }
    return DSI_OK;
}

/* --- the monoid ---------------------------------------------------------------------
 */

static enum dsi_status merge_table(struct dsi_outliers *into, size_t g, size_t t,
                                   const struct dsi_outlier_table *from,
                                   struct dsi_error *err)
{
    struct dsi_outlier_table *table = into->groups[g].tables[t];
    if (!from)
        return DSI_OK;
    if (!table) {
        DSI_TRY(make_table(into, g, t, err));
        table = into->groups[g].tables[t];
        if (from->stage == DSI_OUTLIER_FIRST)
            DSI_TRY(dsi_outlier_table_begin(table, into->parameters, err));
        else
            DSI_TRY(dsi_outlier_table_adopt(table, from, err));
    }
    return dsi_outlier_table_merge(table, from, err);
}

static enum dsi_status merge(void *state, const void *other, struct dsi_error *err)
{
    struct dsi_outliers *into = state;
    const struct dsi_outliers *from = other;
    if (into->pass != from->pass || into->n_passes != from->n_passes)
        return dsi_fail(err, DSI_ERR_MALFORMED, "saved states of different passes");
    for (size_t g = 0; g < into->dataset->n_groups; g++)
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
            DSI_TRY(merge_table(into, g, t, from->groups[g].tables[t], err));
    return dsi_top_k_merge(&into->rows, &from->rows, err);
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    const struct dsi_outliers *outliers = state;
    DSI_TRY(dsi_bytes_append_u64(out, outliers->dataset->n_groups, err));
    DSI_TRY(dsi_bytes_append_u64(out, outliers->pass, err));
    DSI_TRY(dsi_bytes_append_u64(out, outliers->n_passes, err));
    for (size_t g = 0; g < outliers->dataset->n_groups; g++) {
        struct dsi_outlier_table *const *tables = outliers->groups[g].tables;
        const uint64_t there = (uint64_t)(tables[0] != NULL) |
                               (uint64_t)(tables[1] != NULL) << 1 |
                               (uint64_t)(tables[2] != NULL) << 2;
        DSI_TRY(dsi_bytes_append_u64(out, there, err));
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
            if (tables[t])
                DSI_TRY(dsi_outlier_table_save(tables[t], out, err));
    }
    return dsi_top_k_save(&outliers->rows, out, err);
}

static enum dsi_status load_group(struct dsi_outliers *outliers, size_t g,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    const struct dsi_channels *channels = &outliers->dataset->groups[g].channels;
    uint64_t there;
    DSI_TRY(dsi_bytes_read_u64(in, &there, err));
    if (there >> dsi_channel_tables(channels))
        return dsi_fail(err, DSI_ERR_MALFORMED, "saved channels that are none");
    for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++) {
        if (!(there >> t & 1))
            continue;
        if (dsi_channel_table(channels, t).dtype.kind == DSI_VOID)
            return dsi_fail(err, DSI_ERR_MALFORMED, "saved channels without numbers");
        DSI_TRY(make_table(outliers, g, t, err));
        struct dsi_outlier_table *table = outliers->groups[g].tables[t];
        DSI_TRY(dsi_outlier_table_load(table, outliers->parameters, in, err));
        if ((table->stage == DSI_OUTLIER_FIRST) != (outliers->n_passes == 0) ||
            (outliers->pass != DSI_OUTLIER_LOOKS && table->stage != DSI_OUTLIER_LIMITS))
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "saved channels of different passes");
    }
    return DSI_OK;
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    struct dsi_outliers *outliers = state;
    uint64_t n_groups, pass;
    DSI_TRY(dsi_bytes_read_u64(in, &n_groups, err));
    DSI_TRY(dsi_bytes_read_u64(in, &pass, err));
    DSI_TRY(dsi_bytes_read_u64(in, &outliers->n_passes, err));
    if (n_groups != outliers->dataset->n_groups || pass > DSI_OUTLIER_DONE ||
        (pass && !outliers->n_passes))
        return dsi_fail(err, DSI_ERR_MALFORMED, "a saved state of another dataset");
    outliers->pass = (enum dsi_outlier_pass)pass;
    for (size_t g = 0; g < n_groups; g++)
        DSI_TRY(load_group(outliers, g, in, err));
    return dsi_top_k_load(&outliers->rows, in, err);
}

/* --- from pass to pass --------------------------------------------------------------
 */

/* Calls do_it for every table there is. */
static enum dsi_status for_tables(struct dsi_outliers *outliers,
                                  enum dsi_status (*do_it)(struct dsi_outliers *,
                                                           struct dsi_outlier_table *,
                                                           bool *, struct dsi_error *),
                                  bool *any, struct dsi_error *err)
{
    *any = false;
    for (size_t g = 0; g < outliers->dataset->n_groups; g++)
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++)
            if (outliers->groups[g].tables[t])
                DSI_TRY(do_it(outliers, outliers->groups[g].tables[t], any, err));
    return DSI_OK;
}

static enum dsi_status end_look(struct dsi_outliers *outliers,
                                struct dsi_outlier_table *table, bool *any,
                                struct dsi_error *err)
{
    DSI_TRY(dsi_outlier_table_plan(table, outliers->parameters, err));
    *any |= table->stage != DSI_OUTLIER_LIMITS;
    return DSI_OK;
}

static enum dsi_status begin_count(struct dsi_outliers *outliers,
                                   struct dsi_outlier_table *table, bool *any,
                                   struct dsi_error *err)
{
    if (!dsi_outlier_wants_count(table, outliers->rows.max > 0))
        return DSI_OK;
    *any = true;
    return dsi_outlier_count_begin(table, err);
}

static enum dsi_status end_count(struct dsi_outliers *outliers,
                                 struct dsi_outlier_table *table, bool *any,
                                 struct dsi_error *err)
{
    (void)outliers;
    *any = true;
    return table->counts ? dsi_outlier_count_end(table, err) : DSI_OK;
}

static enum dsi_status plan(void *state, bool *more, struct dsi_error *err)
{
    struct dsi_outliers *outliers = state;
    bool any;
    outliers->n_passes++;
    if (outliers->pass == DSI_OUTLIER_LOOKS) {
        DSI_TRY(for_tables(outliers, end_look, more, err));
        if (*more)
            return DSI_OK;
        outliers->pass = DSI_OUTLIER_COUNTS;
        DSI_TRY(for_tables(outliers, begin_count, more, err));
        if (*more)
            return DSI_OK;
    } else {
        DSI_TRY(for_tables(outliers, end_count, &any, err));
    }
    outliers->pass = DSI_OUTLIER_DONE;
    *more = false;
    return DSI_OK;
}

static enum dsi_status adopt(void *fresh, const void *planned, struct dsi_error *err)
{
    struct dsi_outliers *into = fresh;
    const struct dsi_outliers *from = planned;
    into->pass = from->pass;
    into->n_passes = from->n_passes;
    for (size_t g = 0; g < into->dataset->n_groups; g++)
        for (size_t t = 0; t < DSI_MAX_CHANNEL_TABLES; t++) {
            if (!from->groups[g].tables[t])
                continue;
            DSI_TRY(make_table(into, g, t, err));
            DSI_TRY(dsi_outlier_table_adopt(into->groups[g].tables[t],
                                            from->groups[g].tables[t], err));
        }
    return DSI_OK;
}

const struct dsi_check dsi_check_outliers = {
    .name = "outliers",
    .help = "values beyond the limits that a channel's own values give",
    .need = need,
    .state_size = sizeof(struct dsi_outliers),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .plan = plan,
    .adopt = adopt,
    .n_columns = 12,
    .finish = dsi_outlier_finish,
    .destroy = destroy,
    .default_parameters = &dsi_outlier_defaults,
};

/* The same, with the worst rows for a report. */
const struct dsi_check dsi_check_outlier_rows = {
    .name = "outliers",
    .help = "the worst of them",
    .need = need,
    .state_size = sizeof(struct dsi_outliers),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .plan = plan,
    .adopt = adopt,
    .n_columns = 6,
    .finish = dsi_outlier_finish_rows,
    .destroy = destroy,
    .default_parameters = &dsi_outlier_defaults,
};
