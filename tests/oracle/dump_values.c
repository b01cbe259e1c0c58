/* Decodes a file with our readers and prints what they deliver, for the oracle tests to
 * compare with what NumPy, Pillow and the like deliver from the same file.
 *
 *   dump_values [--as-dtype=T] [--expand-palette] [--rows=N] [--limit-bytes=N]
 *               [--limit-pixels=N] [--header] [--named] [--follow-external]
 *               FILE|- [NAME]
 *
 * For every array, or the one of that NAME, a line of JSON and then exactly its n_bytes
 * bytes of values in the machine's order; a variable-length string is its length as
 * u64, little-endian, and its bytes. --rows reads N rows at a time, --header none;
 * --named lets the name of the file speak, as the tools do. Fill and missing values are
 * printed in hexadecimal. An array that says it cannot be read has its "status" and
 * "reason" and no rows, and the next follows. An error is a last line {"error": rule,
 * "message": text} and exit 1; the rows that were sound before it are printed with
 * their array. */
#include "reader.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct args {
    struct dsi_open_options open;
    uint64_t n_rows; /* at a time */
    bool header, named;
    const char *path, *name;
};

static void print_text(const char *text)
{
    if (!text) {
        printf("null");
        return;
    }
    putchar('"');
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            printf("\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            printf("\\u%04x", (unsigned)*c);
        else
            putchar(*c);
    }
    putchar('"');
}

static int print_error(enum dsi_status status, const struct dsi_error *err)
{
    printf("{\"error\": \"%s\", \"message\": ", dsi_status_rule(status));
    print_text(err->message);
    printf("}\n");
    return 1;
}

static void print_warnings(const struct dsi_warnings *warnings, const char **comma)
{
    for (uint64_t i = 0; i < warnings->n && i < DSI_MAX_WARNINGS; i++) {
        const struct dsi_warning *w = &warnings->first[i];
        printf("%s{\"rule\": \"%s\", \"message\": ", *comma,
               w->status == DSI_OK ? "decoder" : dsi_status_rule(w->status));
        print_text(w->message);
        printf("}");
        *comma = ", ";
    }
}

static void print_hex(const char *key, const struct dsi_bytes *bytes)
{
    printf(", \"%s\": \"", key);
    for (size_t i = 0; i < bytes->n; i++)
        printf("%02x", bytes->data[i]);
    putchar('"');
}

/* What only some formats know of an array. */
static void print_more(const struct dsi_array *array)
{
    printf(", \"status\": \"%s\", \"reason\": ",
           array->status == DSI_OK ? "ok" : dsi_status_rule(array->status));
    print_text(array->reason);
    printf(", \"is_constant\": %s, \"n_rows_together\": %" PRIu64
           ", \"n_rows_missing\": %" PRIu64,
           array->is_constant ? "true" : "false", array->n_rows_together,
           array->n_rows_missing);
    print_hex("fill", &array->fill);
    print_hex("missing", &array->missing);
    printf(", \"value_names\": [");
    for (size_t i = 0; i < array->n_value_names; i++) {
        printf("%s[%" PRId64 ", ", i ? ", " : "", array->value_names[i].value);
        print_text(array->value_names[i].name);
        putchar(']');
    }
    putchar(']');
}

static void print_array(const struct dsi_file *file, const struct dsi_array *array,
                        uint64_t n_rows, const struct dsi_bytes *values,
                        const struct dsi_warnings *read_warnings)
{
    char dtype[DSI_DTYPE_NAME_SIZE];
    const char *comma = "";

    printf("{\"name\": ");
    print_text(array->name);
    printf(", \"format\": \"%s\", \"dtype\": \"%s\", \"kind\": %d, \"size\": %" PRIu32,
           file->format->name, dsi_dtype_name(array->dtype, dtype),
           (int)array->dtype.kind, array->dtype.size);
    printf(", \"shape\": [");
    for (int i = 0; i < array->n_dims; i++)
        printf("%s%" PRIu64, i ? ", " : "", array->shape[i]);
    printf("], \"rows\": %" PRIu64 ", \"n_bytes\": %zu, \"sequential\": %s", n_rows,
           values->n, array->sequential ? "true" : "false");
    printf(", \"n_bytes_stored\": %" PRIu64, array->n_bytes_stored);
    printf(", \"chunks\": ");
    print_text(array->chunks);
    printf(", \"filters\": ");
    print_text(array->filters);
    printf(", \"note\": ");
    print_text(array->note);
    print_more(array);
    printf(", \"warnings\": [");
    print_warnings(&file->warnings, &comma);
    print_warnings(read_warnings, &comma);
    printf("]}\n");
    if (values->n)
        fwrite(values->data, 1, values->n, stdout);
}

static enum dsi_status append_strings(struct dsi_bytes *out,
                                      const struct dsi_bytes *values,
                                      struct dsi_error *err)
{
    for (size_t at = 0; at < values->n; at += sizeof(struct dsi_string)) {
        struct dsi_string s;
        memcpy(&s, values->data + at, sizeof s);
        DSI_TRY(dsi_bytes_append_text(out, s.text, s.n, err));
    }
    return DSI_OK;
}

static void keep_warnings(struct dsi_warnings *into, const struct dsi_warnings *from)
{
    for (uint64_t i = 0; i < from->n && i < DSI_MAX_WARNINGS; i++)
        dsi_warn(into, from->first[i].status, "%s", from->first[i].message);
}

static enum dsi_status read_array(struct dsi_file *file, size_t index,
                                  const struct args *args, struct dsi_bytes *out,
                                  uint64_t *n_done, struct dsi_warnings *warnings,
                                  struct dsi_error *err)
{
    const struct dsi_array *array = &file->arrays[index];
    uint64_t n_rows = args->header ? 0 : dsi_array_n_rows(array);
    enum dsi_status status = DSI_OK;
    struct dsi_rows rows = {0};

    while (status == DSI_OK && *n_done < n_rows) {
        uint64_t n = n_rows - *n_done;
        n = n < args->n_rows ? n : args->n_rows;
        status = dsi_file_read(file, index, *n_done, n, &rows, err);
        keep_warnings(warnings, &rows.warnings);
        enum dsi_status kept =
            array->dtype.kind == DSI_STRING
                ? append_strings(out, &rows.values, err)
                : dsi_bytes_append(out, rows.values.data, rows.values.n, err);
        *n_done += rows.n_rows;
        if (kept != DSI_OK)
            status = kept;
        else if (status == DSI_OK && rows.n_rows != n)
            status = dsi_fail(err, DSI_ERR_USAGE,
                              "the reader delivered %" PRIu64 " of %" PRIu64
                              " rows and called it success",
                              rows.n_rows, n);
    }
    dsi_rows_free(&rows);
    return status;
}

/* One that says it cannot be read must not be read. */
static int dump_unreadable(struct dsi_file *file, size_t index)
{
    const struct dsi_array *array = &file->arrays[index];
    struct dsi_rows rows = {0};
    struct dsi_error err = {0};

    print_array(file, array, 0, &rows.values, &rows.warnings);
    if (dsi_array_n_rows(array) == 0)
        return 0;
    enum dsi_status status = dsi_file_read(file, index, 0, 1, &rows, &err);
    dsi_rows_free(&rows);
    if (status == array->status)
        return 0;
    dsi_fail(&err, DSI_ERR_USAGE, "reading it gave %s, but it said %s",
             status == DSI_OK ? "values" : dsi_status_rule(status),
             dsi_status_rule(array->status));
    return print_error(DSI_ERR_USAGE, &err);
}

static int dump_array(struct dsi_file *file, size_t index, const struct args *args)
{
    struct dsi_bytes values = {0};
    struct dsi_warnings warnings = {0};
    struct dsi_error err = {0};
    uint64_t n_rows = 0;

    if (file->arrays[index].status != DSI_OK)
        return dump_unreadable(file, index);
    enum dsi_status status =
        read_array(file, index, args, &values, &n_rows, &warnings, &err);
    print_array(file, &file->arrays[index], n_rows, &values, &warnings);
    dsi_bytes_free(&values);
    return status == DSI_OK ? 0 : print_error(status, &err);
}

static int dump_file(struct dsi_source *source, const struct args *args)
{
    struct dsi_file file;
    struct dsi_error err = {0};
    int code = 0;

    enum dsi_status status =
        args->named ? dsi_file_open_named(&file, source, args->path, &args->open, &err)
                    : dsi_file_open(&file, source, &args->open, NULL, &err);
    if (status != DSI_OK)
        return print_error(status, &err);
    size_t first = 0, end = file.n_arrays;
    if (args->name) {
        first = dsi_file_find(&file, args->name);
        end = first + 1;
        if (first == SIZE_MAX) {
            dsi_fail(&err, DSI_ERR_USAGE, "no array of that name");
            code = print_error(err.status, &err);
            end = first;
        }
    }
    for (size_t i = first; i < end && !code; i++)
        code = dump_array(&file, i, args);
    dsi_file_close(&file);
    return code;
}

static int parse(int argc, char **argv, struct args *args)
{
    enum { AS_DTYPE, PALETTE, ROWS, BYTES, PIXELS, HEADER, NAMED, EXTERNAL };
    static const struct option options[] = {
        {"as-dtype", required_argument, NULL, AS_DTYPE},
        {"expand-palette", no_argument, NULL, PALETTE},
        {"rows", required_argument, NULL, ROWS},
        {"limit-bytes", required_argument, NULL, BYTES},
        {"limit-pixels", required_argument, NULL, PIXELS},
        {"header", no_argument, NULL, HEADER},
        {"named", no_argument, NULL, NAMED},
        {"follow-external", no_argument, NULL, EXTERNAL},
        {0},
    };
    int c;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case AS_DTYPE:
            args->open.as_dtype = optarg;
            break;
        case PALETTE:
            args->open.expand_palette = true;
            break;
        case ROWS:
            args->n_rows = strtoull(optarg, NULL, 10);
            break;
        case BYTES:
            args->open.limits.max_bytes = strtoull(optarg, NULL, 10);
            break;
        case PIXELS:
            args->open.limits.max_pixels = strtoull(optarg, NULL, 10);
            break;
        case HEADER:
            args->header = true;
            break;
        case NAMED:
            args->named = true;
            break;
        case EXTERNAL:
            args->open.follow_external = true;
            break;
        default:
            return 2;
        }
    }
    if (optind >= argc || optind + 2 < argc || args->n_rows == 0)
        return 2;
    args->path = argv[optind];
    args->name = argv[optind + 1];
    return 0;
}

int main(int argc, char **argv)
{
    struct args args = {.open.limits = dsi_limits_default, .n_rows = UINT64_MAX};
    struct dsi_source source;
    struct dsi_error err = {0};

    if (parse(argc, argv, &args) != 0) {
        fprintf(stderr, "usage: dump_values [OPTIONS] FILE|- [NAME]\n");
        return 2;
    }
    enum dsi_status status = strcmp(args.path, "-") == 0
                                 ? dsi_source_of_fd(&source, STDIN_FILENO, &err)
                                 : dsi_source_open(&source, args.path, &err);
    if (status != DSI_OK)
        return print_error(status, &err);
    int code = dump_file(&source, &args);
    dsi_source_close(&source);
    return code;
}
