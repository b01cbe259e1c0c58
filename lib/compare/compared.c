#include "compared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const dsi_compared_names[DSI_N_COMPARED] = {
    "same", "differs", "shape", "dtype", "only_a", "only_b", "error"};

void dsi_compared_free(struct dsi_compared *compared, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(compared[i].shape);
        free(compared[i].detail);
        free(compared[i].abs_histogram);
        free(compared[i].ulp_histogram);
        dsi_top_k_free(&compared[i].farthest);
    }
    free(compared);
}

enum dsi_status dsi_compared_tell(struct dsi_compared *compared,
                                  enum dsi_compared_status status, const char *text,
                                  struct dsi_error *err)
{
    compared->status = status;
    free(compared->detail);
    compared->detail = dsi_text_copy(text, strlen(text));
    return compared->detail ? DSI_OK : dsi_fail_memory(err, strlen(text));
}

static void write_shape(const struct dsi_array *array, char *text, size_t size)
{
    if (array->is_null) {
        snprintf(text, size, "null");
        return;
    }
    size_t n = (size_t)snprintf(text, size, "(");
    for (int i = 0; i < array->n_dims && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, i ? ", %llu" : "%llu",
                              (unsigned long long)array->shape[i]);
    if (n < size)
        snprintf(text + n, size - n, array->n_dims == 1 ? ",)" : ")");
}

enum dsi_status dsi_compared_differ_in_shape(struct dsi_compared *compared,
                                             const struct dsi_array *a,
                                             const struct dsi_array *b,
                                             struct dsi_error *err)
{
    char left[400], right[400], text[840];
    write_shape(a, left, sizeof left);
    write_shape(b, right, sizeof right);
    snprintf(text, sizeof text, "%s against %s", left, right);
    return dsi_compared_tell(compared, DSI_COMPARED_SHAPE, text, err);
}

enum dsi_status dsi_compared_differ_in_dtype(struct dsi_compared *compared,
                                             struct dsi_error *err)
{
    char left[DSI_DTYPE_NAME_SIZE], right[DSI_DTYPE_NAME_SIZE],
        text[2 * DSI_DTYPE_NAME_SIZE + 16];
    struct dsi_dtype a = compared->a, b = compared->b;
    a.big_endian = b.big_endian = dsi_machine_is_big_endian();
    snprintf(text, sizeof text, "%s against %s", dsi_dtype_name(a, left),
             dsi_dtype_name(b, right));
    return dsi_compared_tell(compared, DSI_COMPARED_DTYPE, text, err);
}

static enum dsi_status
keep_histogram(const struct dsi_gaps *gaps,
               enum dsi_status (*write)(const struct dsi_gaps *gaps,
                                        struct dsi_bytes *text, struct dsi_error *err),
               char **histogram, struct dsi_error *err)
{
    struct dsi_bytes text = {0};
    enum dsi_status status = write(gaps, &text, err);
    if (status == DSI_OK && text.n)
        *histogram = dsi_text_copy((const char *)text.data, text.n);
    if (status == DSI_OK && text.n && !*histogram)
        status = dsi_fail_memory(err, text.n);
    dsi_bytes_free(&text);
    return status;
}

enum dsi_status dsi_compared_keep_gaps(struct dsi_compared *compared,
                                       const struct dsi_gaps *gaps,
                                       struct dsi_error *err)
{
    DSI_TRY(keep_histogram(gaps, dsi_gaps_write_abs, &compared->abs_histogram, err));
    return keep_histogram(gaps, dsi_gaps_write_ulp, &compared->ulp_histogram, err);
}
