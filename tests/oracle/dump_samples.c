/* Prints every sample of the INPUTs as a scan for values meets it, for tests that list
 * pictures themselves: a line of JSON each,
 *
 *     {"group": name, "sample": number, "status": rule or "ok", "rows": n, "sum": n}
 *
 * and then exactly the bytes of its path, ended by NUL. "sum" is that of its 8-bit
 * values. Findings of opening follow, a line "finding: RULE" each; exit 2 where an
 * input could not be opened.
 *
 *     dump_samples INPUT... */
#include "scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t sum_of(const struct dsi_block *block)
{
    const uint8_t *values = block->values;
    uint64_t n_bytes, sum = 0;
    if (!block->n_value_rows || block->values_array->dtype.size != 1)
        return 0;
    n_bytes = block->n_value_rows * dsi_array_row_bytes(block->values_array);
    for (uint64_t i = 0; i < n_bytes; i++)
        sum += values[i];
    return sum;
}

static void print_block(const struct dsi_dataset *dataset,
                        const struct dsi_block *block)
{
    printf("{\"group\": \"%s\", \"sample\": %" PRIu64 ", \"status\": \"%s\", "
           "\"rows\": %" PRIu64 ", \"sum\": %" PRIu64 "}\n",
           dataset->groups[block->group].name, block->first_sample,
           block->status == DSI_OK ? "ok" : dsi_status_rule(block->status),
           block->n_value_rows, sum_of(block));
    fwrite(block->where, 1, strlen(block->where) + 1, stdout);
}

static enum dsi_status print_samples(const struct dsi_dataset *dataset,
                                     struct dsi_error *err)
{
    struct dsi_plan plan;
    struct dsi_loader loader = {0};
    struct dsi_block block;
    DSI_TRY(dsi_plan_make(&plan, dataset, DSI_NEED_VALUES, err));
    enum dsi_status status = DSI_OK;
    for (uint64_t b = 0; b < plan.n_blocks && status == DSI_OK; b++) {
        status = dsi_plan_load(&plan, b, &loader, &block, err);
        if (status == DSI_OK)
            print_block(dataset, &block);
        dsi_loader_end_block(&loader);
    }
    dsi_loader_free(&loader);
    dsi_plan_free(&plan);
    return status;
}

int main(int argc, char **argv)
{
    struct dsi_dataset dataset;
    struct dsi_error err;
    const struct dsi_dataset_options options = {.need = DSI_NEED_VALUES,
                                                .open.limits = dsi_limits_default};
    struct dsi_report *report = dsi_report_new("samples", NULL, 0);
    if (!report || argc < 2)
        return 3;
    bool lacks = true;
    enum dsi_status status = dsi_dataset_open(&dataset, (const char *const *)argv + 1,
                                              (size_t)argc - 1, &options, report, &err);
    if (status == DSI_OK) {
        lacks = dataset.n_failed_inputs > 0;
        status = print_samples(&dataset, &err);
        dsi_dataset_close(&dataset);
    }
    dsi_report_sort_findings(report);
    for (size_t i = 0; i < dsi_report_n_findings(report); i++)
        printf("finding: %s\n", dsi_report_finding_at(report, i).rule);
    dsi_report_free(report);
    return status != DSI_OK ? 3 : lacks ? 2 : 0;
}
