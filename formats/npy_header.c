#include "npy_header.h"

#include "npy_literal.h"
#include "npy_record.h"

#include <stdlib.h>
#include <string.h>

/* A header in UTF-8 has at most four bytes a character. */
enum { MAX_HEADER_BYTES = 4 * DSI_NPY_MAX_HEADER };

static enum dsi_status malformed(struct dsi_error *err, const char *reason)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "header: %s", reason);
}

static enum dsi_status parse_shape(struct dsi_records *header,
                                   const struct dsi_literal *shape,
                                   struct dsi_error *err)
{
    if (shape->kind != DSI_LITERAL_TUPLE)
        return malformed(err, "'shape' is not a tuple");
    for (const struct dsi_literal *i = shape->child; i; i = i->next) {
        if (i->kind != DSI_LITERAL_INT)
            return malformed(err, "'shape' is not made of integers");
        if (i->negative && (i->value || i->overflow))
            return malformed(err, "'shape' has a negative dimension");
        if (i->overflow || i->value > INT64_MAX)
            return malformed(err, "'shape' has a dimension beyond 2^63 - 1");
        if (header->n_dims == DSI_MAX_DIMS)
            return malformed(err, "'shape' has more than 64 dimensions");
        header->shape[header->n_dims++] = i->value;
    }
    return DSI_OK;
}

/* The three entries, each once and in any order, and nothing else. */
static enum dsi_status find_entries(const struct dsi_literal *dict,
                                    const struct dsi_literal *entries[3],
                                    struct dsi_error *err)
{
    static const char *const keys[3] = {"descr", "fortran_order", "shape"};
    if (dict->kind != DSI_LITERAL_DICT)
        return malformed(err, "is not a dictionary");
    for (const struct dsi_literal *key = dict->child; key; key = key->next->next) {
        int i = 0;
        while (i < 3 && !dsi_literal_is(key, keys[i]))
            i++;
        if (i == 3)
            return malformed(err, "has a key besides descr, fortran_order and shape");
        if (entries[i])
            return dsi_fail(err, DSI_ERR_MALFORMED, "header: has '%s' twice", keys[i]);
        entries[i] = key->next;
    }
    for (int i = 0; i < 3; i++)
        if (!entries[i])
            return dsi_fail(err, DSI_ERR_MALFORMED, "header: has no '%s'", keys[i]);
    return DSI_OK;
}

/* The product of the extents, and that it and the bytes fit; an axis of no length must
 * not hide the overflow of the others. */
static enum dsi_status check_size(struct dsi_records *header, struct dsi_error *err)
{
    uint64_t n_bytes = header->record_bytes ? header->record_bytes : 1;
    header->n_records = 1;
    for (int i = 0; i < header->n_dims; i++) {
        uint64_t extent = header->shape[i];
        if (!dsi_mul(n_bytes, extent ? extent : 1, &n_bytes) || n_bytes > INT64_MAX)
            return malformed(err, "'shape' overflows: no such array can exist");
        header->n_records *= extent;
    }
    return DSI_OK;
}

static enum dsi_status parse_dict(struct dsi_records *header, const char *utf8,
                                  size_t n, struct dsi_error *err)
{
    struct dsi_literals literals;
    const struct dsi_literal *entries[3] = {NULL, NULL, NULL};

    enum dsi_status status = dsi_literals_parse(&literals, utf8, n, err);
    if (status != DSI_OK)
        goto out;
    status = find_entries(literals.root, entries, err);
    if (status != DSI_OK)
        goto out;
    if (entries[1]->kind != DSI_LITERAL_BOOL) {
        status = malformed(err, "'fortran_order' is neither True nor False");
        goto out;
    }
    header->fortran = entries[1]->value != 0;
    status = dsi_npy_record_parse(header, entries[0], err);
    if (status == DSI_OK)
        status = parse_shape(header, entries[2], err);
    if (status == DSI_OK)
        status = check_size(header, err);
out:
    dsi_literals_free(&literals);
    return status;
}

/* Bytes of the well-formed UTF-8 character at the start of text, 0 when it is not
 * (RFC 3629: no surrogates, nothing over-long, nothing beyond U+10FFFF). */
static size_t utf8_length(const uint8_t *text, size_t n)
{
    uint8_t c = text[0];
    size_t length = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (length == 0 || length > n || c > 0xF4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    bool out_of_range = (c == 0xE0 && text[1] < 0xA0) ||
                        (c == 0xED && text[1] > 0x9F) ||
                        (c == 0xF0 && text[1] < 0x90) || (c == 0xF4 && text[1] > 0x8F);
    return out_of_range ? 0 : length;
}

static enum dsi_status count_characters(const char *text, size_t n,
                                        size_t *n_characters, struct dsi_error *err)
{
    *n_characters = 0;
    for (size_t i = 0; i < n; ++*n_characters) {
        size_t length = utf8_length((const uint8_t *)text + i, n - i);
        if (length == 0)
            return malformed(err, "is not UTF-8, as version 3 has it");
        i += length;
    }
    return DSI_OK;
}

static enum dsi_status too_long(size_t n, struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_LIMIT,
                    "a header of %zu characters; NumPy's max_header_size is %d, and a "
                    "longer one is read neither there nor here",
                    n, DSI_NPY_MAX_HEADER);
}

/* As nearly all are, which is the same in either encoding. */
static bool is_ascii(const char *text, size_t n)
{
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++)
        bits |= (unsigned char)text[i];
    return bits < 0x80;
}

static enum dsi_status latin1_to_utf8(struct dsi_bytes *utf8, const char *text,
                                      size_t n, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_reserve(utf8, 2 * n, err));
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c < 0x80) {
            utf8->data[utf8->n++] = c;
        } else {
            utf8->data[utf8->n++] = (uint8_t)(0xC0 | (c >> 6));
            utf8->data[utf8->n++] = (uint8_t)(0x80 | (c & 0x3F));
        }
    }
    return DSI_OK;
}

enum dsi_status dsi_npy_header_parse(struct dsi_records *header, int version,
                                     const char *text, size_t n, struct dsi_error *err)
{
    *header = (struct dsi_records){0};
    if (version == 3) {
        size_t n_characters;
        DSI_TRY(count_characters(text, n, &n_characters, err));
        if (n_characters > DSI_NPY_MAX_HEADER)
            return too_long(n_characters, err);
        return parse_dict(header, text, n, err);
    }
    struct dsi_bytes utf8 = {0};
    if (n > DSI_NPY_MAX_HEADER)
        return too_long(n, err);
    if (is_ascii(text, n))
        return parse_dict(header, text, n, err);
    enum dsi_status status = latin1_to_utf8(&utf8, text, n, err);
    if (status == DSI_OK)
        status = parse_dict(header, (const char *)utf8.data, utf8.n, err);
    dsi_bytes_free(&utf8);
    return status;
}

enum dsi_status dsi_npy_header_read(struct dsi_records *header,
                                    struct dsi_source *source, struct dsi_error *err)
{
    uint8_t start[DSI_NPY_MAGIC_BYTES + 2 + 4]; /* magic, version, length of the dict */
    *header = (struct dsi_records){0};
    DSI_TRY(dsi_source_read_all(source, 0, start, DSI_NPY_MAGIC_BYTES + 2, err));
    int version = start[6];
    if (memcmp(start, "\x93NUMPY", DSI_NPY_MAGIC_BYTES) != 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "does not begin as an .npy file does");
    if (version < 1 || version > 3 || start[7] != 0)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "npy format version %d.%d; 1.0, 2.0 and 3.0 are read", version,
                        start[7]);

    size_t n_length = version == 1 ? 2 : 4, n = 0;
    uint8_t *length = start + DSI_NPY_MAGIC_BYTES + 2;
    DSI_TRY(
        dsi_source_read_all(source, DSI_NPY_MAGIC_BYTES + 2, length, n_length, err));
    for (size_t i = n_length; i-- > 0;)
        n = n << 8 | length[i];
    if (n > MAX_HEADER_BYTES)
        return too_long(n, err);

    uint64_t offset = DSI_NPY_MAGIC_BYTES + 2 + n_length;
    char *text = dsi_alloc_array(n, 1);
    if (!text)
        return dsi_fail_memory(err, n);
    enum dsi_status status = dsi_source_read_all(source, offset, text, n, err);
    if (status == DSI_OK)
        status = dsi_npy_header_parse(header, version, text, n, err);
    header->data_offset = offset + n;
    free(text);
    return status;
}
