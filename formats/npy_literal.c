#include "npy_literal.h"

#include "bytes.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    const char *source;
    size_t n, at;
    struct dsi_literal *nodes;
    size_t n_nodes;
    char *text; /* where the next string's text goes */
    struct dsi_error *err;
};

static enum dsi_status value(struct parser *p, int depth, struct dsi_literal **out);

static enum dsi_status fail(const struct parser *p, const char *reason)
{
    return dsi_fail(p->err, DSI_ERR_MALFORMED, "header: %s at its byte %zu", reason,
                    p->at);
}

static int peek(const struct parser *p)
{
    return p->at < p->n ? (unsigned char)p->source[p->at] : -1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void skip_space(struct parser *p)
{
    while (p->at < p->n && is_space(p->source[p->at]))
        p->at++;
}

static bool accept(struct parser *p, char c)
{
    skip_space(p);
    if (peek(p) != c)
        return false;
    p->at++;
    return true;
}

/* At most so many: one, and one after each bracket, comma and colon. Most of a header
 * is none of these, and much of it is space. */
static size_t most_nodes(const char *source, size_t n)
{
    size_t most = 1;
    for (size_t i = 0; i < n; i++) {
        const char c = source[i];
        most += c == '{' || c == '[' || c == '(' || c == ',' || c == ':';
    }
    return most;
}

static struct dsi_literal *new_node(struct parser *p, enum dsi_literal_kind kind)
{
    struct dsi_literal *node = &p->nodes[p->n_nodes++];
    node->kind = kind;
    return node;
}

static void put(struct parser *p, struct dsi_literal *text, char c)
{
    *p->text++ = c;
    text->n++;
}

/* No escape is shorter than the UTF-8 it stands for, so the text needs no more room
 * than its source. */
static void put_code_point(struct parser *p, struct dsi_literal *text, uint32_t c)
{
    if (c < 0x80) {
        put(p, text, (char)c);
        return;
    }
    int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    put(p, text, (char)(lead[tail] | (c >> (6 * tail))));
    while (tail-- > 0)
        put(p, text, (char)(0x80 | ((c >> (6 * tail)) & 0x3F)));
}

static int digit_of(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* A code point in digits of base: at least `least` of them and at most `most`. */
static enum dsi_status numbered_escape(struct parser *p, struct dsi_literal *text,
                                       int base, int least, int most)
{
    uint32_t c = 0;
    int n = 0;
    for (; n < most && digit_of(peek(p)) < base; n++, p->at++)
        c = c * (uint32_t)base + (uint32_t)digit_of(peek(p));
    if (n < least)
        return fail(p, "an escape with too few digits");
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return fail(p, "an escape that is no character");
    put_code_point(p, text, c);
    return DSI_OK;
}

/* What follows a backslash. */
static enum dsi_status escape(struct parser *p, struct dsi_literal *text)
{
    static const char letters[] = "\\'\"abfnrtv", values[] = "\\'\"\a\b\f\n\r\t\v";
    int c = peek(p);
    const char *simple = c > 0 ? strchr(letters, c) : NULL;

    if (c >= '0' && c <= '7')
        return numbered_escape(p, text, 8, 1, 3);
    if (c < 0 || c == '\0' || c == 'N')
        return fail(p, "an escape not read here");
    p->at++;
    if (c == 'x')
        return numbered_escape(p, text, 16, 2, 2);
    if (c == 'u')
        return numbered_escape(p, text, 16, 4, 4);
    if (c == 'U')
        return numbered_escape(p, text, 16, 8, 8);
    if (simple) {
        put(p, text, values[simple - letters]);
    } else if (c != '\n') { /* unknown: Python keeps both */
        put(p, text, '\\');
        put(p, text, (char)c);
    }
    return DSI_OK;
}

static enum dsi_status string(struct parser *p, struct dsi_literal **out)
{
    struct dsi_literal *text = *out = new_node(p, DSI_LITERAL_TEXT);
    int quote = peek(p);

    text->text = p->text;
    for (p->at++; peek(p) != quote;) {
        int c = peek(p);
        if (c <= 0 || c == '\n' || c == '\r')
            return fail(p, "a string that does not end");
        p->at++;
        if (c == '\\')
            DSI_TRY(escape(p, text));
        else
            put(p, text, (char)c);
    }
    p->at++;
    *p->text++ = '\0';
    return DSI_OK;
}

static enum dsi_status integer(struct parser *p, struct dsi_literal **out)
{
    struct dsi_literal *node = *out = new_node(p, DSI_LITERAL_INT);
    bool leading_zero;

    if (peek(p) == '-' || peek(p) == '+')
        node->negative = p->source[p->at++] == '-';
    skip_space(p);
    if (digit_of(peek(p)) > 9)
        return fail(p, "a sign without a number");
    leading_zero = peek(p) == '0';
    for (; digit_of(peek(p)) <= 9; p->at++) {
        uint64_t digit = (uint64_t)digit_of(peek(p));
        if (!dsi_mul(node->value, 10, &node->value) ||
            !dsi_add(node->value, digit, &node->value))
            node->overflow = true;
    }
    if (leading_zero && (node->value || node->overflow))
        return fail(p, "a number with a leading zero");
    (void)accept(p, 'L'); /* a long of Python 2 */
    return DSI_OK;
}

/* Items up to the closing bracket; in a dict each is a key and a value. */
static enum dsi_status items(struct parser *p, struct dsi_literal *node, char close,
                             int depth, bool *trailing_comma)
{
    const struct dsi_literal **tail = &node->child;
    *trailing_comma = false;
    while (!accept(p, close)) {
        if (node->n && !*trailing_comma)
            return fail(p, "a comma or closing bracket is missing");
        for (int part = 0; part < (node->kind == DSI_LITERAL_DICT ? 2 : 1); part++) {
            struct dsi_literal *item;
            if (part == 1 && !accept(p, ':'))
                return fail(p, "a key without a value");
            DSI_TRY(value(p, depth + 1, &item));
            *tail = item;
            tail = &item->next;
            node->n++;
        }
        *trailing_comma = accept(p, ',');
    }
    return DSI_OK;
}

static enum dsi_status bracket(struct parser *p, int depth, struct dsi_literal **out)
{
    bool comma;
    char open = p->source[p->at];
    struct dsi_literal *node = new_node(p, open == '{'   ? DSI_LITERAL_DICT
                                           : open == '[' ? DSI_LITERAL_LIST
                                                         : DSI_LITERAL_TUPLE);

    if (depth >= DSI_NPY_MAX_DEPTH)
        return fail(p, "brackets nested too deeply");
    p->at++;
    *out = node;
    DSI_TRY(items(p, node, open == '{' ? '}' : open == '[' ? ']' : ')', depth, &comma));
    if (open == '(' && node->n == 1 && !comma)
        *node = *node->child; /* mere parentheses */
    return DSI_OK;
}

static enum dsi_status word(struct parser *p, struct dsi_literal **out)
{
    static const char *const words[] = {"False", "True"};
    for (uint64_t i = 0; i < 2; i++) {
        size_t n = strlen(words[i]);
        if (p->n - p->at >= n && memcmp(p->source + p->at, words[i], n) == 0) {
            *out = new_node(p, DSI_LITERAL_BOOL);
            (*out)->value = i;
            p->at += n;
            return DSI_OK;
        }
    }
    return fail(p, "neither dict, tuple, list, string, integer, True nor False");
}

static enum dsi_status value(struct parser *p, int depth, struct dsi_literal **out)
{
    skip_space(p);
    int c = peek(p);
    if (c == '{' || c == '[' || c == '(')
        return bracket(p, depth, out);
    if ((c == 'u' || c == 'U') && p->at + 1 < p->n) {
        char quote = p->source[p->at + 1];
        if (quote == '\'' || quote == '"')
            c = p->source[++p->at];
    }
    if (c == '\'' || c == '"')
        return string(p, out);
    if (digit_of(c) <= 9 || c == '-' || c == '+')
        return integer(p, out);
    return word(p, out);
}

enum dsi_status dsi_literals_parse(struct dsi_literals *literals, const char *source,
                                   size_t n, struct dsi_error *err)
{
    struct dsi_literal *root;
    *literals = (struct dsi_literals){
        .nodes = dsi_alloc_zeroed(most_nodes(source, n), sizeof *literals->nodes),
        .text = dsi_alloc_array((uint64_t)n + 1, 1),
    };
    if (!literals->nodes || !literals->text)
        return dsi_fail_memory(err, n);

    struct parser p = {.source = source,
                       .n = n,
                       .nodes = literals->nodes,
                       .text = literals->text,
                       .err = err};
    DSI_TRY(value(&p, 0, &root));
    skip_space(&p);
    if (p.at < n)
        return fail(&p, "something follows the dictionary");
    literals->root = root;
    return DSI_OK;
}

void dsi_literals_free(struct dsi_literals *literals)
{
    free(literals->nodes);
    free(literals->text);
    *literals = (struct dsi_literals){0};
}

bool dsi_literal_is(const struct dsi_literal *literal, const char *word)
{
    size_t n = strlen(word);
    return literal->kind == DSI_LITERAL_TEXT && literal->n == n &&
           memcmp(literal->text, word, n) == 0;
}
