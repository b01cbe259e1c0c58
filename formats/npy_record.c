#include "npy_record.h"

#include "npy_dtype.h"

#include <stdlib.h>
#include <string.h>

/* A type somewhere in the tree: where it stands in the record, what it is called. */
struct place {
    struct dsi_records *header;
    const char *name; /* NULL at the top */
    uint64_t offset;
    struct dsi_error *err;
};

/* One (name, type) or (name, type, shape) of a list. */
struct entry {
    const struct dsi_literal *name, *title, *type, *shape;
};

/* Parses type at a place and adds its fields; *size is the bytes it takes. Recursion is
 * as deep as the literal, which has a limit. */
static enum dsi_status add_type(struct place at, const struct dsi_literal *type,
                                uint64_t *size);

static enum dsi_status malformed(struct dsi_error *err, const char *reason)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "header: %s", reason);
}

static enum dsi_status add_field(struct place at, struct dsi_dtype dtype)
{
    struct dsi_records *h = at.header;
    if (h->n_fields == h->capacity) {
        size_t capacity = h->capacity ? 2 * h->capacity : 8;
        void *grown = dsi_realloc_array(h->fields, capacity, sizeof *h->fields);
        if (!grown)
            return dsi_fail_memory(at.err, capacity * sizeof *h->fields);
        h->fields = grown;
        h->capacity = capacity;
    }
    struct dsi_field *field = &h->fields[h->n_fields++];
    *field = (struct dsi_field){.dtype = dtype, .offset = at.offset};
    if (at.name) {
        field->name = dsi_text_copy(at.name, strlen(at.name));
        if (!field->name)
            return dsi_fail_memory(at.err, strlen(at.name) + 1);
    }
    return DSI_OK;
}

static enum dsi_status add_plain(struct place at, const struct dsi_literal *type,
                                 uint64_t *size)
{
    struct dsi_dtype dtype;
    DSI_TRY(dsi_npy_dtype(&dtype, type->text, type->n, at.err));
    *size = dtype.size;
    return add_field(at, dtype);
}

/* Puts the axes of a sub-array before those a field has, each value of theirs being
 * size bytes from the next. */
static enum dsi_status add_axes(struct dsi_field *field, const uint64_t *shape, int n,
                                uint64_t size, struct dsi_error *err)
{
    int n_dims = field->n_dims + n;
    if (n_dims > DSI_MAX_DIMS)
        return malformed(err, "a field has more than 64 dimensions");
    uint64_t *both = dsi_alloc_array(2 * (uint64_t)n_dims, sizeof *both);
    if (!both)
        return dsi_fail_memory(err, 2 * (uint64_t)n_dims * sizeof *both);
    uint64_t *strides = both + n_dims;
    for (int i = n; i-- > 0; size *= shape[i]) { /* the whole was checked to fit */
        both[i] = shape[i];
        strides[i] = size;
    }
    for (int i = 0; i < field->n_dims; i++) {
        both[n + i] = field->shape[i];
        strides[n + i] = dsi_field_stride(field, i);
    }
    free(field->shape);
    field->shape = both;
    field->n_dims = n_dims;
    return DSI_OK;
}

/* An extent of a sub-array, checked: n bytes times it still fit. */
static enum dsi_status extent(const struct dsi_literal *item, uint64_t *value,
                              uint64_t *n_bytes, struct dsi_error *err)
{
    if (item->kind != DSI_LITERAL_INT)
        return malformed(err, "the shape of a field is not made of integers");
    if (item->negative && item->value)
        return malformed(err, "the shape of a field has a negative dimension");
    if (item->overflow || !dsi_mul(*n_bytes, item->value ? item->value : 1, n_bytes) ||
        *n_bytes > INT64_MAX)
        return malformed(err, "the shape of a field overflows");
    *value = item->value;
    return DSI_OK;
}

static enum dsi_status add_subarray(struct place at, const struct dsi_literal *type,
                                    const struct dsi_literal *shape, uint64_t *size)
{
    uint64_t extents[DSI_MAX_DIMS];
    int n = 0;
    size_t first = at.header->n_fields;
    DSI_TRY(add_type(at, type, size));
    if (type->kind == DSI_LITERAL_TEXT && *size == 0)
        return malformed(at.err, "a field has a shape but its items have no size");

    uint64_t item_bytes = *size, reach = item_bytes ? item_bytes : 1;
    bool scalar = shape->kind == DSI_LITERAL_INT;
    if (!scalar && shape->kind != DSI_LITERAL_TUPLE)
        return malformed(at.err, "the shape of a field is not a tuple");
    for (const struct dsi_literal *i = scalar ? shape : shape->child; i;
         i = scalar ? NULL : i->next) {
        if (n == DSI_MAX_DIMS)
            return malformed(at.err, "a field has more than 64 dimensions");
        DSI_TRY(extent(i, &extents[n], &reach, at.err));
        *size *= extents[n++];
    }
    if (scalar && extents[0] == 1) /* NumPy: (type, 1) is the type itself */
        n = 0;
    for (size_t i = first; n && i < at.header->n_fields; i++)
        DSI_TRY(add_axes(&at.header->fields[i], extents, n, item_bytes, at.err));
    return DSI_OK;
}

static enum dsi_status split_name(const struct dsi_literal *name, struct entry *out,
                                  struct dsi_error *err)
{
    out->name = name;
    if (name->kind == DSI_LITERAL_TUPLE && name->n == 2) {
        out->title = name->child;
        out->name = name->child->next;
    }
    if (out->name->kind != DSI_LITERAL_TEXT ||
        (out->title && out->title->kind != DSI_LITERAL_TEXT))
        return malformed(err, "a field has a name that is no string");
    if (memchr(out->name->text, '\0', out->name->n))
        return malformed(err, "a field has a NUL in its name");
    return DSI_OK;
}

static enum dsi_status split(const struct dsi_literal *field, struct entry *out,
                             struct dsi_error *err)
{
    *out = (struct entry){0};
    if (field->kind != DSI_LITERAL_TUPLE || field->n < 2 || field->n > 3)
        return malformed(err, "a field is not (name, type) or (name, type, shape)");
    out->type = field->child->next;
    out->shape = out->type->next;
    return split_name(field->child, out, err);
}

static bool has_axes(const struct dsi_literal *shape)
{
    return shape->kind == DSI_LITERAL_INT ? shape->value != 1 : shape->n > 0;
}

/* What NumPy's dtype.type calls void and is no record: V, and every sub-array. */
static bool is_void(const struct dsi_literal *type)
{
    if (type->kind == DSI_LITERAL_TUPLE && type->n == 2)
        return has_axes(type->child->next) || is_void(type->child);
    return type->kind == DSI_LITERAL_TEXT && type->n > 0 &&
           (type->text[0] == 'V' || type->text[1] == 'V');
}

/* NumPy fills gaps with fields called '' and drops them on reading. */
static bool is_padding(const struct entry *e)
{
    return e->name->n == 0 && !e->title &&
           ((e->shape && has_axes(e->shape)) || is_void(e->type));
}

/* The padding's size without its fields; it may still hold objects, which are refused
 * for all that they would be dropped. */
static void drop_fields(struct dsi_records *header, size_t first)
{
    while (header->n_fields > first) {
        struct dsi_field *last = &header->fields[--header->n_fields];
        free(last->name);
        free(last->shape);
    }
}

static bool same_text(const struct dsi_literal *a, const struct dsi_literal *b)
{
    return a && b && a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

/* NumPy keeps names and titles in one dictionary. The header's length bounds the
 * square. */
static enum dsi_status check_unique(const struct dsi_literal *list,
                                    const struct dsi_literal *end,
                                    const struct entry *e, struct dsi_error *err)
{
    if (same_text(e->name, e->title))
        return malformed(err, "a field has its name as its title");
    for (const struct dsi_literal *f = list->child; f != end; f = f->next) {
        struct entry other;
        DSI_TRY(split(f, &other, err));
        if (is_padding(&other))
            continue;
        if (same_text(e->name, other.name) || same_text(e->name, other.title) ||
            same_text(e->title, other.name) || same_text(e->title, other.title))
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "header: the field name '%.100s' is there twice",
                            same_text(e->title, other.name) ? other.name->text
                                                            : e->name->text);
    }
    return DSI_OK;
}

/* The name of a field of a field; *out is to be freed. */
static enum dsi_status join_name(struct place at, const struct dsi_literal *name,
                                 char **out)
{
    size_t n_outer = at.name ? strlen(at.name) : 0;
    *out = dsi_alloc_array((uint64_t)n_outer + name->n + 2, 1);
    if (!*out)
        return dsi_fail_memory(at.err, n_outer + name->n + 2);
    if (at.name) {
        memcpy(*out, at.name, n_outer);
        (*out)[n_outer++] = '.';
    }
    memcpy(*out + n_outer, name->text, name->n + 1);
    return DSI_OK;
}

static enum dsi_status add_entry(struct place at, const struct dsi_literal *list,
                                 const struct dsi_literal *field, uint64_t *size)
{
    struct entry e;
    char *name = NULL;
    size_t first = at.header->n_fields;

    DSI_TRY(split(field, &e, at.err));
    DSI_TRY(join_name(at, e.name, &name));
    at.name = name;
    enum dsi_status status =
        e.shape ? add_subarray(at, e.type, e.shape, size) : add_type(at, e.type, size);
    if (status == DSI_OK && is_padding(&e))
        drop_fields(at.header, first);
    else if (status == DSI_OK)
        status = check_unique(list, field, &e, at.err);
    free(name);
    return status;
}

static enum dsi_status add_record(struct place at, const struct dsi_literal *list,
                                  uint64_t *size)
{
    uint64_t start = at.offset, n_bytes;
    for (const struct dsi_literal *f = list->child; f; f = f->next) {
        DSI_TRY(add_entry(at, list, f, &n_bytes));
        if (!dsi_add(at.offset, n_bytes, &at.offset) || at.offset > INT64_MAX)
            return malformed(at.err, "the size of a record overflows");
    }
    *size = at.offset - start;
    return DSI_OK;
}

static enum dsi_status add_type(struct place at, const struct dsi_literal *type,
                                uint64_t *size)
{
    *size = 0;
    if (type->kind == DSI_LITERAL_TEXT)
        return add_plain(at, type, size);
    if (type->kind == DSI_LITERAL_LIST)
        return add_record(at, type, size);
    if (type->kind == DSI_LITERAL_TUPLE && type->n == 2 && at.name)
        return add_subarray(at, type->child, type->child->next, size);
    return malformed(at.err, "'descr' is neither a dtype string nor a list of fields");
}

enum dsi_status dsi_npy_record_parse(struct dsi_records *header,
                                     const struct dsi_literal *descr,
                                     struct dsi_error *err)
{
    struct place top = {.header = header, .err = err};
    return add_type(top, descr, &header->record_bytes);
}
