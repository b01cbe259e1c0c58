#include "shard.h"

#include "partials.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the options ------------------------------------------------------------------ */

/* Digits without a sign, up to DSI_MAX_SHARDS; 0 when there is no such number. */
static uint64_t number(const char **text)
{
    uint64_t value = 0;
    for (; **text >= '0' && **text <= '9' && value <= DSI_MAX_SHARDS; ++*text)
        value = value * 10 + (uint64_t)(**text - '0');
    return value <= DSI_MAX_SHARDS ? value : 0;
}

enum dsi_status dsi_shard_of(const struct dsi_common *common, struct dsi_shard *shard,
                             struct dsi_error *err)
{
    const char *at = common->shard;
    *shard = (struct dsi_shard){0};
    if (!at)
        return DSI_OK;
    uint64_t i = number(&at), n = *at == '/' ? (at++, number(&at)) : 0;
    if (*at || i == 0 || i > n)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--shard: '%s' is not I/N such as 3/16, with I from 1 to N and "
                        "N at most %d",
                        common->shard, DSI_MAX_SHARDS);
    *shard = (struct dsi_shard){.index = i - 1, .n = n};
    return DSI_OK;
}

/* An option that is about the report, which a shard does not make; NULL. */
static const char *option_of_merge(const struct dsi_common *common)
{
    return common->format != DSI_FORMAT_AUTO ? "format"
           : common->outputs.n               ? "output"
           : common->no_header               ? "no-header"
           : common->end_with_nul            ? "zero"
           : common->fail_on.n               ? "fail-on"
           : common->severities.n            ? "severity"
                                             : NULL;
}

enum dsi_status dsi_shard_check(const struct dsi_common *common, struct dsi_error *err)
{
    struct dsi_shard shard;
    if (common->partial && !common->shard)
        return dsi_fail(err, DSI_ERR_USAGE, "--partial needs --shard=I/N");
    if (common->pass && !common->shard)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--pass needs --shard=I/N and --partial=FILE: one run looks as "
                        "often as it must");
    if (common->shard && !common->partial)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--shard needs --partial=FILE to keep what it finds in");
    if (common->shard && option_of_merge(common))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--%s is for dsinspect merge: a shard has no report",
                        option_of_merge(common));
    return dsi_shard_of(common, &shard, err);
}

/* The first of the tool's own options by which it would write a file; NULL: none. */
static const char *output_of(const struct dsi_option *own)
{
    for (; own && own->kind != DSI_OPTION_END; own++)
        if (own->kind != DSI_OPTION_GROUP && dsi_option_names_output(own) &&
            *own->value.text)
            return own->name;
    return NULL;
}

/* A path that stands in a partial file is no word of whoever merges it. */
enum dsi_status dsi_shard_check_outputs(const struct dsi_option *own,
                                        struct dsi_error *err)
{
    const char *name = output_of(own);
    if (!name)
        return DSI_OK;
    return dsi_fail(
        err, DSI_ERR_USAGE,
        "--%s: neither a shard nor merge writes files of a tool; give it to "
        "one run without --shard, or take the values from what merge prints",
        name);
}

enum dsi_status dsi_shard_check_scan(const struct dsi_tool_scan *scan,
                                     struct dsi_error *err)
{
    if (!scan->call->common->shard)
        return DSI_OK;
    if (scan->call->tool->options)
        DSI_TRY(dsi_shard_check_outputs(scan->call->tables[0], err));
    for (size_t i = 0; i < scan->inputs.n; i++)
        if (strcmp(scan->inputs.names[i], "-") == 0)
            return dsi_fail(err, DSI_ERR_USAGE,
                            "standard input cannot be cut into shards, for each would "
                            "need all of it: save it to a file");
    if (scan->labels && strcmp(scan->labels, "-") == 0)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--labels=-: standard input cannot be cut into shards: save it "
                        "to a file");
    return DSI_OK;
}

/* --- the call as words ------------------------------------------------------------ */

/* Appends "--name=value", or "--name" with value NULL; takes nothing over. */
static enum dsi_status add_word(struct dsi_partial_call *call, const char *name,
                                const char *value, struct dsi_error *err)
{
    char *word = NULL;
    char **words =
        dsi_realloc_array(call->words, (uint64_t)call->n_words + 1, sizeof *words);
    if (!words)
        return dsi_fail_memory(err, (call->n_words + 1) * sizeof *words);
    call->words = words;
    if (asprintf(&word, "--%s%s%s", name, value ? "=" : "", value ? value : "") < 0)
        return dsi_fail_memory(err, strlen(name));
    call->words[call->n_words++] = word;
    return DSI_OK;
}

/* The value of one that is not a list as text that parses to it; NULL where it is the
 * default, or none. */
static const char *text_of(const struct dsi_option *o, const struct dsi_option *plain,
                           char text[DSI_NUMBER_SIZE])
{
    switch (o->kind) {
    case DSI_OPTION_UINT:
        if (*o->value.natural == *plain->value.natural)
            return NULL;
        snprintf(text, DSI_NUMBER_SIZE, "%" PRIu64, *o->value.natural);
        return text;
    case DSI_OPTION_INT:
        if (*o->value.integer == *plain->value.integer)
            return NULL;
        snprintf(text, DSI_NUMBER_SIZE, "%" PRId64, *o->value.integer);
        return text;
    case DSI_OPTION_FLOAT: /* the bits, for -0 is not 0 */
        if (memcmp(o->value.real, plain->value.real, sizeof(double)) == 0)
            return NULL;
        dsi_format_double(*o->value.real, text);
        return text;
    case DSI_OPTION_TEXT:
        if (!*o->value.text ||
            (*plain->value.text && strcmp(*o->value.text, *plain->value.text) == 0))
            return NULL;
        return *o->value.text;
    case DSI_OPTION_CHOICE:
        return *o->value.choice == *plain->value.choice ? NULL
                                                        : o->choices[*o->value.choice];
    case DSI_OPTION_END:
    case DSI_OPTION_GROUP:
    case DSI_OPTION_FLAG:
    case DSI_OPTION_TEXTS:
        break;
    }
    return NULL;
}

static enum dsi_status add_option(struct dsi_partial_call *call,
                                  const struct dsi_option *o,
                                  const struct dsi_option *plain, struct dsi_error *err)
{
    char text[DSI_NUMBER_SIZE];
    if (o->kind == DSI_OPTION_FLAG)
        return *o->value.flag ? add_word(call, o->name, NULL, err) : DSI_OK;
    if (o->kind != DSI_OPTION_TEXTS) {
        const char *value = text_of(o, plain, text);
        return value ? add_word(call, o->name, value, err) : DSI_OK;
    }
    for (size_t i = 0; i < o->value.texts->n; i++)
        DSI_TRY(add_word(call, o->name, o->value.texts->texts[i], err));
    return DSI_OK;
}

const char *dsi_shard_read_again(const struct dsi_option *option)
{
    if (!dsi_option_takes_file(option) || dsi_option_names_output(option) ||
        strcmp(option->name, "labels") == 0) /* an input, in the fingerprint */
        return NULL;
    return *option->value.text;
}

static enum dsi_status add_file(struct dsi_partial_call *call,
                                const struct dsi_option *option, const char *path,
                                struct dsi_error *err)
{
    struct dsi_error reason;
    struct dsi_partial_file file;
    enum dsi_status status = dsi_partial_hash_file(path, file.hash, &reason);
    if (status != DSI_OK)
        return dsi_fail(err, status, "--%s=%s: %s", option->name, path, reason.message);
    struct dsi_partial_file *files =
        dsi_realloc_array(call->files, (uint64_t)call->n_files + 1, sizeof *files);
    if (!files)
        return dsi_fail_memory(err, (call->n_files + 1) * sizeof *files);
    call->files = files;
    file.option = dsi_text_copy(option->name, strlen(option->name));
    if (!file.option)
        return dsi_fail_memory(err, strlen(option->name));
    call->files[call->n_files++] = file;
    return DSI_OK;
}

/* Equal calls make equal words, however they were spelt: in the order of the table,
 * and without what is the default. */
enum dsi_status dsi_shard_call(const struct dsi_tool_call *from,
                               struct dsi_partial_call *call, struct dsi_error *err)
{
    const struct dsi_option *plain = from->tool->options, *bound = from->tables[0];
    call->words = dsi_alloc_array(1, sizeof *call->words);
    if (!call->words ||
        !(call->words[0] = dsi_text_copy(from->tool->name, strlen(from->tool->name))))
        return dsi_fail_memory(err, sizeof *call->words);
    call->n_words = 1;
    for (size_t i = 0; plain && plain[i].kind != DSI_OPTION_END; i++) {
        if (plain[i].kind == DSI_OPTION_GROUP)
            continue;
        const char *path = dsi_shard_read_again(&bound[i]);
        DSI_TRY(add_option(call, &bound[i], &plain[i], err));
        if (path)
            DSI_TRY(add_file(call, &bound[i], path, err));
    }
    return DSI_OK;
}

/* --- the file --------------------------------------------------------------------- */

static enum dsi_status write_whole(const char *option, const char *path,
                                   const struct dsi_bytes *bytes, struct dsi_error *err)
{
    struct dsi_atomic_file *file = NULL;
    struct dsi_error reason;
    enum dsi_status status = dsi_atomic_open(&file, path, &reason);
    if (status == DSI_OK) {
        status = dsi_atomic_write(file, bytes->data, bytes->n, &reason);
        if (status == DSI_OK)
            status = dsi_atomic_commit(file, &reason);
        else
            dsi_atomic_abandon(file);
    }
    if (status == DSI_OK)
        return DSI_OK;
    return dsi_fail(err, status, "--%s=%s: %s", option, path, reason.message);
}

/* What the scan is a shard of; call is filled, and the caller's to free. */
static enum dsi_status describe(const struct dsi_tool_scan *scan,
                                struct dsi_partial_call *call,
                                struct dsi_partial_source *source,
                                struct dsi_error *err)
{
    *source = (struct dsi_partial_source){
        .call = call,
        .report = scan->report,
        .dataset = &scan->dataset,
        .pass = scan->pass.bytes.n ? &scan->pass.partial : NULL};
    DSI_TRY(dsi_shard_of(scan->call->common, &source->shard, err));
    return dsi_shard_call(scan->call, call, err);
}

enum dsi_status dsi_shard_write(const struct dsi_tool_scan *scan, struct dsi_error *err)
{
    struct dsi_partial_call call = {0};
    struct dsi_partial_source source;
    struct dsi_bytes bytes = {0};
    enum dsi_status status = describe(scan, &call, &source, err);
    if (status == DSI_OK)
        status = dsi_partial_save(&source, scan->runs, DSI_TOOL_RUNS, &bytes, err);
    if (status == DSI_OK)
        status = write_whole("partial", scan->call->common->partial, &bytes, err);
    dsi_bytes_free(&bytes);
    dsi_partial_call_free(&call);
    return status;
}

/* --- rounds ----------------------------------------------------------------------- */

/* The file, if it is one that a round begins with. */
static enum dsi_status read_pass(const char *path, struct dsi_tool_pass *pass,
                                 struct dsi_error *err)
{
    DSI_TRY(dsi_partial_read(path, &pass->bytes, err));
    DSI_TRY(dsi_partial_parse(&pass->partial, pass->bytes.data, pass->bytes.n, err));
    if (dsi_partial_is_pass(&pass->partial))
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "the file of a shard; merge --next makes of these what --pass "
                    "takes");
}

enum dsi_status dsi_shard_begin(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const char *path = scan->call->common->pass;
    struct dsi_partial_call call = {0};
    struct dsi_partial_source source;
    struct dsi_error reason;
    if (!path)
        return DSI_OK;
    enum dsi_status status = read_pass(path, &scan->pass, &reason);
    if (status == DSI_OK)
        status = describe(scan, &call, &source, &reason);
    if (status == DSI_OK)
        status = dsi_partial_check_pass(&scan->pass.partial, &source, scan->runs,
                                        DSI_TOOL_RUNS, &reason);
    if (status == DSI_OK)
        status = dsi_partial_begin_pass(&scan->pass.partial, scan->runs, DSI_TOOL_RUNS,
                                        &reason);
    dsi_partial_call_free(&call);
    if (status == DSI_OK)
        return DSI_OK;
    return dsi_fail(err, status, "--pass=%s: %s", path, reason.message);
}

static void say_how_to_go_on(const struct dsi_tool_scan *scan, uint64_t round)
{
    struct dsi_error message;
    if (scan->call->common->quiet)
        return;
    dsi_fail(&message, DSI_ERR_USAGE,
             "round %" PRIu64 " is needed: give --pass=%s to its shards, of any "
             "number, and merge those",
             round, scan->call->common->next);
    dsi_tool_error(scan->call->tool->name, NULL, &message);
}

enum dsi_status dsi_shard_write_next(const struct dsi_tool_scan *scan,
                                     struct dsi_error *err)
{
    const struct dsi_partial *of = &scan->call->partials->of_first;
    struct dsi_bytes bytes = {0};
    enum dsi_status status =
        dsi_partial_save_pass(of, scan->runs, DSI_TOOL_RUNS, &bytes, err);
    if (status == DSI_OK)
        status = write_whole("next", scan->call->common->next, &bytes, err);
    dsi_bytes_free(&bytes);
    if (status == DSI_OK)
        say_how_to_go_on(scan, of->round + 1);
    return status;
}
