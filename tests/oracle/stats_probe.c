/* Lets test_stats.py use lib/stats. Raw values on standard input.
 *
 * stats_probe count KIND SIZE ROWS   label counts: hex of the name, count, first
 *                                    (KIND as numpy's dtype.kind; V is bfloat16)
 * stats_probe moments 4|8 ROWS       n, mean, std, skew of float32 or float64, in cells
 *                                    of ROWS
 * stats_probe weights SCHEME NORM    float64 weights of uint64 counts, raw
 * stats_probe imbalance              ratio, entropy, gini of uint64 counts
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "class_table.h"
#include "class_weights.h"
#include "exact_sum.h"
#include "imbalance.h"

static void check(enum dsi_status status, const struct dsi_error *err)
{
    if (status == DSI_OK)
        return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static struct dsi_bytes read_all(void)
{
    struct dsi_error err;
    struct dsi_bytes in = {0};
    uint8_t part[65536];
    size_t n;
    while ((n = fread(part, 1, sizeof part, stdin)) > 0)
        check(dsi_bytes_append(&in, part, n, &err), &err);
    return in;
}

static struct dsi_dtype dtype_of(char kind, uint32_t size)
{
    static const char letters[] = "biufVSU";
    static const enum dsi_kind kinds[] = {DSI_BOOL,   DSI_INT,   DSI_UINT,   DSI_FLOAT,
                                          DSI_BFLOAT, DSI_BYTES, DSI_UNICODE};
    const char *at = strchr(letters, kind);
    return (struct dsi_dtype){.kind = at ? kinds[at - letters] : DSI_VOID,
                              .size = size};
}

static void print_classes(const struct dsi_class_table *table)
{
    struct dsi_error err;
    struct dsi_class_count *classes = NULL;
    check(dsi_class_table_sorted(table, &classes, &err), &err);
    for (uint64_t i = 0; i < dsi_class_table_n(table); i++) {
        struct dsi_bytes name = {0};
        check(dsi_label_name(classes[i].label, &name, &err), &err);
        for (size_t k = 0; k < name.n; k++)
            printf("%02x", name.data[k]);
        printf(" %llu %llu\n", (unsigned long long)classes[i].count,
               (unsigned long long)classes[i].first);
        dsi_bytes_free(&name);
    }
    free(classes);
}

/* The last block first, to two tables in turn. */
static void count(const struct dsi_bytes *in, struct dsi_dtype dtype, uint64_t rows)
{
    struct dsi_error err;
    struct dsi_class_table *tables[2] = {dsi_class_table_new(1000000),
                                         dsi_class_table_new(1000000)};
    if (!tables[0] || !tables[1])
        exit(1);
    const uint64_t n = in->n / dtype.size;
    for (uint64_t block = (n + rows - 1) / rows; block-- > 0;) {
        uint64_t first = block * rows, here = n - first < rows ? n - first : rows;
        check(dsi_class_table_add(tables[block % 2], dtype,
                                  in->data + first * dtype.size, here, first, &err),
              &err);
    }
    check(dsi_class_table_merge(tables[0], tables[1], &err), &err);
    print_classes(tables[0]);
    dsi_class_table_free(tables[0]);
    dsi_class_table_free(tables[1]);
}

static double value_at(const struct dsi_bytes *in, size_t size, uint64_t i)
{
    float single;
    double real;
    memcpy(size == 4 ? (void *)&single : (void *)&real, in->data + i * size, size);
    return size == 4 ? (double)single : real;
}

static void print_moments(const struct dsi_bytes *in, size_t size, uint64_t rows)
{
    struct dsi_error err;
    struct dsi_exact_sum sum;
    check(dsi_exact_sum_init(&sum, size == 4 ? DSI_SUM_FLOAT32 : DSI_SUM_FLOAT64, &err),
          &err);
    const uint64_t n = in->n / size;
    for (uint64_t first = 0; first < n; first += rows) {
        struct dsi_cell cell = {.pivot = value_at(in, size, first)};
        for (uint64_t i = first; i < n && i < first + rows; i++, cell.n++) {
            double d = value_at(in, size, i) - cell.pivot;
            cell.d1 += d;
            cell.d2 += d * d;
            cell.d3 += d * d * d;
        }
        dsi_exact_sum_add(&sum, &cell);
    }
    struct dsi_moments m = dsi_exact_sum_finish(&sum);
    printf("%llu %.17g %.17g %.17g\n", (unsigned long long)m.n, m.mean, m.std, m.skew);
    dsi_exact_sum_free(&sum);
}

static void print_weights(const struct dsi_bytes *in, const char *name,
                          const char *normalize)
{
    struct dsi_error err;
    enum dsi_weighting scheme;
    enum dsi_normalization normalization;
    double parameter;
    const uint64_t *counts = (const void *)in->data;
    const uint64_t n = in->n / sizeof *counts;
    double *weights = dsi_alloc_zeroed(n, sizeof *weights);
    if (!weights)
        exit(1);
    check(dsi_weighting_parse(name, &scheme, &parameter, &err), &err);
    check(dsi_normalization_parse(normalize, &normalization, &err), &err);
    check(dsi_class_weights(scheme, parameter, counts, NULL, n, weights, &err), &err);
    dsi_weights_normalize(normalization, counts, n, weights);
    fwrite(weights, sizeof *weights, (size_t)n, stdout);
    free(weights);
}

static void print_imbalance(const struct dsi_bytes *in)
{
    struct dsi_error err;
    struct dsi_imbalance it;
    check(dsi_imbalance_of((const void *)in->data, in->n / sizeof(uint64_t), &it, &err),
          &err);
    printf("%.17g %.17g %.17g\n", it.ratio, it.entropy, it.gini);
}

int main(int argc, char **argv)
{
    struct dsi_bytes in = read_all();
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "count") == 0 && argc == 5)
        count(&in, dtype_of(argv[2][0], (uint32_t)atoi(argv[3])),
              strtoull(argv[4], NULL, 10));
    else if (strcmp(mode, "moments") == 0 && argc == 4)
        print_moments(&in, (size_t)atoi(argv[2]), strtoull(argv[3], NULL, 10));
    else if (strcmp(mode, "weights") == 0 && argc == 4)
        print_weights(&in, argv[2], argv[3]);
    else if (strcmp(mode, "imbalance") == 0)
        print_imbalance(&in);
    else
        return 2;
    dsi_bytes_free(&in);
    return fflush(stdout) != 0;
}
