#include "csv_head.h"

#include "text_number.h"

#include "dtype.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const usual_names[] = {
    "path",       "paths",    "file",   "files",    "filename", "file_name",
    "filepath",   "img",      "image",  "img_path", "id",       "image_path",
    "name",       "image_id", "label",  "labels",   "class",    "classes",
    "class_name", "category", "target", "y",        "species",  "split",
    "set",        "subset",   "fold",   "text",     "sentence", "partition",
    "train_test",
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct dsi_string trim(struct dsi_string cell)
{
    while (cell.n && is_space(cell.text[0])) {
        cell.text++;
        cell.n--;
    }
    while (cell.n && is_space(cell.text[cell.n - 1]))
        cell.n--;
    return cell;
}

static bool is_word(struct dsi_string cell, const char *word)
{
    return strlen(word) == cell.n && strncasecmp(cell.text, word, cell.n) == 0;
}

static size_t count_digits(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && text[i] >= '0' && text[i] <= '9')
        i++;
    return i;
}

bool dsi_csv_is_number(const char *text, size_t n)
{
    struct dsi_string s = trim((struct dsi_string){text, n});
    size_t i = s.n && (s.text[0] == '+' || s.text[0] == '-');
    struct dsi_string body = {s.text + i, s.n - i};
    if (is_word(body, "nan") || is_word(body, "inf") || is_word(body, "infinity"))
        return true;
    size_t digits = count_digits(s.text + i, s.n - i);
    i += digits;
    if (i < s.n && s.text[i] == '.') {
        size_t more = count_digits(s.text + i + 1, s.n - i - 1);
        digits += more;
        i += 1 + more;
    }
    if (digits == 0)
        return false;
    if (i < s.n && (s.text[i] == 'e' || s.text[i] == 'E')) {
        i++;
        i += i < s.n && (s.text[i] == '+' || s.text[i] == '-');
        size_t exponent = count_digits(s.text + i, s.n - i);
        if (exponent == 0)
            return false;
        i += exponent;
    }
    return i == s.n;
}

static bool is_usual_name(struct dsi_string cell)
{
    cell = trim(cell);
    for (size_t i = 0; i < sizeof usual_names / sizeof usual_names[0]; i++)
        if (is_word(cell, usual_names[i]))
            return true;
    return false;
}

const char *dsi_csv_separator_name(uint8_t separator)
{
    switch (separator) {
    case ',':
        return "comma";
    case '\t':
        return "tab";
    case ';':
        return "semicolon";
    default:
        return NULL;
    }
}

/* The fields of the first record, which may not end within the head. */
static enum dsi_status count_fields(struct dsi_csv_scan scan, uint8_t separator,
                                    uint64_t *n_fields, struct dsi_error *err)
{
    struct dsi_csv_sink sink = {.column = DSI_CSV_NONE};
    struct dsi_csv_record record;
    scan.separator = separator;
    DSI_TRY(dsi_csv_scan_next(&scan, &sink, &record, err));
    *n_fields = record.n_fields;
    return DSI_OK;
}

static enum dsi_status find_separator(const struct dsi_csv_scan *scan,
                                      uint8_t *separator, struct dsi_error *err)
{
    uint64_t tabs, commas, semicolons;
    DSI_TRY(count_fields(*scan, '\t', &tabs, err));
    DSI_TRY(count_fields(*scan, ',', &commas, err));
    DSI_TRY(count_fields(*scan, ';', &semicolons, err));
    *separator = tabs > 1                             ? '\t'
                 : commas > 1 && commas >= semicolons ? ','
                 : semicolons > 1                     ? ';'
                                                      : DSI_CSV_NO_SEPARATOR;
    return DSI_OK;
}

/* Not cut off by the end of the head. */
static bool is_whole(const struct dsi_csv_scan *scan,
                     const struct dsi_csv_record *record)
{
    return !record->at_end || dsi_csv_scan_end(scan) == scan->source->n_bytes;
}

/* One record's cells; the buffers are used again for the next. */
struct cells {
    struct dsi_bytes text, values;
    struct dsi_csv_record record;
};

static const struct dsi_string *cell_at(const struct cells *cells)
{
    return (const struct dsi_string *)(const void *)cells->values.data;
}

static enum dsi_status next_cells(struct dsi_csv_scan *scan, struct cells *cells,
                                  struct dsi_error *err)
{
    cells->text.n = cells->values.n = 0;
    struct dsi_csv_sink sink = {
        .column = DSI_CSV_ALL, .text = &cells->text, .values = &cells->values};
    DSI_TRY(dsi_csv_scan_next(scan, &sink, &cells->record, err));
    struct dsi_string *cell = (struct dsi_string *)(void *)cells->values.data;
    const char *text = cells->text.n ? (const char *)cells->text.data : "";
    for (uint64_t i = 0; i < cells->record.n_fields; i++) {
        cell[i].text = text;
        text += cell[i].n;
    }
    return DSI_OK;
}

/* Per column: has it shown a number, has it shown text? */
enum { SEEN_NUMBER = 1, SEEN_TEXT = 2 };

/* "NA" tells neither numbers nor text. */
static bool stands_for_missing(const struct dsi_string *cell)
{
    double number;
    return dsi_text_number(cell->text, cell->n, &number) == DSI_TEXT_MISSING;
}

static void look_at_cells(const struct cells *cells, uint8_t *seen, uint64_t n_columns)
{
    const struct dsi_string *cell = cell_at(cells);
    for (uint64_t i = 0; i < cells->record.n_fields && i < n_columns; i++) {
        if (dsi_csv_is_number(cell[i].text, cell[i].n))
            seen[i] |= SEEN_NUMBER;
        else if (cell[i].n && !stands_for_missing(&cell[i]))
            seen[i] |= SEEN_TEXT;
    }
}

/* Whether some column of the next records is all numbers. */
static enum dsi_status numbers_follow(struct dsi_csv_scan *scan, uint64_t n_columns,
                                      bool *follow, struct dsi_error *err)
{
    struct cells cells = {0};
    enum dsi_status status = DSI_OK;
    uint8_t *seen = dsi_alloc_zeroed(n_columns, 1);
    if (!seen)
        return dsi_fail_memory(err, n_columns);
    *follow = false;
    for (int i = 0; i < DSI_CSV_HEAD_RECORDS; i++) {
        status = next_cells(scan, &cells, err);
        if (status != DSI_OK || cells.record.n_fields == 0)
            break;
        if (is_whole(scan, &cells.record))
            look_at_cells(&cells, seen, n_columns);
    }
    for (uint64_t i = 0; i < n_columns; i++)
        *follow = *follow || seen[i] == SEEN_NUMBER;
    dsi_bytes_free(&cells.text);
    dsi_bytes_free(&cells.values);
    free(seen);
    return status;
}

static enum dsi_status decide_header(struct dsi_csv_scan *scan,
                                     const struct cells *first, bool *has_header,
                                     struct dsi_error *err)
{
    const struct dsi_string *cell = cell_at(first);
    uint64_t n = first->record.n_fields;
    *has_header = false;
    for (uint64_t i = 0; i < n && !*has_header; i++)
        *has_header = is_usual_name(cell[i]);
    if (*has_header)
        return DSI_OK;
    for (uint64_t i = 0; i < n; i++)
        if (dsi_csv_is_number(cell[i].text, cell[i].n))
            return DSI_OK;
    return numbers_follow(scan, n, has_header, err);
}

/* A name in use, or used in the header, and the number to try next behind it. */
struct name {
    char *text;
    uint64_t next;
    bool taken;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static enum dsi_status plain_names(struct dsi_csv_head *head,
                                   const struct dsi_string *cell, struct dsi_error *err)
{
    for (uint64_t i = 0; i < head->n_columns; i++) {
        char text[40];
        struct dsi_string name = {text, 0};
        if (cell && cell[i].n)
            name = cell[i];
        else
            name.n = (size_t)snprintf(text, sizeof text, "%s%llu",
                                      cell ? "Unnamed: " : "", (unsigned long long)i);
        head->names[i] = dsi_text_copy(name.text, name.n);
        if (!head->names[i])
            return dsi_fail_memory(err, name.n);
    }
    return DSI_OK;
}

/* Gives names[i], which an earlier column has, the first free number. */
static char *number_name(void **tree, struct name *old)
{
    size_t n = strlen(old->text) + 24;
    char *text = dsi_alloc_array(n, 1);
    struct name wanted = {.text = text};
    if (!text)
        return NULL;
    do
        snprintf(text, n, "%s.%llu", old->text, (unsigned long long)old->next++);
    while (tfind(&wanted, tree, by_text));
    return text;
}

/* What unlike_names works with: the names of the header and those given instead, by
 * text, so that a number never meets a name that comes later. */
struct name_set {
    void *tree;
    struct name *all; /* what its nodes point to: 2 n_columns */
};

static enum dsi_status unlike_name(struct dsi_csv_head *head, struct name_set *set,
                                   uint64_t i, struct dsi_error *err)
{
    struct name *renamed = &set->all[head->n_columns + i];
    struct name *same = *(struct name **)tfind(&set->all[i], &set->tree, by_text);
    if (!same->taken) {
        same->taken = true;
        return DSI_OK;
    }
    char *text = number_name(&set->tree, same);
    if (!text)
        return dsi_fail_memory(err, strlen(same->text));
    head->names[i] = text; /* the old one is in the tree yet */
    *renamed = (struct name){.text = text, .next = 1, .taken = true};
    return tsearch(renamed, &set->tree, by_text) ? DSI_OK
                                                 : dsi_fail_memory(err, sizeof *same);
}

/* Makes no two names alike; given names come before those of empty cells. */
static enum dsi_status unlike_names(struct dsi_csv_head *head, struct name_set *set,
                                    const struct dsi_string *cell,
                                    struct dsi_error *err)
{
    uint64_t n = head->n_columns;
    for (uint64_t i = 0; i < n; i++) {
        set->all[i] = (struct name){.text = head->names[i], .next = 1};
        if (!tsearch(&set->all[i], &set->tree, by_text))
            return dsi_fail_memory(err, sizeof *set->all);
    }
    for (int empty = 0; empty < 2; empty++)
        for (uint64_t i = 0; i < n; i++)
            if ((cell[i].n == 0) == empty)
                DSI_TRY(unlike_name(head, set, i, err));
    return DSI_OK;
}

static void keep(void *name)
{
    (void)name;
}

static enum dsi_status make_names(struct dsi_csv_head *head,
                                  const struct dsi_string *cell, struct dsi_error *err)
{
    struct name_set set = {0};
    enum dsi_status status = DSI_ERR_MEMORY;
    head->names = dsi_alloc_zeroed(head->n_columns, sizeof *head->names);
    if (head->names)
        set.all = dsi_alloc_zeroed(head->n_columns, 2 * sizeof *set.all);
    if (!set.all) {
        dsi_fail_memory(err, head->n_columns * 2 * sizeof *set.all);
        goto out;
    }
    status = plain_names(head, cell, err);
    if (status == DSI_OK && cell)
        status = unlike_names(head, &set, cell, err);
out:
    tdestroy(set.tree, keep);
    for (uint64_t i = 0; set.all && i < head->n_columns; i++)
        if (set.all[i].text != head->names[i])
            free(set.all[i].text);
    free(set.all);
    return status;
}

static enum dsi_status describe(struct dsi_csv_head *head, struct dsi_csv_scan *scan,
                                struct cells *first, uint64_t max_bytes,
                                struct dsi_error *err)
{
    struct dsi_csv_scan longer = *scan;
    DSI_TRY(next_cells(scan, first, err));
    bool whole = is_whole(scan, &first->record);
    head->data = first->record.offset;
    head->line = first->record.line;
    head->n_columns = first->record.n_fields;
    if (!whole) {
        longer.end = scan->source->n_bytes;
        longer.max_bytes = max_bytes;
        DSI_TRY(count_fields(longer, head->separator, &head->n_columns, err));
    }
    if (head->n_columns == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "holds no record, only empty lines");
    if (head->n_columns > DSI_CSV_MAX_COLUMNS)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "the first record has %llu fields, more than %d: are these "
                        "really columns?",
                        (unsigned long long)head->n_columns, DSI_CSV_MAX_COLUMNS);
    uint64_t second = scan->record, second_line = scan->line;
    if (whole)
        DSI_TRY(decide_header(scan, first, &head->has_header, err));
    if (head->has_header) {
        head->data = second;
        head->line = second_line;
    }
    return make_names(head, head->has_header ? cell_at(first) : NULL, err);
}

/* Bytes of the empty lines that n bytes start with, and how many lines they are. */
static size_t count_empty(const uint8_t *bytes, size_t n, uint64_t *n_lines)
{
    size_t at = 0;
    for (;; ++*n_lines) {
        size_t cr = at < n && bytes[at] == '\r';
        if (at + cr >= n || bytes[at + cr] != '\n')
            return at;
        at += cr + 1;
    }
}

/* Moves *offset and *line to where the first record starts, however far that is, or to
 * the end: the head begins there. */
static enum dsi_status skip_empty_lines(struct dsi_source *source, uint64_t *offset,
                                        uint64_t *line, struct dsi_error *err)
{
    uint8_t window[16384];
    size_t got, n_empty;
    do {
        DSI_TRY(dsi_source_read(source, *offset, window, sizeof window, &got, err));
        n_empty = count_empty(window, got, line);
        *offset += n_empty;
    } while (n_empty && got == sizeof window);
    return DSI_OK;
}

enum dsi_status dsi_csv_head_read(struct dsi_csv_head *head, struct dsi_source *source,
                                  uint64_t start, uint64_t max_bytes,
                                  struct dsi_error *err)
{
    *head = (struct dsi_csv_head){0};
    struct dsi_bytes buffer = {0};
    struct cells first = {0};
    struct dsi_csv_scan scan;
    uint64_t line = 1;
    DSI_TRY(skip_empty_lines(source, &start, &line, err));
    dsi_csv_scan_start(&scan, source, &buffer, start, line);
    scan.end = start + DSI_CSV_HEAD_BYTES;
    if (scan.end > source->n_bytes)
        scan.end = source->n_bytes;
    enum dsi_status status = find_separator(&scan, &head->separator, err);
    scan.separator = head->separator;
    if (status == DSI_OK)
        status = describe(head, &scan, &first, max_bytes, err);
    dsi_bytes_free(&first.values);
    dsi_bytes_free(&first.text);
    dsi_bytes_free(&buffer);
    if (status != DSI_OK)
        dsi_csv_head_free(head);
    return status;
}

void dsi_csv_head_free(struct dsi_csv_head *head)
{
    for (uint64_t i = 0; head->names && i < head->n_columns; i++)
        free(head->names[i]);
    free(head->names);
    *head = (struct dsi_csv_head){0};
}
