#include "csv_scan.h"

#include "dtype.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The window has one byte before it, the last of the window before, and is followed by
 * zeros up to a whole block. */
enum { BLOCK = 64, BEFORE = BLOCK, SMALL_READ = 1 << 16 };

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of every byte of x that is zero. Exact: the sum cannot carry into the
 * next byte. */
static inline uint64_t zero_bytes(uint64_t x)
{
    return ~(((x & EACH(0x7f)) + EACH(0x7f)) | x | EACH(0x7f));
}

uint64_t dsi_csv_marks_portable(const uint8_t *bytes, uint8_t separator)
{
    uint64_t marks = 0;
    for (int i = 0; i < BLOCK / 8; i++) {
        uint64_t x = 0;
        for (int k = 0; k < 8; k++)
            x |= (uint64_t)bytes[8 * i + k] << (8 * k);
        uint64_t found = zero_bytes(x) | zero_bytes(x ^ EACH('\n')) |
                         zero_bytes(x ^ EACH('"')) | zero_bytes(x ^ EACH(separator));
        /* Gathers bits 7, 15, ... 63 into the top byte: no two meet in a bit. */
        marks |= ((found >> 7) * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
    }
    return marks;
}

#ifdef __SSE2__
/* Every x86-64 has SSE2, so nothing needs asking at run time. */
static inline uint64_t find_marks(const uint8_t *bytes, uint8_t separator)
{
    const __m128i nul = _mm_setzero_si128(), newline = _mm_set1_epi8('\n'),
                  quote = _mm_set1_epi8('"'), sep = _mm_set1_epi8((char)separator);
    uint64_t marks = 0;
    for (int i = 0; i < BLOCK / 16; i++) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * i));
        __m128i a = _mm_or_si128(_mm_cmpeq_epi8(x, nul), _mm_cmpeq_epi8(x, newline));
        __m128i b = _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, sep));
        uint64_t found = (uint32_t)_mm_movemask_epi8(_mm_or_si128(a, b));
        marks |= found << (16 * i);
    }
    return marks;
}
#else
static inline uint64_t find_marks(const uint8_t *bytes, uint8_t separator)
{
    return dsi_csv_marks_portable(bytes, separator);
}
#endif

uint64_t dsi_csv_marks(const uint8_t *bytes, uint8_t separator)
{
    return find_marks(bytes, separator);
}

/* Where in a record the scan is. All offsets are of the source. */
struct place {
    uint64_t field;  /* where the field starts */
    uint64_t closed; /* just after its closing quote: a quote here is a doubled one */
    uint64_t quote_line;
    bool quoted;
};

void dsi_csv_scan_start(struct dsi_csv_scan *scan, struct dsi_source *source,
                        struct dsi_bytes *buffer, uint64_t offset, uint64_t line)
{
    *scan = (struct dsi_csv_scan){
        .source = source,
        .buffer = buffer,
        .end = UINT64_MAX,
        .needed = UINT64_MAX,
        .max_bytes = UINT64_MAX,
        .line = line,
        .n_window = DSI_CSV_WINDOW,
        .separator = DSI_CSV_NO_SEPARATOR,
        .base = offset,
        .record = offset,
    };
}

uint64_t dsi_csv_scan_end(const struct dsi_csv_scan *scan)
{
    return scan->base + scan->n;
}

/* How much to read at offset: no further than anybody needs, but never dribbling. */
static size_t read_size(const struct dsi_csv_scan *scan, uint64_t offset)
{
    uint64_t n = scan->n_window;
    uint64_t needed = scan->needed > offset ? scan->needed - offset : 0;
    if (needed < n && n > SMALL_READ)
        n = needed > SMALL_READ ? needed : SMALL_READ;
    if (scan->end < offset + n)
        n = scan->end > offset ? scan->end - offset : 0;
    return (size_t)n;
}

/* Moves the window on. It is empty at the end of the text. */
static enum dsi_status refill(struct dsi_csv_scan *scan, struct dsi_error *err)
{
    uint64_t offset = scan->base + scan->n;
    size_t want = read_size(scan, offset), n;
    uint8_t last = scan->n ? scan->window[scan->n - 1] : 0;
    scan->buffer->n = 0;
    DSI_TRY(dsi_bytes_reserve(scan->buffer, BEFORE + want + BLOCK, err));
    uint8_t *window = scan->buffer->data + BEFORE;
    DSI_TRY(dsi_source_read(scan->source, offset, window, want, &n, err));
    window[-1] = last;
    memset(window + n, 0, BLOCK);
    scan->window = window;
    scan->n = n;
    scan->base = offset;
    scan->block = 0;
    scan->marks = n ? find_marks(window, scan->separator) : 0;
    return DSI_OK;
}

/* The next byte that matters, as an index into the window; false at the window's end.
 */
static inline bool next_mark(struct dsi_csv_scan *scan, size_t *index)
{
    while (!scan->marks) {
        if (scan->n - scan->block <= BLOCK)
            return false;
        scan->block += BLOCK;
        scan->marks = find_marks(scan->window + scan->block, scan->separator);
    }
    *index = scan->block + (size_t)__builtin_ctzll(scan->marks);
    scan->marks &= scan->marks - 1;
    return *index < scan->n; /* the zeros after the end are marked too */
}

static inline bool wanted(const struct dsi_csv_sink *sink, uint64_t field)
{
    return sink->column == DSI_CSV_ALL || sink->column == (int64_t)field;
}

/* dsi_bytes_append, in line: it runs for every field that is kept. */
static inline enum dsi_status append(struct dsi_bytes *bytes, const void *data,
                                     size_t n, struct dsi_error *err)
{
    if (bytes->capacity - bytes->n < n)
        DSI_TRY(dsi_bytes_reserve(bytes, n, err));
    if (n)
        memcpy(bytes->data + bytes->n, data, n);
    bytes->n += n;
    return DSI_OK;
}

/* Appends the bytes from offset from, or from the window's start, up to to. */
static enum dsi_status take(const struct dsi_csv_scan *scan, struct dsi_bytes *text,
                            uint64_t from, uint64_t to, struct dsi_error *err)
{
    size_t first = from > scan->base ? (size_t)(from - scan->base) : 0;
    return append(text, scan->window + first, (size_t)(to - scan->base) - first, err);
}

/* Removes the quotes of a field that starts with one, in place; returns its length. */
static size_t unquote(uint8_t *field, size_t n)
{
    size_t from = 1, to = 0;
    while (from < n) {
        const uint8_t *quote = memchr(field + from, '"', n - from);
        size_t run = quote ? (size_t)(quote - field) - from : n - from;
        memmove(field + to, field + from, run);
        to += run;
        from += run + 1;
        if (from >= n || field[from] != '"') {
            run = from < n ? n - from : 0; /* what follows the closing quote */
            memmove(field + to, field + from, run);
            return to + run;
        }
        field[to++] = '"';
        from++;
    }
    return to;
}

/* Ends the field whose last bytes lie before offset to. trim: a CR there belongs to the
 * newline. */
static enum dsi_status end_field(const struct dsi_csv_scan *scan,
                                 struct dsi_csv_sink *sink, uint64_t from, uint64_t to,
                                 bool trim, struct dsi_error *err)
{
    DSI_TRY(take(scan, sink->text, from, to, err));
    size_t n = sink->text->n - sink->n_text;
    if (n) {
        uint8_t *field = sink->text->data + sink->n_text;
        if (trim && field[n - 1] == '\r')
            n--;
        if (n && field[0] == '"')
            n = unquote(field, n);
    }
    sink->n_text += n;
    sink->text->n = sink->n_text;
    struct dsi_string value = {.text = NULL, .n = n};
    return append(sink->values, &value, sizeof value, err);
}

static enum dsi_status check_length(const struct dsi_csv_scan *scan, uint64_t to,
                                    uint64_t line, struct dsi_error *err)
{
    if (to - scan->record <= scan->max_bytes)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_LIMIT,
                    "the record that starts on line %llu has more than %llu bytes "
                    "(an unclosed quote? else raise --limit-bytes)",
                    (unsigned long long)line, (unsigned long long)scan->max_bytes);
}

/* An empty line: nothing, or the CR of a CRLF, before offset at. */
static inline bool blank(const struct dsi_csv_scan *scan, uint64_t at)
{
    return at == scan->record ||
           (at == scan->record + 1 &&
            scan->buffer->data[BEFORE + (at - scan->base) - 1] == '\r');
}

static inline enum dsi_status count_field(const struct dsi_csv_scan *scan,
                                          struct dsi_csv_sink *sink,
                                          const struct place *place,
                                          struct dsi_csv_record *record, uint64_t at,
                                          bool trim, struct dsi_error *err)
{
    uint64_t field = record->n_fields++;
    if (field < sink->n_sizes)
        sink->sizes[field] += at - place->field;
    if (wanted(sink, field))
        return end_field(scan, sink, place->field, at, trim, err);
    return DSI_OK;
}

/* The window is used up: keeps what is wanted of it and reads on. */
static enum dsi_status turn_window(struct dsi_csv_scan *scan, struct dsi_csv_sink *sink,
                                   const struct place *place,
                                   const struct dsi_csv_record *record,
                                   struct dsi_error *err)
{
    uint64_t to = scan->base + scan->n;
    DSI_TRY(check_length(scan, to, record->line, err));
    if (wanted(sink, record->n_fields) && place->field < to)
        DSI_TRY(take(scan, sink->text, place->field, to, err));
    return refill(scan, err);
}

/* The text has ended, perhaps in the middle of a record. */
static enum dsi_status end_text(struct dsi_csv_scan *scan, struct dsi_csv_sink *sink,
                                const struct place *place,
                                struct dsi_csv_record *record, struct dsi_error *err)
{
    if (record->n_fields == 0 && !place->quoted && blank(scan, scan->base))
        return DSI_OK;
    record->at_end = true;
    record->quote_line = place->quoted ? place->quote_line : 0;
    enum dsi_status status =
        count_field(scan, sink, place, record, scan->base, !place->quoted, err);
    scan->record = scan->base;
    return status;
}

enum dsi_status dsi_csv_scan_next(struct dsi_csv_scan *scan, struct dsi_csv_sink *sink,
                                  struct dsi_csv_record *record, struct dsi_error *err)
{
    struct place place = {.field = scan->record, .closed = UINT64_MAX};
    *record = (struct dsi_csv_record){.offset = scan->record, .line = scan->line};
    for (;;) {
        size_t index;
        if (!next_mark(scan, &index)) {
            DSI_TRY(turn_window(scan, sink, &place, record, err));
            if (scan->n == 0)
                return end_text(scan, sink, &place, record, err);
            continue;
        }
        uint8_t byte = scan->window[index];
        uint64_t at = scan->base + index;
        if (byte == '\n') {
            scan->line++;
            if (place.quoted)
                continue;
            if (record->n_fields == 0 && blank(scan, at)) {
                if (sink->text) /* a CR that the last window ended with */
                    sink->text->n = sink->n_text;
                place.field = scan->record = record->offset = at + 1;
                record->line = scan->line;
                continue;
            }
            DSI_TRY(check_length(scan, at, record->line, err));
            scan->record = at + 1;
            return count_field(scan, sink, &place, record, at, true, err);
        } else if (byte == scan->separator) {
            if (place.quoted)
                continue;
            DSI_TRY(count_field(scan, sink, &place, record, at, false, err));
            place.field = at + 1;
        } else if (byte == '"') {
            if (place.quoted)
                place.closed = at + 1;
            else if (at == place.field)
                place.quote_line = scan->line;
            else if (at != place.closed)
                continue;
            place.quoted = !place.quoted;
        } else {
            return dsi_fail(err, DSI_ERR_MALFORMED, "a NUL byte in line %llu: not text",
                            (unsigned long long)scan->line);
        }
    }
}
