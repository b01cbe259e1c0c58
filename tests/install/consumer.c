/* Somebody else's program on the installed library: a check of its own, which counts
 * samples, on the library's scan. Prints the count. */
#include <dsinspect.h>

#include <stdio.h>

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_LABELS;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    (void)state, (void)dataset, (void)parameters, (void)err;
    return DSI_OK;
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    (void)err;
    *(uint64_t *)state += block->n_samples;
    return DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    (void)err;
    *(uint64_t *)into += *(const uint64_t *)from;
    return DSI_OK;
}

static void destroy(void *state)
{
    (void)state;
}

static const struct dsi_check count = {
    .name = "count",
    .need = need,
    .state_size = sizeof(uint64_t),
    .init = init,
    .update = update,
    .merge = merge,
    .destroy = destroy,
};

int main(int argc, char **argv)
{
    struct dsi_error err = {0};
    struct dsi_dataset data = {0};
    struct dsi_check_run run = {.check = &count};
    struct dsi_report *report = dsi_report_new("count", NULL, 0);
    const struct dsi_dataset_options options = {
        .need = DSI_NEED_LABELS,
        .open.limits = dsi_limits_default,
    };
    const char *input = argc == 2 ? argv[1] : "";

    enum dsi_status status = dsi_dataset_open(&data, &input, 1, &options, report, &err);
    if (status == DSI_OK) {
        status = dsi_check_run_init(&run, &data, &err);
        if (status == DSI_OK)
            status = dsi_scan(&data, &run, 1, &(struct dsi_scan_options){0}, &err);
        if (status == DSI_OK)
            printf("%ju\n", (uintmax_t) * (uint64_t *)run.state);
        dsi_check_run_free(&run);
        dsi_dataset_close(&data);
    }
    dsi_report_free(report);
    if (status != DSI_OK)
        fprintf(stderr, "consumer: %s\n", err.message);
    return status != DSI_OK;
}
