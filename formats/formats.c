#include "known_formats.h"
#include "reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One line a format. The order is the order of `dsinspect --formats` and decides
 * nothing. */
#define FORMATS(X) X(npy) X(npz) X(hdf5) X(png) X(jpeg) X(csv) X(idx)

#define DECLARE(name) extern const struct dsi_format dsi_format_##name;
FORMATS(DECLARE)

#define LIST(name) &dsi_format_##name,
const struct dsi_format *const dsi_formats[] = {FORMATS(LIST) NULL};

const struct dsi_limits dsi_limits_default = {.max_bytes = UINT64_C(256) << 20,
                                              .max_pixels = 178956970};

void dsi_warn(struct dsi_warnings *warnings, enum dsi_status status, const char *format,
              ...)
{
    if (warnings->n < DSI_MAX_WARNINGS) {
        struct dsi_warning *w = &warnings->first[warnings->n];
        va_list args;
        va_start(args, format);
        w->status = status;
        vsnprintf(w->message, sizeof w->message, format, args);
        va_end(args);
    }
    warnings->n++;
}

void dsi_rows_free(struct dsi_rows *rows)
{
    dsi_bytes_free(&rows->values);
    dsi_bytes_free(&rows->text);
    dsi_bytes_free(&rows->unwritten);
    dsi_bytes_free(&rows->scratch);
    *rows = (struct dsi_rows){0};
}

const struct dsi_format *dsi_format_of_content(const uint8_t *head, size_t n)
{
    const struct dsi_format *best = NULL;
    int most = 0;
    for (const struct dsi_format *const *f = dsi_formats; *f; f++) {
        int bits = (*f)->probe(head, n);
        if (bits > most) {
            most = bits;
            best = *f;
        }
    }
    return best;
}

static bool ends_with(const char *path, size_t n_path, const char *suffix)
{
    size_t n = strlen(suffix);
    return n_path >= n && strcasecmp(path + n_path - n, suffix) == 0;
}

const struct dsi_format *dsi_format_of_suffix(const char *path)
{
    size_t n_path = strlen(path);
    for (const struct dsi_format *const *f = dsi_formats; *f; f++)
        for (const char *const *s = (*f)->suffixes; *s; s++)
            if (ends_with(path, n_path, *s))
                return *f;
    return NULL;
}

/* Whether the text at the head of a file is a page of the web: what servers send in
 * place of the file that was asked for. */
static bool is_html(const uint8_t *head, size_t n)
{
    static const char *const marks[] = {"<!doctype html", "<html"};
    for (size_t at = 0; at < n; at++)
        for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
            size_t k = strlen(marks[m]);
            if (n - at >= k && strncasecmp((const char *)head + at, marks[m], k) == 0)
                return true;
        }
    return false;
}

/* The format of content, unless the name (NULL: none) gives the lie to it. */
static enum dsi_status choose(const char *path, const uint8_t *head, size_t n,
                              const struct dsi_format **format, struct dsi_error *err)
{
    if (n == 0)
        return dsi_fail(err, DSI_ERR_TRUNCATED, "an empty file");
    *format = dsi_format_of_content(head, n);
    /* What passes for text because it starts with a word is no table for that. */
    enum { SURE = 5 };
    size_t n_matched = 0;
    const struct dsi_format *claimed = path ? dsi_format_of_suffix(path) : NULL;
    if (!*format && claimed && claimed->may_start_late) {
        *format = claimed;
        return DSI_OK;
    }
    const char *known = dsi_known_format(head, n, &n_matched);
    if (known && (!*format || ((*format)->has_no_signature && n_matched >= SURE)))
        return dsi_fail(err, DSI_ERR_UNKNOWN_FORMAT, "%s", known);
    if (!*format)
        return dsi_fail(err, DSI_ERR_UNKNOWN_FORMAT,
                        "not a format dsinspect reads (npy, npz, HDF5, PNG, JPEG, "
                        "IDX, CSV)");
    if ((*format)->has_no_signature && claimed && !claimed->has_no_signature)
        return dsi_fail(err, DSI_ERR_MALFORMED, "named as %s, but holds text%s",
                        claimed->name, is_html(head, n) ? " (an HTML page?)" : "");
    return DSI_OK;
}

static enum dsi_status open_file(struct dsi_file *file, struct dsi_source *source,
                                 const char *path,
                                 const struct dsi_open_options *options,
                                 const struct dsi_format *format, struct dsi_error *err)
{
    *file = (struct dsi_file){.source = source, .path = path, .options = *options};
    if (!format) {
        uint8_t head[DSI_PROBE_BYTES];
        size_t n;
        DSI_TRY(dsi_source_read(source, 0, head, sizeof head, &n, err));
        DSI_TRY(choose(path, head, n, &format, err));
    }
    file->format = format;
    enum dsi_status status = format->open(file, err);
    file->path = NULL;
    if (status != DSI_OK)
        dsi_file_close(file);
    return status;
}

enum dsi_status dsi_file_open(struct dsi_file *file, struct dsi_source *source,
                              const struct dsi_open_options *options,
                              const struct dsi_format *format, struct dsi_error *err)
{
    return open_file(file, source, NULL, options, format, err);
}

enum dsi_status dsi_file_open_named(struct dsi_file *file, struct dsi_source *source,
                                    const char *path,
                                    const struct dsi_open_options *options,
                                    struct dsi_error *err)
{
    return open_file(file, source, path, options, NULL, err);
}

static void clear_rows(struct dsi_rows *rows)
{
    rows->values.n = rows->text.n = rows->scratch.n = rows->unwritten.n = 0;
    rows->n_rows = 0;
    rows->warnings.n = 0;
}

static enum dsi_status check_read(const struct dsi_array *array, uint64_t first,
                                  uint64_t n, struct dsi_error *err)
{
    uint64_t n_rows = dsi_array_n_rows(array);
    if (first > n_rows || n > n_rows - first)
        return dsi_fail(err, DSI_ERR_USAGE, "rows %llu to %llu of %llu",
                        (unsigned long long)first, (unsigned long long)(first + n),
                        (unsigned long long)n_rows);
    if (array->status != DSI_OK)
        return dsi_fail(err, array->status, "%s", array->reason);
    return DSI_OK;
}

enum dsi_status dsi_file_read(struct dsi_file *file, size_t array, uint64_t first,
                              uint64_t n, struct dsi_rows *rows, struct dsi_error *err)
{
    clear_rows(rows);
    if (array >= file->n_arrays)
        return dsi_fail(err, DSI_ERR_USAGE, "no array number %zu", array);
    DSI_TRY(check_read(&file->arrays[array], first, n, err));
    return n ? file->format->read(file, array, first, n, rows, err) : DSI_OK;
}

enum dsi_status dsi_file_read_values(struct dsi_file *file, size_t index,
                                     uint64_t first, uint64_t n, struct dsi_rows *rows,
                                     struct dsi_error *err)
{
    const struct dsi_array *array = &file->arrays[index];
    const struct dsi_dtype dtype = array->dtype;
    size_t got;
    clear_rows(rows);
    DSI_TRY(dsi_bytes_claim(&rows->values, n * dtype.size, err));
    DSI_TRY(dsi_source_read(file->source, array->values_at + first * dtype.size,
                            rows->values.data, (size_t)n * dtype.size, &got, err));
    rows->n_rows = got / dtype.size;
    rows->values.n = (size_t)rows->n_rows * dtype.size;
    if (dtype.big_endian != dsi_machine_is_big_endian())
        dsi_dtype_swap(dtype, rows->values.data, (size_t)rows->n_rows);
    for (size_t i = 0; dtype.kind == DSI_BOOL && i < rows->values.n; i++)
        rows->values.data[i] = rows->values.data[i] != 0;
    return rows->n_rows == n
               ? DSI_OK
               : dsi_fail(err, DSI_ERR_TRUNCATED, "ends within value %llu",
                          (unsigned long long)(first + rows->n_rows));
}

enum dsi_status dsi_file_read_table(struct dsi_file *file, uint64_t first, uint64_t n,
                                    struct dsi_rows *rows, struct dsi_error *err)
{
    clear_rows(rows);
    DSI_TRY(check_read(&file->arrays[0], first, n, err));
    return n ? file->format->read_table(file, first, n, rows, err) : DSI_OK;
}

void dsi_file_close(struct dsi_file *file)
{
    if (file->format && file->format->close)
        file->format->close(file);
    for (size_t i = 0; i < file->n_arrays; i++) {
        free(file->arrays[i].name);
        free(file->arrays[i].chunks);
        free(file->arrays[i].filters);
        free(file->arrays[i].note);
        free(file->arrays[i].reason);
        dsi_value_names_free(file->arrays[i].value_names,
                             file->arrays[i].n_value_names);
        dsi_bytes_free(&file->arrays[i].fill);
        dsi_bytes_free(&file->arrays[i].missing);
    }
    free(file->arrays);
    *file = (struct dsi_file){0};
}

size_t dsi_file_find(const struct dsi_file *file, const char *name)
{
    for (size_t i = 0; i < file->n_arrays; i++)
        if (file->arrays[i].name && strcmp(file->arrays[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}
