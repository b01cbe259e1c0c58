/* What the words after an option mean. */
#include "option.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum dsi_status refuse(const struct dsi_option *option, const char *text,
                              const char *reason, struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_USAGE, "--%s: '%s' %s", option->name, text, reason);
}

/* The digits that text starts with. False when there are none or too many. */
static bool digits(const char **text, uint64_t *value, bool *too_large)
{
    const char *at = *text;
    *value = 0;
    *too_large = false;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t tens;
        if (!dsi_mul(*value, 10, &tens) || !dsi_add(tens, (uint64_t)(*at - '0'), value))
            *too_large = true;
    }
    bool any = at != *text;
    *text = at;
    return any;
}

static const char letters[] = "kmgt";

/* "", "k", "M", "G": the power of 1000, or -1. */
static int count_suffix(const char *text)
{
    if (!*text)
        return 0;
    const char *found = memchr(letters, (char)(*text | 0x20), 3);
    return found && !text[1] ? (int)(found - letters) + 1 : -1;
}

/* "", "k", "KB", "KiB": the power of 1024, or -1. */
static int size_suffix(const char *text)
{
    int power = 0;
    if (*text && *text != 'B') {
        char low = (char)(*text | 0x20);
        const char *found = memchr(letters, low, sizeof letters - 1);
        if (!found)
            return -1;
        power = (int)(found - letters) + 1;
        text++;
        if (text[0] == 'i' && text[1] == 'B')
            text++;
    }
    if (*text == 'B')
        text++;
    return *text ? -1 : power;
}

static enum dsi_status set_natural(const struct dsi_option *option, const char *text,
                                   struct dsi_error *err)
{
    const char *what = option->is_size ? "is not a size such as 4096, 64k, 10M or 2GiB"
                                       : "is not a whole number such as 5000 or 5k";
    const char *at = text;
    uint64_t value;
    bool too_large;
    if (text[0] == '-' && text[1] >= '0' && text[1] <= '9')
        return refuse(option, text, "is below 0", err);
    if (!digits(&at, &value, &too_large))
        return refuse(option, text, what, err);
    int power = option->is_size ? size_suffix(at) : count_suffix(at);
    if (power < 0)
        return refuse(option, text, what, err);
    for (int i = 0; i < power; i++)
        if (!dsi_mul(value, option->is_size ? 1024 : 1000, &value))
            too_large = true;
    if (too_large)
        return refuse(option, text, "is too large", err);
    *(uint64_t *)option->value.natural = value;
    return DSI_OK;
}

static enum dsi_status set_integer(const struct dsi_option *option, const char *text,
                                   struct dsi_error *err)
{
    const char *at = text;
    bool is_negative = *at == '-', too_large;
    uint64_t value;
    if (*at == '-' || *at == '+')
        at++;
    if (!digits(&at, &value, &too_large) || *at)
        return refuse(option, text, "is not a whole number", err);
    if (too_large || value > (uint64_t)INT64_MAX + is_negative)
        return refuse(option, text, is_negative ? "is too small" : "is too large", err);
    *(int64_t *)option->value.integer =
        is_negative ? (int64_t)(UINT64_C(0) - value) : (int64_t)value;
    return DSI_OK;
}

static enum dsi_status set_real(const struct dsi_option *option, const char *text,
                                struct dsi_error *err)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    /* strtod would skip blanks, and take nan, with which every comparison is false. */
    if (end == text || *end || strchr(" \t\n\v\f\r", *text) || isnan(value))
        return refuse(option, text, "is not a number", err);
    if (errno == ERANGE && isinf(value))
        return refuse(option, text, "is too large", err);
    *(double *)option->value.real = value;
    return DSI_OK;
}

/* The choice nearest to what stands before the colon in text, as the list has it. */
static const char *nearest_choice(const struct dsi_option *option, const char *text)
{
    enum { MOST = 32, LONGEST = 32 };
    char bare[MOST][LONGEST], word[LONGEST];
    const char *words[MOST + 1];
    size_t n = 0;
    for (; option->choices[n] && n < MOST; n++) {
        snprintf(bare[n], LONGEST, "%.*s", (int)strcspn(option->choices[n], "["),
                 option->choices[n]);
        words[n] = bare[n];
    }
    words[n] = NULL;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(text, ":"), text);
    const char *nearest = dsi_nearest_word(word, words);
    for (size_t i = 0; nearest && i < n; i++)
        if (words[i] == nearest)
            return option->choices[i];
    return NULL;
}

static enum dsi_status refuse_choice(const struct dsi_option *option, const char *text,
                                     struct dsi_error *err)
{
    char list[512] = "";
    size_t used = 0;
    for (size_t i = 0; option->choices[i]; i++) {
        size_t n = strlen(option->choices[i]);
        if (used + n + 2 > sizeof list)
            break;
        list[used++] = ' ';
        memcpy(list + used, option->choices[i], n + 1);
        used += n;
    }
    const char *nearest = nearest_choice(option, text);
    if (nearest)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--%s: '%s' is not one of%s (did you mean %s?)", option->name,
                        text, list, nearest);
    return dsi_fail(err, DSI_ERR_USAGE, "--%s: '%s' is not one of%s", option->name,
                    text, list);
}

static enum dsi_status set_choice(const struct dsi_option *option, const char *text,
                                  struct dsi_error *err)
{
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], text) == 0) {
            *(int *)option->value.choice = i;
            return DSI_OK;
        }
    }
    return refuse_choice(option, text, err);
}

/* "enet" and, where brackets follow in the list, "enet:1.1". What stands behind the
 * colon is the tool's to judge. */
static enum dsi_status set_word(const struct dsi_option *option, const char *text,
                                struct dsi_error *err)
{
    size_t n = strcspn(text, ":");
    for (size_t i = 0; option->choices && option->choices[i]; i++) {
        const char *choice = option->choices[i];
        if (strcspn(choice, "[") == n && memcmp(choice, text, n) == 0) {
            *(const char **)option->value.text = text;
            return DSI_OK;
        }
    }
    if (option->choices)
        return refuse_choice(option, text, err);
    *(const char **)option->value.text = text;
    return DSI_OK;
}

static enum dsi_status add_text(const struct dsi_option *option, const char *text,
                                struct dsi_error *err)
{
    struct dsi_texts *texts = (struct dsi_texts *)option->value.texts;
    if ((texts->n & (texts->n - 1)) == 0) { /* 0 and the powers of two: full */
        size_t capacity = texts->n ? 2 * texts->n : 1;
        const char **grown =
            dsi_realloc_array(texts->texts, capacity, sizeof *texts->texts);
        if (!grown)
            return dsi_fail_memory(err, capacity * sizeof *texts->texts);
        texts->texts = grown;
    }
    texts->texts[texts->n++] = text;
    return DSI_OK;
}

enum dsi_status dsi_option_set(const struct dsi_option *option, const char *text,
                               struct dsi_error *err)
{
    switch (option->kind) {
    case DSI_OPTION_FLAG:
        *(bool *)option->value.flag = true;
        return DSI_OK;
    case DSI_OPTION_UINT:
        return set_natural(option, text, err);
    case DSI_OPTION_INT:
        return set_integer(option, text, err);
    case DSI_OPTION_FLOAT:
        return set_real(option, text, err);
    case DSI_OPTION_TEXT:
        return set_word(option, text, err);
    case DSI_OPTION_TEXTS:
        return add_text(option, text, err);
    case DSI_OPTION_CHOICE:
        return set_choice(option, text, err);
    case DSI_OPTION_END:
    case DSI_OPTION_GROUP:
        break;
    }
    return dsi_fail(err, DSI_ERR_USAGE, "a heading has no value");
}
