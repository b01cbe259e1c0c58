#include "npy_dtype.h"

#include <stdio.h>
#include <string.h>

/* numpy.dtype("S"): an itemsize is a C int there. */
static const uint64_t max_item_bytes = INT32_MAX;

/* Names and one-letter codes, as on a 64-bit Linux, where C's long has 8 bytes. */
static const struct {
    const char *name;
    enum dsi_kind kind;
    uint32_t size;
} names[] = {
    {"?", DSI_BOOL, 1},      {"bool", DSI_BOOL, 1},
    {"b", DSI_INT, 1},       {"int8", DSI_INT, 1},
    {"B", DSI_UINT, 1},      {"uint8", DSI_UINT, 1},
    {"h", DSI_INT, 2},       {"int16", DSI_INT, 2},
    {"H", DSI_UINT, 2},      {"uint16", DSI_UINT, 2},
    {"i", DSI_INT, 4},       {"int32", DSI_INT, 4},
    {"I", DSI_UINT, 4},      {"uint32", DSI_UINT, 4},
    {"l", DSI_INT, 8},       {"int64", DSI_INT, 8},
    {"L", DSI_UINT, 8},      {"uint64", DSI_UINT, 8},
    {"q", DSI_INT, 8},       {"Q", DSI_UINT, 8},
    {"e", DSI_FLOAT, 2},     {"float16", DSI_FLOAT, 2},
    {"f", DSI_FLOAT, 4},     {"float32", DSI_FLOAT, 4},
    {"d", DSI_FLOAT, 8},     {"float64", DSI_FLOAT, 8},
    {"F", DSI_COMPLEX, 8},   {"complex64", DSI_COMPLEX, 8},
    {"D", DSI_COMPLEX, 16},  {"complex128", DSI_COMPLEX, 16},
    {"c", DSI_BYTES, 1},     {"bfloat16", DSI_BFLOAT, 2},
    {"M", DSI_DATETIME, 8},  {"datetime64", DSI_DATETIME, 8},
    {"m", DSI_TIMEDELTA, 8}, {"timedelta64", DSI_TIMEDELTA, 8},
};

/* A letter and a size in bytes, bits set in sizes: "f8". */
static const struct {
    char letter;
    enum dsi_kind kind;
    uint32_t sizes;
} numeric[] = {
    {'b', DSI_BOOL, 1},
    {'i', DSI_INT, 1 | 2 | 4 | 8},
    {'u', DSI_UINT, 1 | 2 | 4 | 8},
    {'f', DSI_FLOAT, 2 | 4 | 8},
    {'c', DSI_COMPLEX, 8 | 16},
    {'M', DSI_DATETIME, 8},
    {'m', DSI_TIMEDELTA, 8},
};

struct text {
    const char *at, *end;
};

static enum dsi_status unknown(struct text whole, struct dsi_error *err)
{
    size_t n = (size_t)(whole.end - whole.at);
    return dsi_fail(err, DSI_ERR_MALFORMED, "header: no dtype is called '%.*s'",
                    (int)(n < 100 ? n : 100), whole.at);
}

static bool is_word(struct text t, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(t.end - t.at) == n && memcmp(t.at, word, n) == 0;
}

/* Digits, none or more; false when they exceed max_item_bytes. */
static bool number(struct text *t, uint64_t *value, bool *given)
{
    *given = false;
    for (*value = 0; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++) {
        *value = *value * 10 + (uint64_t)(*t->at - '0');
        *given = true;
        if (*value > max_item_bytes)
            return false;
    }
    return true;
}

/* What may stand behind a datetime: nothing, or [unit] or [multiple unit]. */
static bool unit(struct text *t, char out[16])
{
    static const char *const units[] = {"Y",  "M",  "W",  "D",  "h",  "m", "s",
                                        "ms", "us", "ns", "ps", "fs", "as"};
    uint64_t multiple;
    bool given;
    out[0] = '\0';
    if (t->at == t->end)
        return true;
    if (*t->at != '[' || t->end[-1] != ']')
        return false;
    struct text inner = {t->at + 1, t->end - 1};
    t->at = t->end;
    if (is_word(inner, "generic"))
        return true;
    if (!number(&inner, &multiple, &given))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!is_word(inner, units[i]))
            continue;
        if (given && multiple != 1)
            snprintf(out, 16, "%u%s", (unsigned)multiple, units[i]);
        else
            snprintf(out, 16, "%s", units[i]);
        return true;
    }
    return false;
}

static enum dsi_status is_readable(struct text t, struct text whole,
                                   struct dsi_error *err)
{
    static const char *const long_doubles[] = {
        "f16", "f12", "c32", "c24", "g", "G", "longdouble", "float128", "complex256"};
    if (is_word(t, "O") || is_word(t, "O4") || is_word(t, "O8") || is_word(t, "object"))
        return dsi_fail(
            err, DSI_ERR_REFUSED,
            "holds Python objects, which only pickle can read, and unpickling "
            "runs whatever code the file names; save it with a numeric or "
            "string dtype");
    for (size_t i = 0; i < sizeof long_doubles / sizeof *long_doubles; i++)
        if (is_word(t, long_doubles[i]))
            return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                            "dtype '%.*s' is the long double of one kind of machine, "
                            "which no other reads alike; save it as float64",
                            (int)(whole.end - whole.at), whole.at);
    return DSI_OK;
}

/* Letters followed by a size: S, a, U, V take any, the others one of a few. */
static bool sized(struct text *t, struct dsi_dtype *dtype)
{
    char letter = *t->at++;
    uint64_t size;
    bool given;
    if (!number(t, &size, &given))
        return false;
    if (letter == 'S' || letter == 'a' || letter == 'V')
        dtype->kind = letter == 'V' ? DSI_VOID : DSI_BYTES;
    else if (letter == 'U' && size <= max_item_bytes / 4)
        dtype->kind = DSI_UNICODE;
    else {
        for (size_t i = 0; i < sizeof numeric / sizeof *numeric; i++) {
            bool power = size && (size & (size - 1)) == 0;
            if (letter == numeric[i].letter && power && (numeric[i].sizes & size)) {
                dtype->kind = numeric[i].kind;
                dtype->size = (uint32_t)size;
                return true;
            }
        }
        return false;
    }
    dtype->size = (uint32_t)(letter == 'U' ? size * 4 : size);
    return true;
}

/* NumPy takes an order before a letter and a unit behind a word, and both only with the
 * words for times. */
static bool named(struct text *t, char mark, struct dsi_dtype *dtype)
{
    struct text word = *t;
    const char *bracket = memchr(t->at, '[', (size_t)(t->end - t->at));
    if (bracket)
        word.end = bracket;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!is_word(word, names[i].name))
            continue;
        bool is_letter = word.end - word.at == 1;
        bool is_time = names[i].kind == DSI_DATETIME || names[i].kind == DSI_TIMEDELTA;
        dtype->kind = names[i].kind;
        dtype->size = names[i].size;
        t->at = word.end;
        return is_letter ? !bracket : !mark || is_time;
    }
    return false;
}

/* '|' is no order: the machine's, as where there is no mark. So is that of single
 * bytes, whatever the mark. */
static bool is_big_endian(char mark, const struct dsi_dtype *dtype)
{
    bool ordered = dtype->kind != DSI_BYTES && dtype->kind != DSI_BOOL &&
                   (dtype->size > 1 || dtype->kind == DSI_UNICODE);
    if (!ordered || (mark != '<' && mark != '>'))
        return dsi_machine_is_big_endian();
    return mark == '>';
}

enum dsi_status dsi_npy_dtype(struct dsi_dtype *dtype, const char *text, size_t n,
                              struct dsi_error *err)
{
    const struct text whole = {text, text + n};
    struct text t = whole;
    char mark = '\0';

    *dtype = (struct dsi_dtype){0};
    if (n && memchr("<>=|", *t.at, 4))
        mark = *t.at++;
    if (t.at == t.end)
        return unknown(whole, err);
    DSI_TRY(is_readable(t, whole, err));
    if (!named(&t, mark, dtype) && !sized(&t, dtype))
        return unknown(whole, err);
    bool has_unit = dtype->kind == DSI_DATETIME || dtype->kind == DSI_TIMEDELTA;
    if (has_unit ? !unit(&t, dtype->unit) : t.at != t.end)
        return unknown(whole, err);
    dtype->big_endian = is_big_endian(mark, dtype);
    return DSI_OK;
}
