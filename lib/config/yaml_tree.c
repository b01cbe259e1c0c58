#include "yaml_tree.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* --- building -----------------------------------------------------------------------
 */

struct builder {
    yaml_parser_t parser;
    const uint8_t *data; /* what is parsed */
    size_t n;
    struct dsi_complaints *complaints;
    struct dsi_yaml *root;
    struct dsi_yaml *open[DSI_YAML_MAX_DEPTH]; /* lists and maps that have not ended */
    struct dsi_yaml *key[DSI_YAML_MAX_DEPTH];  /* of an open map, before its value */
    size_t depth;
    bool is_over;
};

static struct dsi_yaml *new_node(enum dsi_yaml_kind kind, yaml_mark_t mark,
                                 struct dsi_error *err)
{
    struct dsi_yaml *node = dsi_alloc_zeroed(1, sizeof *node);
    if (!node) {
        dsi_fail_memory(err, sizeof *node);
        return NULL;
    }
    node->kind = kind;
    node->line = mark.line + 1;
    node->column = mark.column + 1;
    return node;
}

/* Recursion ends at DSI_YAML_MAX_DEPTH. */
void dsi_yaml_free(struct dsi_yaml *node)
{
    while (node) {
        struct dsi_yaml *next = node->next;
        dsi_yaml_free(node->key);
        dsi_yaml_free(node->first);
        free(node->text);
        free(node);
        node = next;
    }
}

static void complain(struct builder *b, yaml_mark_t mark, const char *what)
{
    dsi_complain(b->complaints, mark.line + 1, mark.column + 1, "%s", what);
}

static int compare_keys(const void *left, const void *right)
{
    const struct dsi_yaml *a = *(const struct dsi_yaml *const *)left;
    const struct dsi_yaml *b = *(const struct dsi_yaml *const *)right;
    const int order = strcmp(a->text, b->text);
    if (order)
        return order;
    return a->line != b->line ? (a->line > b->line) - (a->line < b->line)
                              : (a->column > b->column) - (a->column < b->column);
}

/* Of a map that has ended, keys that are given again: sorted, for a baseline has as
 * many as there are classes. */
static enum dsi_status refuse_twins(struct builder *b, const struct dsi_yaml *map,
                                    struct dsi_error *err)
{
    size_t n = 0;
    for (const struct dsi_yaml *item = map->first; item; item = item->next)
        n++;
    const struct dsi_yaml **keys = dsi_alloc_array(n + 1, sizeof *keys);
    if (!keys)
        return dsi_fail_memory(err, n);
    n = 0;
    for (const struct dsi_yaml *item = map->first; item; item = item->next)
        keys[n++] = item->key;
    if (n)
        qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 1; i < n; i++)
        if (strcmp(keys[i - 1]->text, keys[i]->text) == 0)
            dsi_complain(b->complaints, keys[i]->line, keys[i]->column,
                         "'%.200s' is given twice", keys[i]->text);
    free(keys);
    return DSI_OK;
}

/* Puts a node where it belongs; frees it where that is nowhere. */
static void place(struct builder *b, struct dsi_yaml *node)
{
    if (b->depth == 0) {
        dsi_yaml_free(b->root);
        b->root = node;
        return;
    }
    struct dsi_yaml *parent = b->open[b->depth - 1], **key = &b->key[b->depth - 1];
    if (parent->kind == DSI_YAML_MAP && !*key) {
        *key = node;
        return;
    }
    node->key = *key;
    *key = NULL;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

static bool wants_key(const struct builder *b)
{
    return b->depth && b->open[b->depth - 1]->kind == DSI_YAML_MAP &&
           !b->key[b->depth - 1];
}

static enum dsi_status add_scalar(struct builder *b, const yaml_event_t *event,
                                  struct dsi_error *err)
{
    const char *text = (const char *)event->data.scalar.value;
    const size_t n = event->data.scalar.length;
    if (event->data.scalar.tag)
        complain(b, event->start_mark,
                 "tags are not for a file like this: write the "
                 "value without !");
    if (memchr(text, 0, n))
        complain(b, event->start_mark, "holds a NUL");
    struct dsi_yaml *node = new_node(DSI_YAML_SCALAR, event->start_mark, err);
    if (!node)
        return DSI_ERR_MEMORY;
    node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = dsi_text_copy(text, n);
    if (!node->text) {
        free(node);
        return dsi_fail_memory(err, n);
    }
    place(b, node);
    return DSI_OK;
}

static enum dsi_status begin(struct builder *b, enum dsi_yaml_kind kind,
                             const yaml_event_t *event, struct dsi_error *err)
{
    const bool has_tag = kind == DSI_YAML_LIST ? event->data.sequence_start.tag != NULL
                                               : event->data.mapping_start.tag != NULL;
    if (has_tag)
        complain(b, event->start_mark, "tags are not for a file like this");
    if (wants_key(b)) {
        complain(b, event->start_mark, "a key must be a word");
        b->is_over = true; /* nothing after it can be told */
        return DSI_OK;
    }
    if (b->depth == DSI_YAML_MAX_DEPTH) {
        complain(b, event->start_mark, "is too deep");
        b->is_over = true;
        return DSI_OK;
    }
    struct dsi_yaml *node = new_node(kind, event->start_mark, err);
    if (!node)
        return DSI_ERR_MEMORY;
    place(b, node);
    b->open[b->depth] = node;
    b->key[b->depth++] = NULL;
    return DSI_OK;
}

static bool has_anchor(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor != NULL;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor != NULL;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor != NULL;
    default:
        return false;
    }
}

static enum dsi_status take(struct builder *b, const yaml_event_t *event,
                            struct dsi_error *err)
{
    if (has_anchor(event))
        complain(b, event->start_mark,
                 "anchors are not for a file like this: write the value again");
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return add_scalar(b, event, err);
    case YAML_SEQUENCE_START_EVENT:
        return begin(b, DSI_YAML_LIST, event, err);
    case YAML_MAPPING_START_EVENT:
        return begin(b, DSI_YAML_MAP, event, err);
    case YAML_SEQUENCE_END_EVENT:
        b->depth--;
        return DSI_OK;
    case YAML_MAPPING_END_EVENT:
        return refuse_twins(b, b->open[--b->depth], err);
    case YAML_ALIAS_EVENT:
        complain(b, event->start_mark,
                 "aliases are not for a file like this: write the value again");
        b->is_over = true;
        return DSI_OK;
    case YAML_DOCUMENT_START_EVENT:
        if (b->root) {
            complain(b, event->start_mark, "a second document; a file holds one");
            b->is_over = true;
        }
        return DSI_OK;
    case YAML_STREAM_END_EVENT:
        b->is_over = true;
        return DSI_OK;
    default:
        return DSI_OK;
    }
}

/* libyaml tells of bytes that are no text by how many came before them. */
static void complain_of_byte(struct builder *b, size_t offset, const char *what)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < offset && i < b->n; i++) {
        const bool is_carriage =
            b->data[i] == '\r' && (i + 1 == b->n || b->data[i + 1] != '\n');
        if (b->data[i] == '\n' || is_carriage) {
            line++;
            column = 1;
        } else {
            column += (b->data[i] & 0xc0) != 0x80; /* characters, as elsewhere */
        }
    }
    dsi_complain(b->complaints, line, column, "is no YAML: %s", what);
}

/* What libyaml's words do not say of two common slips; NULL of all others. */
static const char *hint_of(const struct builder *b)
{
    const yaml_parser_t *parser = &b->parser;
    const size_t at = parser->problem_mark.index;
    size_t start = at < b->n ? at : b->n;
    if (start < b->n && b->data[start] == '\t')
        return "a tab, where spaces are wanted";
    while (start && b->data[start - 1] != '\n')
        start--;
    const uint8_t *line = b->data + start, *bracket;
    const uint8_t *end = memchr(line, '\n', b->n - start);
    const size_t n = end ? (size_t)(end - line) : b->n - start;
    bracket = memmem(line, n, ".rows[", 6);
    return bracket && bracket < b->data + at ? "a metric with [ stands in quotes"
                                             : NULL;
}

static enum dsi_status complain_of_form(struct builder *b, struct dsi_error *err)
{
    const yaml_parser_t *parser = &b->parser;
    b->is_over = true;
    if (parser->error == YAML_MEMORY_ERROR)
        return dsi_fail_memory(err, 0);
    if (parser->error == YAML_READER_ERROR) {
        complain_of_byte(b, parser->problem_offset,
                         parser->problem ? parser->problem : "cannot be read");
        return DSI_OK;
    }
    const char *hint = hint_of(b);
    dsi_complain(b->complaints, parser->problem_mark.line + 1,
                 parser->problem_mark.column + 1, "is no YAML: %s%s%s%s%s",
                 hint ? hint : "", hint ? ": " : "",
                 parser->problem ? parser->problem : "cannot be parsed",
                 parser->context ? " " : "", parser->context ? parser->context : "");
    return DSI_OK;
}

static enum dsi_status build(struct builder *b, struct dsi_error *err)
{
    while (!b->is_over) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b->parser, &event))
            return complain_of_form(b, err);
        const enum dsi_status status = take(b, &event, err);
        yaml_event_delete(&event);
        DSI_TRY(status);
    }
    return DSI_OK;
}

static bool begins(const uint8_t *data, size_t n, const char *with)
{
    return n >= strlen(with) && memcmp(data, with, strlen(with)) == 0;
}

enum dsi_status dsi_yaml_parse(struct dsi_yaml **root, const void *data, size_t n,
                               struct dsi_complaints *complaints, struct dsi_error *err)
{
    struct builder b = {.data = data, .n = n, .complaints = complaints};
    const size_t n_before = complaints->n;
    *root = NULL;
    if (begins(data, n, "\xff\xfe") || begins(data, n, "\xfe\xff")) {
        dsi_complain(complaints, 1, 1, "is no YAML: UTF-16, where UTF-8 is wanted");
        return DSI_OK;
    }
    if (begins(data, n, "\xef\xbb\xbf")) { /* a mark, which would be a column, too */
        b.data += 3;
        b.n -= 3;
    }
    if (!yaml_parser_initialize(&b.parser))
        return dsi_fail_memory(err, sizeof b.parser);
    yaml_parser_set_input_string(&b.parser, b.data, b.n);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    const enum dsi_status status = build(&b, err);
    yaml_parser_delete(&b.parser);
    for (size_t i = 0; i < b.depth; i++)
        dsi_yaml_free(b.key[i]); /* of a value that never came */
    if (status != DSI_OK || complaints->n > n_before) {
        dsi_yaml_free(b.root);
        b.root = NULL;
    }
    *root = b.root;
    return status;
}

/* --- reading ------------------------------------------------------------------------
 */

static enum dsi_status slurp(const char *path, uint64_t max_bytes,
                             struct dsi_bytes *bytes, struct dsi_error *err)
{
    FILE *file = fopen(path, "rbe");
    enum dsi_status status = DSI_OK;
    size_t n = 1;
    if (!file)
        return dsi_fail_open(err, errno);
    while (n && status == DSI_OK) {
        status = dsi_bytes_reserve(bytes, 65536, err);
        if (status != DSI_OK)
            break;
        n = fread(bytes->data + bytes->n, 1, 65536, file);
        bytes->n += n;
        if (ferror(file))
            status = dsi_fail(err, DSI_ERR_READ, "%s", strerror(errno));
        else if (bytes->n > max_bytes)
            status = dsi_fail(err, DSI_ERR_LIMIT,
                              "is longer than %llu bytes, and no file to be read here",
                              (unsigned long long)max_bytes);
    }
    fclose(file);
    return status;
}

enum dsi_status dsi_yaml_read(struct dsi_yaml **root, const char *path,
                              uint64_t max_bytes, struct dsi_complaints *complaints,
                              struct dsi_error *err)
{
    struct dsi_bytes bytes = {0};
    *root = NULL;
    enum dsi_status status = slurp(path, max_bytes, &bytes, err);
    if (status == DSI_OK)
        status = dsi_yaml_parse(root, bytes.n ? bytes.data : (const uint8_t *)"",
                                bytes.n, complaints, err);
    dsi_bytes_free(&bytes);
    return status;
}

/* --- what a node says ---------------------------------------------------------------
 */

const struct dsi_yaml *dsi_yaml_item(const struct dsi_yaml *map, const char *key)
{
    for (const struct dsi_yaml *item = map->first; item; item = item->next)
        if (item->key && strcmp(item->key->text, key) == 0)
            return item;
    return NULL;
}

static bool is_word(const struct dsi_yaml *node, const char *word)
{
    return node->kind == DSI_YAML_SCALAR && node->is_plain &&
           strcmp(node->text, word) == 0;
}

bool dsi_yaml_is_null(const struct dsi_yaml *node)
{
    return is_word(node, "null") || is_word(node, "~") || is_word(node, "");
}

bool dsi_yaml_bool(const struct dsi_yaml *node, bool *value)
{
    *value = is_word(node, "true");
    return *value || is_word(node, "false");
}

bool dsi_yaml_number(const struct dsi_yaml *node, double *value)
{
    char *end;
    *value = 0;
    if (node->kind != DSI_YAML_SCALAR || !node->is_plain || !node->text[0])
        return false;
    if (is_word(node, ".inf") || is_word(node, "-.inf")) {
        *value = node->text[0] == '-' ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    if (is_word(node, ".nan")) {
        *value = (double)NAN;
        return true;
    }
    if (!strpbrk(node->text, "0123456789") || strchr(node->text, '('))
        return false; /* "inf", "nan" and "nan(1)" are words */
    *value = strtod(node->text, &end);
    return *end == '\0';
}
