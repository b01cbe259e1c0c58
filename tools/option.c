/* Parsing a command line by tables. Own code over getopt_long: that one prints its
 * messages itself, keeps its state in globals, and cannot say what a value should be.
 */
#include "option.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_option(const struct dsi_option *option)
{
    return option->kind != DSI_OPTION_GROUP;
}

const struct dsi_option *dsi_option_named(const struct dsi_option *const tables[],
                                          const char *name, size_t n)
{
    for (; *tables; tables++)
        for (const struct dsi_option *o = *tables; o->kind != DSI_OPTION_END; o++)
            if (is_option(o) && strlen(o->name) == n && memcmp(o->name, name, n) == 0)
                return o;
    return NULL;
}

const struct dsi_option *dsi_option_lettered(const struct dsi_option *const tables[],
                                             char letter)
{
    if (letter == 0)
        return NULL;
    for (; *tables; tables++)
        for (const struct dsi_option *o = *tables; o->kind != DSI_OPTION_END; o++)
            if (is_option(o) && o->letter == letter)
                return o;
    return NULL;
}

bool dsi_option_takes_file(const struct dsi_option *option)
{
    return option->kind == DSI_OPTION_TEXT && option->value_completion &&
           strcmp(option->value_completion, "file") == 0;
}

bool dsi_option_names_output(const struct dsi_option *option)
{
    static const char *const read[] = {"labels",     "classes",  "files-from", "pass",
                                       "pred-probs", "baseline", NULL};
    for (const char *const *name = read; *name; name++)
        if (strcmp(option->name, *name) == 0)
            return false;
    return dsi_option_takes_file(option);
}

struct dsi_option *dsi_options_bind(const struct dsi_option *table,
                                    const void *defaults, void *args, size_t size)
{
    size_t n = 1;
    while (table[n - 1].kind != DSI_OPTION_END)
        n++;
    struct dsi_option *bound = dsi_alloc_array(n, sizeof *bound);
    if (!bound)
        return NULL;
    memcpy(args, defaults, size);
    for (size_t i = 0; i < n; i++) {
        bound[i] = table[i];
        if (table[i].kind == DSI_OPTION_GROUP || table[i].kind == DSI_OPTION_END)
            continue;
        /* The members of the union are all pointers to objects; one stands for each. */
        size_t offset =
            (size_t)((const char *)table[i].value.flag - (const char *)defaults);
        assert(offset < size);
        bound[i].value.flag = (const void *)((const char *)args + offset);
    }
    return bound;
}

/* The names of all options as "name, name" of those that start with the n bytes of
 * prefix. Returns how many different ones there are; *first is the first. */
static size_t abbreviated(const struct dsi_option *const tables[], const char *prefix,
                          size_t n, const struct dsi_option **first, char *list,
                          size_t list_size)
{
    size_t n_found = 0, used = 0;
    list[0] = 0;
    for (const struct dsi_option *const *t = tables; *t; t++) {
        for (const struct dsi_option *o = *t; o->kind != DSI_OPTION_END; o++) {
            if (!is_option(o) || strncmp(o->name, prefix, n) != 0 ||
                dsi_option_named(tables, o->name, strlen(o->name)) != o)
                continue;
            if (n_found++ == 0)
                *first = o;
            if (used < list_size)
                used += (size_t)snprintf(list + used, list_size - used, "%s--%s",
                                         used ? ", " : "", o->name);
        }
    }
    return n_found;
}

/* The option of which a word (n bytes) is a value, as "json" of --format: the last of
 * them, for the common table comes last. NULL: there is none. */
static const struct dsi_option *
option_of_choice(const struct dsi_option *const tables[], const char *word, size_t n)
{
    const struct dsi_option *found = NULL;
    for (; *tables; tables++)
        for (const struct dsi_option *o = *tables; o->kind != DSI_OPTION_END; o++)
            for (size_t i = 0; o->kind == DSI_OPTION_CHOICE && o->choices[i]; i++)
                if (strlen(o->choices[i]) == n && memcmp(o->choices[i], word, n) == 0)
                    found = o;
    return found;
}

static enum dsi_status unknown(const struct dsi_option *const tables[],
                               const char *name, size_t n, struct dsi_error *err)
{
    enum { MOST = 256 };
    const char *names[MOST + 1], *nearest = NULL;
    size_t n_names = 0;
    for (const struct dsi_option *const *t = tables; *t; t++)
        for (const struct dsi_option *o = *t; o->kind != DSI_OPTION_END; o++)
            if (is_option(o) && n_names < MOST)
                names[n_names++] = o->name;
    names[n_names] = NULL;
    char *word = dsi_text_copy(name, n);
    if (!word)
        return dsi_fail_memory(err, n);
    nearest = dsi_nearest_word(word, names);
    const struct dsi_option *of = option_of_choice(tables, name, n);
    if (of)
        dsi_fail(err, DSI_ERR_USAGE, "unknown option '--%s' (did you mean --%s=%s?)",
                 word, of->name, word);
    else if (nearest)
        dsi_fail(err, DSI_ERR_USAGE, "unknown option '--%s' (did you mean --%s?)", word,
                 nearest);
    else
        dsi_fail(err, DSI_ERR_USAGE, "unknown option '--%s'", word);
    free(word);
    return DSI_ERR_USAGE;
}

static enum dsi_status find_long(const struct dsi_option *const tables[],
                                 const char *name, size_t n,
                                 const struct dsi_option **option,
                                 struct dsi_error *err)
{
    char list[512];
    *option = dsi_option_named(tables, name, n);
    if (*option)
        return DSI_OK;
    size_t n_found = n ? abbreviated(tables, name, n, option, list, sizeof list) : 0;
    if (n_found == 1)
        return DSI_OK;
    if (n_found == 0)
        return unknown(tables, name, n, err);
    return dsi_fail(err, DSI_ERR_USAGE, "'--%.*s' could be any of %s", (int)n, name,
                    list);
}

/* Where parsing stands: argv[next] is the next word not looked at. */
struct place {
    const struct dsi_option *const *tables;
    char **argv;
    int argc, next;
};

/* The word after an option, as its value. One with two dashes is more likely an option
 * after a forgotten value than a value. */
static enum dsi_status next_value(struct place *at, const struct dsi_option *option,
                                  const char **value, struct dsi_error *err)
{
    if (at->next >= at->argc)
        return dsi_fail(err, DSI_ERR_USAGE, "--%s needs a value (%s)", option->name,
                        option->arg);
    *value = at->argv[at->next];
    if (strncmp(*value, "--", 2) == 0)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--%s needs a value (%s), and '%s' looks like an option (write "
                        "--%s=%s if it is the value)",
                        option->name, option->arg, *value, option->name, *value);
    at->next++;
    return DSI_OK;
}

static enum dsi_status parse_long(struct place *at, const char *word,
                                  struct dsi_error *err)
{
    const struct dsi_option *option = NULL;
    const char *equals = strchr(word, '='), *value = equals ? equals + 1 : NULL;
    size_t n = equals ? (size_t)(equals - word) : strlen(word);
    DSI_TRY(find_long(at->tables, word, n, &option, err));
    if (option->kind == DSI_OPTION_FLAG) {
        if (value)
            return dsi_fail(err, DSI_ERR_USAGE, "--%s takes no value", option->name);
    } else if (!value) {
        DSI_TRY(next_value(at, option, &value, err));
    }
    return dsi_option_set(option, value, err);
}

/* Letters after one dash: flags in a row, the last may take a value ("-qj4", "-j 4").
 */
static enum dsi_status parse_letters(struct place *at, const char *letters,
                                     struct dsi_error *err)
{
    for (; *letters; letters++) {
        const char *value = NULL;
        const struct dsi_option *option = dsi_option_lettered(at->tables, *letters);
        if (!option) {
            size_t n = strlen(letters);
            if (n > 1 && dsi_option_named(at->tables, letters, n))
                return dsi_fail(err, DSI_ERR_USAGE,
                                "unknown option '-%s' (did you mean --%s?)", letters,
                                letters);
            return dsi_fail(err, DSI_ERR_USAGE, "unknown option '-%c'", *letters);
        }
        if (option->kind == DSI_OPTION_FLAG) {
            DSI_TRY(dsi_option_set(option, NULL, err));
            continue;
        }
        if (letters[1])
            value = letters + 1;
        else
            DSI_TRY(next_value(at, option, &value, err));
        return dsi_option_set(option, value, err);
    }
    return DSI_OK;
}

enum dsi_status dsi_options_parse(const struct dsi_option *const tables[], int argc,
                                  char **argv, size_t *n_operands,
                                  struct dsi_error *err)
{
    struct place at = {.tables = tables, .argv = argv, .argc = argc, .next = 1};
    bool only_operands = false;
    *n_operands = 0;
    while (at.next < argc) {
        char *word = argv[at.next++];
        if (only_operands || word[0] != '-' || word[1] == 0)
            argv[(*n_operands)++] = word;
        else if (strcmp(word, "--") == 0)
            only_operands = true;
        else if (word[1] == '-')
            DSI_TRY(parse_long(&at, word + 2, err));
        else
            DSI_TRY(parse_letters(&at, word + 1, err));
    }
    return DSI_OK;
}

void dsi_options_free(const struct dsi_option *const tables[])
{
    for (; *tables; tables++) {
        for (const struct dsi_option *o = *tables; o->kind != DSI_OPTION_END; o++) {
            if (o->kind != DSI_OPTION_TEXTS)
                continue;
            struct dsi_texts *texts = (struct dsi_texts *)o->value.texts;
            free(texts->texts);
            *texts = (struct dsi_texts){0};
        }
    }
}
