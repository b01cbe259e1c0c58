#include "diff_files.h"

#include "option.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t";

static const char *const keys[] = {"rtol",      "atol",   "max-ulp", "max-share",
                                   "equal-nan", "ignore", NULL};

/* The numbers of a line, as the options of these names are read. */
struct numbers {
    double rtol, atol, max_share;
    uint64_t max_ulp;
};

static const struct numbers none = {NAN, NAN, NAN, UINT64_MAX};

static const struct dsi_option options[] = {
    OPTION_FLOAT(0, "rtol", &none.rtol, NULL, NULL),
    OPTION_FLOAT(0, "atol", &none.atol, NULL, NULL),
    OPTION_FLOAT(0, "max-share", &none.max_share, NULL, NULL),
    OPTION_UINT(0, "max-ulp", &none.max_ulp, NULL, NULL),
    OPTION_END,
};

static enum dsi_status refuse_key(const char *key, struct dsi_error *err)
{
    const char *nearest = dsi_nearest_word(key, keys);
    if (nearest)
        return dsi_fail(err, DSI_ERR_MALFORMED, "unknown key '%s' (did you mean %s?)",
                        key, nearest);
    return dsi_fail(err, DSI_ERR_MALFORMED,
                    "unknown key '%s': it is one of rtol, atol, max-ulp, max-share, "
                    "equal-nan, ignore",
                    key);
}

/* "KEY" says yes, "KEY=yes" and "KEY=no" what they say. */
static enum dsi_status set_flag(const char *key, const char *value, bool *flag,
                                struct dsi_error *err)
{
    if (value && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "%s: '%s' is neither yes nor no", key,
                        value);
    *flag = !value || strcmp(value, "yes") == 0;
    return DSI_OK;
}

static enum dsi_status set_number(const char *key, const char *value,
                                  struct dsi_pair_rule *rule, struct dsi_error *err)
{
    const struct dsi_option *const tables[] = {options, NULL};
    struct numbers numbers;
    struct dsi_error reason;
    enum dsi_status status = DSI_OK;
    if (!dsi_option_named(tables, key, strlen(key)))
        return refuse_key(key, err);
    if (!value)
        return dsi_fail(err, DSI_ERR_MALFORMED, "%s wants a value: %s=NUMBER", key,
                        key);
    struct dsi_option *bound =
        dsi_options_bind(options, &none, &numbers, sizeof numbers);
    if (!bound)
        return dsi_fail_memory(err, sizeof options);
    const struct dsi_option *const own[] = {bound, NULL};
    status = dsi_option_set(dsi_option_named(own, key, strlen(key)), value, &reason);
    free(bound);
    if (status != DSI_OK) /* without the dashes of an option */
        return dsi_fail(err, status, "%s", reason.message + 2);
    if (numbers.rtol < 0 || numbers.atol < 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "%s must be 0 or more", key);
    if (numbers.max_share < 0 || numbers.max_share > 1)
        return dsi_fail(err, DSI_ERR_MALFORMED, "%s must be within 0 to 1", key);
    if (!isnan(numbers.rtol))
        rule->rtol = numbers.rtol;
    if (!isnan(numbers.atol))
        rule->atol = numbers.atol;
    if (!isnan(numbers.max_share))
        rule->max_share = numbers.max_share;
    rule->says_max_ulp |= strcmp(key, "max-ulp") == 0;
    if (numbers.max_ulp != UINT64_MAX)
        rule->max_ulp = numbers.max_ulp;
    return DSI_OK;
}

/* word is "KEY" or "KEY=VALUE". */
static enum dsi_status set_key(char *word, struct dsi_pair_rule *rule,
                               struct dsi_error *err)
{
    char *value = strchr(word, '=');
    if (value)
        *value++ = '\0';
    if (strcmp(word, "ignore") == 0)
        return set_flag(word, value, &rule->ignores, err);
    if (strcmp(word, "equal-nan") == 0) {
        rule->says_equal_nan = true;
        return set_flag(word, value, &rule->equal_nan, err);
    }
    return set_number(word, value, rule, err);
}

/* The word at *at, which is moved on past it; NULL at the end of the line. */
static char *next_word(char **at)
{
    char *word = *at + strspn(*at, blanks);
    char *end = word + strcspn(word, blanks);
    if (word == end)
        return NULL;
    *at = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

static enum dsi_status add_line(struct dsi_pair_rules *rules, char *line,
                                struct dsi_error *err)
{
    struct dsi_pair_rule rule = {.rtol = NAN, .atol = NAN, .max_share = NAN};
    size_t n_keys = 0;
    char *word;
    rule.glob = next_word(&line);
    if (!rule.glob || *rule.glob == '#')
        return DSI_OK;
    while ((word = next_word(&line)) && *word != '#') {
        DSI_TRY(set_key(word, &rule, err));
        n_keys++;
    }
    if (n_keys == 0)
        return dsi_fail(err, DSI_ERR_MALFORMED, "nothing is said of '%s'", rule.glob);
    if (rule.says_max_ulp && (!isnan(rule.rtol) || !isnan(rule.atol)))
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "max-ulp stands in place of rtol and atol");
    rules->rules[rules->n++] = rule;
    return DSI_OK;
}

static enum dsi_status add_lines(struct dsi_rule_file *rules, const char *path,
                                 struct dsi_error *err)
{
    struct dsi_error reason;
    char *line;
    for (;;) {
        enum dsi_status status = dsi_line_file_next(&rules->file, &line, &reason);
        if (status != DSI_OK)
            return dsi_fail(err, status, "%s: %s", path, reason.message);
        if (!line)
            return DSI_OK;
        const size_t n = rules->rules.n;
        status = add_line(&rules->rules, line, &reason);
        if (status != DSI_OK)
            return dsi_fail(err, status, "%s:%zu: %s", path, rules->file.number,
                            reason.message);
        if (rules->rules.n > n)
            rules->rules.rules[n].line = rules->file.number;
    }
}

enum dsi_status dsi_rule_file_read(struct dsi_rule_file *rules, const char *path,
                                   struct dsi_error *err)
{
    struct dsi_error reason;
    *rules = (struct dsi_rule_file){0};
    const enum dsi_status status =
        dsi_line_file_open(&rules->file, path, "rules", &reason);
    if (status != DSI_OK)
        return dsi_fail(err, status, "--rules=%s: %s", path, reason.message);
    const size_t n = rules->file.n_lines;
    rules->rules.rules = dsi_alloc_array(n, sizeof *rules->rules.rules);
    if (!rules->rules.rules)
        return dsi_fail_memory(err, n * sizeof *rules->rules.rules);
    return add_lines(rules, path, err);
}

void dsi_rule_file_free(struct dsi_rule_file *rules)
{
    free(rules->rules.rules);
    dsi_line_file_free(&rules->file);
}
