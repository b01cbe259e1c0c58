/* Names that are one slip apart share what is left of them when one character is taken
 * out, or one is what is left of the other. So every name is entered under all that can
 * be left of it, and only names that meet are compared: no pair is missed, and none
 * that is far apart costs anything. */
#include "near_names.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* --- names without case and blanks -------------------------------------------------
 */

struct folded {
    uint32_t characters[DSI_NEAR_MAX_NAME];
    size_t n;
    bool has_digit;
};

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* Lower case of Latin, Greek and Cyrillic letters, which is a fixed step away. */
static uint32_t lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
        (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c + (c & 1);
    return c;
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '_' || c == '-' || c == 0xa0;
}

/* The next character, a byte that is not UTF-8 being one. */
static size_t next_character(const char *text, size_t n, uint32_t *c)
{
    size_t n_bytes = dsi_utf8_decode(text, n, c);
    if (n_bytes)
        return n_bytes;
    *c = 0x110000u + (uint8_t)*text;
    return 1;
}

/* False for a name that is too long, or is nothing without blanks. */
static bool fold(const char *name, struct folded *folded)
{
    size_t n = strlen(name);
    folded->n = 0;
    folded->has_digit = false;
    while (n) {
        uint32_t c;
        size_t n_bytes = next_character(name, n, &c);
        name += n_bytes;
        n -= n_bytes;
        if (is_blank(c))
            continue;
        if (folded->n == DSI_NEAR_MAX_NAME)
            return false;
        folded->characters[folded->n++] = lower(c);
        folded->has_digit |= is_digit(c);
    }
    return folded->n > 0;
}

/* Whether names that are the same without blanks are the same with them. */
static bool differ_in_case_alone(const char *a, const char *b)
{
    while (*a && *b) {
        uint32_t c, d;
        a += next_character(a, strlen(a), &c);
        b += next_character(b, strlen(b), &d);
        if (lower(c) != lower(d))
            return false;
    }
    return *a == *b;
}

static bool are_equal(const struct folded *a, const struct folded *b)
{
    return a->n == b->n &&
           memcmp(a->characters, b->characters, a->n * sizeof *a->characters) == 0;
}

/* --- one slip apart ----------------------------------------------------------------
 */

static bool are_numbers(const struct folded *a, const struct folded *b,
                        const uint32_t *x, size_t n_x, const uint32_t *y, size_t n_y)
{
    for (size_t i = 0; i < n_x; i++)
        if (!is_digit(x[i]))
            return false;
    for (size_t i = 0; i < n_y; i++)
        if (!is_digit(y[i]))
            return false;
    return a->has_digit && b->has_digit;
}

static bool is_slip(const struct folded *a, const struct folded *b)
{
    size_t n_a = a->n, n_b = b->n, start = 0;
    const size_t shorter = n_a < n_b ? n_a : n_b;
    while (start < shorter && a->characters[start] == b->characters[start])
        start++;
    while (n_a > start && n_b > start &&
           a->characters[n_a - 1] == b->characters[n_b - 1]) {
        n_a--;
        n_b--;
    }
    const uint32_t *x = a->characters + start, *y = b->characters + start;
    const size_t n_x = n_a - start, n_y = n_b - start;
    if (are_numbers(a, b, x, n_x, y, n_y))
        return false;
    if (n_x + n_y == 1)
        return shorter >= 3;
    if (n_x == 2 && n_y == 2 && (x[0] != y[1] || x[1] != y[0]))
        return false;
    return shorter >= 4 && n_x == n_y && n_x <= 2;
}

/* --- where names meet --------------------------------------------------------------
 */

struct key {
    uint64_t hash;
    size_t name;
};

struct meeting {
    const char *const *names;
    struct key *keys;
    size_t n_keys;
    struct dsi_near_pair *pairs;
    size_t n_pairs, most; /* found, one pair maybe several times; at which to stop */
    enum dsi_status status;
};

static int compare_keys(const void *left, const void *right)
{
    const struct key *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->name > b->name) - (a->name < b->name);
}

static void add_key(struct meeting *meeting, const uint32_t *characters, size_t n,
                    size_t name)
{
    meeting->keys[meeting->n_keys++] =
        (struct key){XXH3_64bits(characters, n * sizeof *characters), name};
}

/* The name itself and, for edits, all that is left of it without one character. */
static void add_name(struct meeting *meeting, size_t name, bool with_edits)
{
    struct folded folded;
    if (!fold(meeting->names[name], &folded) || (with_edits && folded.n < 3))
        return;
    add_key(meeting, folded.characters, folded.n, name);
    if (!with_edits)
        return;
    uint32_t left[DSI_NEAR_MAX_NAME];
    memcpy(left, folded.characters + 1, (folded.n - 1) * sizeof *left);
    for (size_t i = 0; i < folded.n; i++) {
        add_key(meeting, left, folded.n - 1, name);
        left[i < folded.n - 1 ? i : 0] = folded.characters[i];
    }
}

static void add_pair(struct meeting *meeting, size_t a, size_t b, enum dsi_nearness how)
{
    if (meeting->n_pairs < meeting->most)
        meeting->pairs[meeting->n_pairs++] = (struct dsi_near_pair){a, b, how};
}

/* Names with the same key; those that are the same without blanks go with the first. */
static void meet(struct meeting *meeting, const struct key *keys, size_t n,
                 bool with_edits)
{
    struct folded a, b;
    for (size_t i = 0; i < n && meeting->n_pairs < meeting->most; i++) {
        const char *name = meeting->names[keys[i].name];
        (void)fold(name, &a);
        for (size_t j = i + 1; j < n && meeting->n_pairs < meeting->most; j++) {
            const char *other = meeting->names[keys[j].name];
            (void)fold(other, &b);
            if (with_edits && !are_equal(&a, &b) && is_slip(&a, &b))
                add_pair(meeting, keys[i].name, keys[j].name, DSI_NEAR_EDIT);
            else if (!with_edits && are_equal(&a, &b))
                add_pair(meeting, keys[i].name, keys[j].name,
                         differ_in_case_alone(name, other) ? DSI_NEAR_CASE
                                                           : DSI_NEAR_SPACE);
        }
        if (!with_edits)
            return;
    }
}

static void meet_all(struct meeting *meeting, bool with_edits)
{
    qsort(meeting->keys, meeting->n_keys, sizeof *meeting->keys, compare_keys);
    for (size_t i = 0, end; i < meeting->n_keys; i = end) {
        for (end = i + 1;
             end < meeting->n_keys && meeting->keys[end].hash == meeting->keys[i].hash;)
            end++;
        if (end - i > 1)
            meet(meeting, meeting->keys + i, end - i, with_edits);
    }
}

/* Pairs found in one way: room for those is made here. */
static enum dsi_status find_pairs(struct meeting *meeting, size_t n, uint64_t n_keys,
                                  bool with_edits, struct dsi_error *err)
{
    meeting->n_keys = 0;
    meeting->most += DSI_NEAR_MAX_PAIRS;
    meeting->keys = dsi_alloc_array(n_keys, sizeof *meeting->keys);
    if (!meeting->keys)
        return dsi_fail_memory(err, n_keys * sizeof *meeting->keys);
    for (size_t i = 0; i < n; i++)
        add_name(meeting, i, with_edits);
    meet_all(meeting, with_edits);
    free(meeting->keys);
    return DSI_OK;
}

static int compare_pairs(const void *left, const void *right)
{
    const struct dsi_near_pair *a = left, *b = right;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return (a->b > b->b) - (a->b < b->b);
}

static size_t without_repeats(struct dsi_near_pair *pairs, size_t n)
{
    size_t n_kept = 0;
    qsort(pairs, n, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < n && n_kept < DSI_NEAR_MAX_PAIRS; i++)
        if (n_kept == 0 || compare_pairs(&pairs[n_kept - 1], &pairs[i]) != 0)
            pairs[n_kept++] = pairs[i];
    return n_kept;
}

enum dsi_status dsi_near_names(const char *const *names, size_t n,
                               struct dsi_near_pair **pairs, size_t *n_pairs,
                               struct dsi_error *err)
{
    struct meeting meeting = {.names = names};
    uint64_t n_characters = n;
    for (size_t i = 0; i < n; i++)
        n_characters += strlen(names[i]);
    *n_pairs = 0;
    *pairs = meeting.pairs = dsi_alloc_array(2 * DSI_NEAR_MAX_PAIRS, sizeof **pairs);
    if (!*pairs)
        return dsi_fail_memory(err, 2 * DSI_NEAR_MAX_PAIRS * sizeof **pairs);
    enum dsi_status status = find_pairs(&meeting, n, n, false, err);
    if (status == DSI_OK && n_characters <= DSI_NEAR_MAX_CHARACTERS)
        status = find_pairs(&meeting, n, n_characters, true, err);
    if (status == DSI_OK) {
        *n_pairs = without_repeats(meeting.pairs, meeting.n_pairs);
        return DSI_OK;
    }
    free(*pairs);
    *pairs = NULL;
    return status;
}
