/* CSV and TSV: every column is one array of strings, nothing is converted.
 *
 * Opening reads the file once, a window at a time, counting records and noting where
 * every so many bytes a record starts. Reading starts at the note before the first row
 * wanted, so any thread reads any rows at any time. */
#include "csv_head.h"
#include "csv_scan.h"
#include "reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_SPACING = 64 << 10, /* bytes between index entries at least, doubled ... */
    MAX_ENTRIES = 65536,      /* ... whenever there are this many */
    MAX_TEXT = 256 << 20,     /* bytes delivered by one read, however many rows */
};

struct entry {
    uint64_t row, offset, line;
};

struct csv {
    struct dsi_csv_head head;
    uint64_t start; /* of the text, after a byte order mark */
    uint64_t end;   /* of the text, as it was found */
    uint64_t n_rows;
    struct entry *entries; /* ascending; the first is row 0 */
    size_t n_entries;
    uint64_t spacing;
    uint64_t *sizes; /* bytes stored of each column */
};

/* Rows with another number of fields than the first record. */
struct ragged {
    uint64_t n, line;
};

static const uint8_t utf8_mark[3] = {0xef, 0xbb, 0xbf};

static bool is_utf16(const uint8_t *head, size_t n)
{
    return n >= 2 && ((head[0] == 0xff && head[1] == 0xfe) ||
                      (head[0] == 0xfe && head[1] == 0xff));
}

static bool is_utf8(const uint8_t *head, size_t n)
{
    return n >= sizeof utf8_mark && memcmp(head, utf8_mark, sizeof utf8_mark) == 0;
}

static int probe_csv(const uint8_t *head, size_t n)
{
    if (is_utf16(head, n))
        return 1; /* so that opening can say why not */
    for (size_t i = 0; i < n; i++)
        if ((head[i] < ' ' && head[i] != '\t' && head[i] != '\n' && head[i] != '\r') ||
            head[i] == 0x7f)
            return 0;
    return n == 0 ? 0 : is_utf8(head, n) ? 24 : 1;
}

/* Keeps every other entry, so that the index stays small however long the file. */
static void thin_index(struct csv *csv)
{
    size_t n = 0;
    for (size_t i = 0; i < csv->n_entries; i += 2)
        csv->entries[n++] = csv->entries[i];
    csv->n_entries = n;
    csv->spacing *= 2;
}

static enum dsi_status add_entry(struct csv *csv, const struct dsi_csv_record *record,
                                 struct dsi_error *err)
{
    if (csv->n_entries == MAX_ENTRIES)
        thin_index(csv);
    size_t n = csv->n_entries;
    if ((n & (n - 1)) == 0) { /* a power of two: full, or after thinning large enough */
        uint64_t capacity = n ? 2 * n : 1;
        struct entry *entries =
            dsi_realloc_array(csv->entries, capacity, sizeof *entries);
        if (!entries)
            return dsi_fail_memory(err, capacity * sizeof *entries);
        csv->entries = entries;
    }
    csv->entries[csv->n_entries++] = (struct entry){
        .row = csv->n_rows, .offset = record->offset, .line = record->line};
    return DSI_OK;
}

static void count_ragged(struct ragged *ragged, uint64_t line)
{
    if (ragged->n++ == 0)
        ragged->line = line;
}

static void warn_ragged(struct dsi_file *file, const struct ragged *ragged,
                        const char *what, const char *taken)
{
    const struct csv *csv = file->state;
    if (ragged->n)
        dsi_warn(&file->warnings, DSI_OK,
                 "%" PRIu64 " record%s %s fields than the first record's %" PRIu64
                 " (first on line %" PRIu64 "); %s",
                 ragged->n, ragged->n == 1 ? " has" : "s have", what,
                 csv->head.n_columns, ragged->line, taken);
}

/* Counts the rows and builds the index. */
static enum dsi_status index_rows(struct dsi_file *file, struct dsi_csv_scan *scan,
                                  struct dsi_error *err)
{
    struct csv *csv = file->state;
    struct dsi_csv_sink sink = {.column = DSI_CSV_NONE,
                                .sizes = csv->sizes,
                                .n_sizes = (size_t)csv->head.n_columns};
    struct ragged few = {0}, many = {0};
    uint64_t due = 0, quote_line = 0;
    for (;;) {
        struct dsi_csv_record record;
        DSI_TRY(dsi_csv_scan_next(scan, &sink, &record, err));
        if (record.n_fields == 0)
            break;
        if (record.n_fields < csv->head.n_columns)
            count_ragged(&few, record.line);
        else if (record.n_fields > csv->head.n_columns)
            count_ragged(&many, record.line);
        if (record.offset >= due) {
            DSI_TRY(add_entry(csv, &record, err));
            due = record.offset + csv->spacing;
        }
        quote_line = record.quote_line;
        csv->n_rows++;
    }
    csv->end = dsi_csv_scan_end(scan);
    warn_ragged(file, &few, "fewer", "the missing ones are taken as empty");
    warn_ragged(file, &many, "more", "the surplus is not read");
    if (quote_line)
        dsi_warn(&file->warnings, DSI_ERR_TRUNCATED,
                 "the quote opened on line %" PRIu64 " is never closed", quote_line);
    return DSI_OK;
}

static enum dsi_status scan_rows(struct dsi_file *file, struct dsi_error *err)
{
    struct csv *csv = file->state;
    struct dsi_bytes buffer = {0};
    struct dsi_csv_scan scan;
    dsi_csv_scan_start(&scan, file->source, &buffer, csv->head.data, csv->head.line);
    scan.separator = csv->head.separator;
    scan.end = file->source->n_bytes;
    scan.max_bytes = file->options.limits.max_bytes;
    enum dsi_status status = index_rows(file, &scan, err);
    dsi_bytes_free(&buffer);
    return status;
}

static char *make_note(const struct dsi_csv_head *head)
{
    const char *separator = dsi_csv_separator_name(head->separator);
    char note[64];
    int n = snprintf(
        note, sizeof note, "%s, %s%s", head->has_header ? "header" : "no header",
        separator ? separator : "one column", separator ? "-separated" : "");
    return dsi_text_copy(note, (size_t)n);
}

static enum dsi_status describe_columns(struct dsi_file *file, struct dsi_error *err)
{
    struct csv *csv = file->state;
    uint64_t n = csv->head.n_columns;
    file->arrays = dsi_alloc_zeroed(n, sizeof *file->arrays);
    if (!file->arrays)
        return dsi_fail_memory(err, n * sizeof *file->arrays);
    file->n_arrays = (size_t)n;
    for (size_t i = 0; i < n; i++) {
        struct dsi_array *array = &file->arrays[i];
        array->dtype = (struct dsi_dtype){.kind = DSI_STRING,
                                          .size = sizeof(struct dsi_string),
                                          .big_endian = dsi_machine_is_big_endian()};
        array->n_dims = 1;
        array->shape[0] = csv->n_rows;
        array->n_bytes_stored = csv->sizes[i];
        array->name = csv->head.names[i];
        csv->head.names[i] = NULL; /* the array's now */
        array->note = make_note(&csv->head);
        if (!array->note)
            return dsi_fail_memory(err, 64);
        DSI_TRY(dsi_array_check(array, err));
    }
    return DSI_OK;
}

/* Passes over a byte order mark, refuses what is not one-byte text. */
static enum dsi_status check_start(struct dsi_file *file, uint64_t *start,
                                   struct dsi_error *err)
{
    uint8_t mark[3];
    size_t n;
    *start = 0;
    if (file->source->kind == DSI_SOURCE_STREAM)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "CSV is not read from a pipe: save it to a file");
    DSI_TRY(dsi_source_read(file->source, 0, mark, sizeof mark, &n, err));
    if (is_utf16(mark, n))
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "UTF-16 text: convert it to UTF-8 "
                        "(iconv -f UTF-16 -t UTF-8)");
    if (is_utf8(mark, n))
        *start = sizeof mark;
    if (file->source->n_bytes <= *start)
        return dsi_fail(err, DSI_ERR_TRUNCATED, "an empty file");
    return DSI_OK;
}

static enum dsi_status open_csv(struct dsi_file *file, struct dsi_error *err)
{
    struct csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return dsi_fail_memory(err, sizeof *csv);
    file->state = csv;
    csv->spacing = FIRST_SPACING;
    DSI_TRY(check_start(file, &csv->start, err));
    DSI_TRY(dsi_csv_head_read(&csv->head, file->source, csv->start,
                              file->options.limits.max_bytes, err));
    csv->sizes = dsi_alloc_zeroed(csv->head.n_columns, sizeof *csv->sizes);
    if (!csv->sizes)
        return dsi_fail_memory(err, csv->head.n_columns * sizeof *csv->sizes);
    DSI_TRY(scan_rows(file, err));
    return describe_columns(file, err);
}

/* The last entry at or before row. */
static size_t find_entry(const struct csv *csv, uint64_t row)
{
    size_t low = 0, high = csv->n_entries;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (csv->entries[middle].row <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The file is not what it was when its records were counted. */
static enum dsi_status fail_changed(const struct dsi_csv_scan *scan, uint64_t row,
                                    struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_TRUNCATED,
                    "row %" PRIu64 " is missing: the file now ends at byte %" PRIu64
                    " (has it changed since it was opened?)",
                    row, dsi_csv_scan_end(scan));
}

/* Makes the last record of the sink as wide as it has to be: a record of fewer fields
 * than there are columns is as if the last were empty; fields beyond are dropped. */
static enum dsi_status square_record(struct dsi_csv_sink *sink, uint64_t n_fields,
                                     uint64_t width, struct dsi_error *err)
{
    const struct dsi_string empty = {.n = 0};
    if (sink->column != DSI_CSV_ALL) /* the field that was asked for, or none */
        return n_fields > (uint64_t)sink->column
                   ? DSI_OK
                   : dsi_bytes_append(sink->values, &empty, sizeof empty, err);
    for (; n_fields < width; n_fields++)
        DSI_TRY(dsi_bytes_append(sink->values, &empty, sizeof empty, err));
    for (; n_fields > width; n_fields--) {
        struct dsi_string last;
        sink->values->n -= sizeof last;
        memcpy(&last, sink->values->data + sink->values->n, sizeof last);
        sink->n_text -= last.n;
        sink->text->n = sink->n_text;
    }
    return DSI_OK;
}

/* From the scan's row 'from' on, delivers rows first to first + n. */
static enum dsi_status read_rows(const struct csv *csv, struct dsi_csv_scan *scan,
                                 struct dsi_csv_sink *sink, uint64_t from,
                                 uint64_t first, uint64_t n, uint64_t width,
                                 struct dsi_rows *rows, struct dsi_error *err)
{
    int64_t column = sink->column;
    sink->column = DSI_CSV_NONE;
    for (uint64_t row = from; row < first + n; row++) {
        struct dsi_csv_record record;
        if (row == first)
            sink->column = column;
        DSI_TRY(dsi_csv_scan_next(scan, sink, &record, err));
        if (record.n_fields == 0 ||
            (record.at_end && dsi_csv_scan_end(scan) < csv->end))
            return fail_changed(scan, row, err);
        if (row < first)
            continue;
        if (rows->text.n > MAX_TEXT)
            return dsi_fail(err, DSI_ERR_LIMIT,
                            "the column holds more than %d MiB of text in rows "
                            "%" PRIu64 " to %" PRIu64,
                            MAX_TEXT >> 20, first, row);
        rows->n_rows++;
        DSI_TRY(square_record(sink, record.n_fields, width, err));
    }
    return DSI_OK;
}

/* Points the strings into the text, which no longer moves. */
static void point_strings(struct dsi_rows *rows, uint64_t width)
{
    struct dsi_string *value = (struct dsi_string *)(void *)rows->values.data;
    const char *text = rows->text.n ? (const char *)rows->text.data : "";
    const uint64_t n = rows->n_rows * width;
    rows->values.n = (size_t)n * sizeof *value; /* drops a failed one */
    for (uint64_t i = 0; i < n; i++) {
        value[i].text = text;
        text += value[i].n;
    }
}

/* Rows of one column, or of all: `column` is as in dsi_csv_sink, width how many strings
 * a row then has. */
static enum dsi_status read_columns(struct dsi_file *file, int64_t column,
                                    uint64_t width, uint64_t first, uint64_t n,
                                    struct dsi_rows *rows, struct dsi_error *err)
{
    const struct csv *csv = file->state;
    uint64_t n_bytes;
    if (!dsi_mul(n, width, &n_bytes) ||
        !dsi_mul(n_bytes, sizeof(struct dsi_string), &n_bytes) || n_bytes > PTRDIFF_MAX)
        return dsi_fail_memory(err, UINT64_MAX);
    DSI_TRY(dsi_bytes_reserve(&rows->values, (size_t)n_bytes, err));
    const struct entry *entry = &csv->entries[find_entry(csv, first)];
    size_t after = find_entry(csv, first + n - 1) + 1;
    struct dsi_csv_scan scan;
    dsi_csv_scan_start(&scan, file->source, &rows->scratch, entry->offset, entry->line);
    scan.separator = csv->head.separator;
    scan.end = csv->end;
    scan.needed = after < csv->n_entries ? csv->entries[after].offset : csv->end;
    scan.max_bytes = file->options.limits.max_bytes;
    struct dsi_csv_sink sink = {
        .column = column, .text = &rows->text, .values = &rows->values};
    enum dsi_status status =
        read_rows(csv, &scan, &sink, entry->row, first, n, width, rows, err);
    point_strings(rows, width);
    return status;
}

static enum dsi_status read_csv(struct dsi_file *file, size_t array, uint64_t first,
                                uint64_t n, struct dsi_rows *rows,
                                struct dsi_error *err)
{
    return read_columns(file, (int64_t)array, 1, first, n, rows, err);
}

static enum dsi_status read_table(struct dsi_file *file, uint64_t first, uint64_t n,
                                  struct dsi_rows *rows, struct dsi_error *err)
{
    const struct csv *csv = file->state;
    return read_columns(file, DSI_CSV_ALL, csv->head.n_columns, first, n, rows, err);
}

static void close_csv(struct dsi_file *file)
{
    struct csv *csv = file->state;
    if (!csv)
        return;
    dsi_csv_head_free(&csv->head);
    free(csv->entries);
    free(csv->sizes);
    free(csv);
}

static const char *const suffixes[] = {".csv", ".tsv", NULL};

const struct dsi_format dsi_format_csv = {
    .name = "csv",
    .suffixes = suffixes,
    .has_no_signature = true,
    .probe = probe_csv,
    .open = open_csv,
    .read = read_csv,
    .read_table = read_table,
    .close = close_csv,
};
