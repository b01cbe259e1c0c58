/* Saved class tables from anywhere: what loads must save as it was read, and stay the
 * same when it is merged into a fresh table; sums load and finish. */
#include <stdlib.h>
#include <string.h>

#include "class_table.h"
#include "exact_sum.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_saved(const struct dsi_class_table *table, const uint8_t *data,
                        size_t n)
{
    struct dsi_bytes saved = {0};
    must(dsi_class_table_save(table, &saved, NULL) == DSI_OK);
    must(saved.n == n && memcmp(saved.data, data, n) == 0);
    dsi_bytes_free(&saved);
}

static void name_all(struct dsi_class_table *table)
{
    struct dsi_class_count *classes = NULL;
    uint64_t n = dsi_class_table_n(table);
    must(dsi_class_table_sorted(table, &classes, NULL) == DSI_OK);
    for (uint64_t i = 0; i < n; i++) {
        struct dsi_bytes name = {0};
        must(dsi_label_name(classes[i].label, &name, NULL) == DSI_OK);
        dsi_bytes_free(&name);
    }
    if (dsi_labels_as_integers(classes, n))
        must(classes[0].label.kind == DSI_LABEL_INT);
    free(classes);
}

static void load_table(const uint8_t *data, size_t n)
{
    struct dsi_class_table *table = dsi_class_table_new(1000);
    struct dsi_class_table *fresh = dsi_class_table_new(1000);
    struct dsi_bytes_reader in = {.data = data, .n = n};
    must(table && fresh);
    if (dsi_class_table_load(table, &in, NULL) == DSI_OK) {
        check_saved(table, data, in.at);
        must(dsi_class_table_merge(fresh, table, NULL) == DSI_OK);
        check_saved(fresh, data, in.at);
        name_all(table);
    }
    dsi_class_table_free(table);
    dsi_class_table_free(fresh);
}

static void load_sum(const uint8_t *data, size_t n)
{
    struct dsi_exact_sum sum;
    struct dsi_bytes_reader in = {.data = data, .n = n};
    must(dsi_exact_sum_init(&sum, DSI_SUM_FLOAT32, NULL) == DSI_OK);
    if (dsi_exact_sum_load(&sum, &in, NULL) == DSI_OK) {
        struct dsi_moments m = dsi_exact_sum_finish(&sum);
        must(!(m.std < 0));
    }
    dsi_exact_sum_free(&sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    load_table(data, n);
    load_sum(data, n);
    return 0;
}
