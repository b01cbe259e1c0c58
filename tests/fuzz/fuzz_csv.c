/* Any bytes as CSV. The scan, in windows of 1 to 80 bytes (the first byte says which),
 * must cut the text as a parser of one byte at a time does; and a column read in one go
 * must equal the same column read in pieces. */
#include "csv_scan.h"
#include "reader.h"

#include <stdlib.h>
#include <string.h>

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* Every field as its length and text, every record's end as UINT64_MAX. */
struct listing {
    struct dsi_bytes list, field;
    uint64_t n_fields; /* of the record so far */
    bool bare_cr;      /* the field ends in a CR outside quotes */
};

static void push(struct listing *out)
{
    must(dsi_bytes_append_text(&out->list, out->field.data, out->field.n, NULL) ==
         DSI_OK);
    out->field.n = 0;
    out->n_fields++;
}

static void end_record(struct listing *out)
{
    if (out->bare_cr)
        out->field.n--;
    push(out);
    must(dsi_bytes_append_u64(&out->list, UINT64_MAX, NULL) == DSI_OK);
    out->n_fields = 0;
}

/* The rules of csv_scan.h, as states of one byte at a time. */
static void list_naively(struct listing *out, const uint8_t *text, size_t n,
                         uint8_t separator)
{
    enum { RECORD, FIELD, PLAIN, QUOTED, CLOSED } state = RECORD;
    size_t start = 0; /* of the record */
    for (size_t i = 0; i < n; i++) {
        uint8_t c = text[i];
        bool outside = state != QUOTED;
        bool blank = i == start || (i == start + 1 && text[start] == '\r');
        if (outside && c == '\n') {
            if (blank)
                out->field.n = 0;
            else
                end_record(out);
            state = RECORD;
            start = i + 1;
            out->bare_cr = false;
        } else if (outside && c == separator) {
            push(out);
            state = FIELD;
            out->bare_cr = false;
        } else if (state == QUOTED && c == '"') {
            state = CLOSED;
        } else if ((state == RECORD || state == FIELD) && c == '"') {
            state = QUOTED;
        } else {
            if (state != QUOTED && !(state == CLOSED && c == '"')) {
                out->bare_cr = c == '\r';
                state = PLAIN;
            } else {
                state = QUOTED;
            }
            must(dsi_bytes_append(&out->field, &c, 1, NULL) == DSI_OK);
        }
    }
    if (n > start && !(n == start + 1 && text[start] == '\r'))
        end_record(out);
    out->field.n = 0;
}

static enum dsi_status list_scanned(struct dsi_bytes *list, struct dsi_source *source,
                                    uint8_t separator, uint32_t n_window)
{
    struct dsi_bytes buffer = {0}, text = {0}, values = {0};
    struct dsi_csv_scan scan;
    struct dsi_csv_record record;
    enum dsi_status status;
    dsi_csv_scan_start(&scan, source, &buffer, 0, 1);
    scan.separator = separator;
    scan.n_window = n_window;
    for (;;) {
        text.n = values.n = 0;
        struct dsi_csv_sink sink = {
            .column = DSI_CSV_ALL, .text = &text, .values = &values};
        status = dsi_csv_scan_next(&scan, &sink, &record, NULL);
        if (status != DSI_OK || record.n_fields == 0)
            break;
        must(values.n == record.n_fields * sizeof(struct dsi_string));
        const uint8_t *at = text.data;
        for (uint64_t i = 0; i < record.n_fields; i++) {
            struct dsi_string s;
            memcpy(&s, values.data + i * sizeof s, sizeof s);
            must(dsi_bytes_append_text(list, at, s.n, NULL) == DSI_OK);
            at = s.n ? at + s.n : at;
        }
        must(dsi_bytes_append_u64(list, UINT64_MAX, NULL) == DSI_OK);
    }
    dsi_bytes_free(&buffer);
    dsi_bytes_free(&text);
    dsi_bytes_free(&values);
    return status;
}

static void check_scan(struct dsi_source *source, const uint8_t *text, size_t n,
                       uint8_t separator, uint32_t n_window)
{
    struct listing naive = {0};
    struct dsi_bytes scanned = {0};
    enum dsi_status status = list_scanned(&scanned, source, separator, n_window);
    if (n && memchr(text, 0, n)) {
        must(status == DSI_ERR_MALFORMED);
    } else {
        list_naively(&naive, text, n, separator);
        must(status == DSI_OK && scanned.n == naive.list.n &&
             (scanned.n == 0 || memcmp(scanned.data, naive.list.data, scanned.n) == 0));
    }
    dsi_bytes_free(&scanned);
    dsi_bytes_free(&naive.list);
    dsi_bytes_free(&naive.field);
}

static void check_column(struct dsi_file *file, size_t column, uint64_t piece)
{
    struct dsi_rows whole = {0}, part = {0};
    uint64_t n = dsi_array_n_rows(&file->arrays[column]);
    must(dsi_file_read(file, column, 0, n, &whole, NULL) == DSI_OK);
    must(whole.n_rows == n && whole.values.n == n * sizeof(struct dsi_string));
    const struct dsi_string *a =
        (const struct dsi_string *)(const void *)whole.values.data;
    for (uint64_t first = 0; first < n && first < 64 * piece; first += piece) {
        uint64_t k = n - first < piece ? n - first : piece;
        must(dsi_file_read(file, column, first, k, &part, NULL) == DSI_OK);
        must(part.n_rows == k);
        const struct dsi_string *b =
            (const struct dsi_string *)(const void *)part.values.data;
        for (uint64_t i = 0; i < k; i++)
            must(a[first + i].n == b[i].n &&
                 memcmp(a[first + i].text, b[i].text, b[i].n) == 0);
    }
    dsi_rows_free(&whole);
    dsi_rows_free(&part);
}

static const struct dsi_string *strings(const struct dsi_rows *rows)
{
    return (const struct dsi_string *)(const void *)rows->values.data;
}

/* The table's column is the same as the column read by itself. */
static void check_table(struct dsi_file *file, size_t column, uint64_t first)
{
    struct dsi_rows table = {0}, alone = {0};
    const size_t width = file->n_arrays;
    uint64_t n = dsi_array_n_rows(&file->arrays[0]);
    first = n ? first % n : 0;
    n = n - first < 100 ? n - first : 100;
    must(dsi_file_read_table(file, first, n, &table, NULL) == DSI_OK);
    must(dsi_file_read(file, column, first, n, &alone, NULL) == DSI_OK);
    must(table.n_rows == n && table.values.n == n * width * sizeof(struct dsi_string));
    for (uint64_t i = 0; i < n; i++) {
        const struct dsi_string a = strings(&table)[i * width + column],
                                b = strings(&alone)[i];
        must(a.n == b.n && (a.n == 0 || memcmp(a.text, b.text, a.n) == 0));
    }
    dsi_rows_free(&table);
    dsi_rows_free(&alone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint8_t separators[] = {',', '\t', ';', DSI_CSV_NO_SEPARATOR};
    if (n == 0)
        return 0;
    struct dsi_source source;
    struct dsi_file file;
    struct dsi_open_options options = {.limits = dsi_limits_default};
    dsi_source_of_bytes(&source, data + 1, n - 1);
    for (size_t i = 0; i < sizeof separators; i++)
        check_scan(&source, data + 1, n - 1, separators[i], 1 + data[0] % 80);
    extern const struct dsi_format dsi_format_csv;
    if (dsi_file_open(&file, &source, &options, &dsi_format_csv, NULL) == DSI_OK) {
        for (size_t i = 0; i < file.n_arrays && i < 4; i++)
            check_column(&file, i, 1 + data[0] % 5);
        check_column(&file, file.n_arrays - 1, 3);
        check_table(&file, data[0] % file.n_arrays, data[n / 2]);
        check_table(&file, file.n_arrays - 1, 0);
        dsi_file_close(&file);
    }
    return 0;
}
