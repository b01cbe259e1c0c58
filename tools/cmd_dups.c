/* dsinspect dups: which samples are there more than once. */
#include "check.h"
#include "dups.h"
#include "image_sheet.h"
#include "scan_tool.h"
#include "tools.h"

struct args {
    int by, near;
    uint64_t distance;
    bool verify, across, omit_first;
    uint64_t top, max_memory;
    const char *labels, *as_dtype, *contact_sheet;
};

enum { DEFAULT_TOP = 1000000, DEFAULT_DISTANCE = 4, MAX_DISTANCE = 32 };

/* UINT64_MAX: not given. */
static const struct args defaults = {
    .near = -1, .distance = UINT64_MAX, .top = DEFAULT_TOP, .max_memory = 1u << 30};

enum by { BY_CONTENT, BY_BYTES };
static const char *const by_names[] = {"content", "bytes", NULL};
static const char *const near_names[] = {"phash", "dhash", NULL};

static const struct dsi_option options[] = {
    OPTION_GROUP("What is the same"),
    OPTION_CHOICE(
        0, "by", &defaults.by, by_names, "WHAT",
        "content: type, shape and values, whatever they are stored in; bytes: "
        "whole files, none of which is decoded"),
    OPTION_CHOICE(0, "near", &defaults.near, near_names, "HASH",
                  "find pictures that look alike as well, by this hash"),
    OPTION_UINT(0, "distance", &defaults.distance, "N",
                "of --near: so many of the 64 bits may differ, 0 to 32 (4 when not "
                "given)"),
    OPTION_FLAG(0, "verify", &defaults.verify,
                "read the samples of equal hash once more, and compare what they hold"),
    OPTION_GROUP("Labels"),
    DSI_OPTION_LABELS(&defaults.labels),
    OPTION_GROUP("Groups"),
    OPTION_FLAG(0, "across", &defaults.across,
                "list groups alone that span several inputs or splits"),
    OPTION_FLAG(0, "omit-first", &defaults.omit_first,
                "list all but the first of each group: what could be dropped"),
    OPTION_UINT(0, "top", &defaults.top, "N", "list so many rows at most (0: all)"),
    DSI_OPTION_CONTACT_SHEET(&defaults.contact_sheet),
    OPTION_GROUP("Values"),
    DSI_OPTION_AS_DTYPE(&defaults.as_dtype),
    OPTION_GROUP("Memory"),
    OPTION_SIZE(0, "max-memory", &defaults.max_memory, "SIZE",
                "keep so much of the hashes of samples in memory, and the rest in "
                "temporary files in $TMPDIR"),
    OPTION_END,
};

static const struct dsi_tool_column columns[] = {
    {"group", false, "number of the group"},
    {"kind", true, "exact: equal values; bytes: equal files; near: alike"},
    {"distance", false, "of near ones, bits from the group's first"},
    {"source", true, "file, split or folder"},
    {"index", false, "the sample's number in it"},
    {"where", true, "the picture's path, or SOURCE[INDEX]"},
    {"label", true, NULL},
    {"split", true, NULL},
    {NULL, false, NULL},
};

static const char *const rules[] = {
    "dup_conflict", "split_leak",      "near_conflict", "near_leak",
    "no_pictures",  "scalar_rows",     "top",           "hash_collision",
    "unverified",   "length_mismatch", "assumed",       "decoder",
    "suffix_lies",  "not_regular",     "symlink_loop",  NULL};

static enum dsi_status check_args(const struct dsi_tool_call *call,
                                  struct dsi_error *err)
{
    const struct args *args = call->args;
    if (args->verify && call->common->shard)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--verify reads groups of samples again, and a shard knows "
                        "none: leave out --shard, or --verify");
    DSI_TRY(dsi_image_sheet_check(args->contact_sheet, err));
    if (args->distance != UINT64_MAX && args->near < 0)
        return dsi_fail(err, DSI_ERR_USAGE, "--distance is for --near=phash or dhash");
    if (args->distance != UINT64_MAX && args->distance > MAX_DISTANCE)
        return dsi_fail(err, DSI_ERR_USAGE, "--distance must be at most %d",
                        MAX_DISTANCE);
    if (args->by != BY_BYTES)
        return DSI_OK;
    if (args->near >= 0)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--near looks at pictures, and --by=bytes decodes none");
    return args->labels
               ? dsi_fail(err, DSI_ERR_USAGE,
                          "--labels are of rows, and --by=bytes compares files")
               : DSI_OK;
}

/* Said before the scan, not behind it. */
static enum dsi_status before(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct args *args = scan->call->args;
    if (!args->verify || dsi_dataset_can_rescan(&scan->dataset))
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "--verify reads samples again, and standard input can be read "
                    "once: save it to a file");
}

static enum dsi_status after(struct dsi_tool_scan *scan, struct dsi_error *err)
{
    const struct args *args = scan->call->args;
    return args->contact_sheet ? dsi_dup_sheet_write(scan, args->contact_sheet, err)
                               : DSI_OK;
}

static int run(const struct dsi_tool_call *call)
{
    extern const struct dsi_check dsi_check_dups, dsi_check_dup_files;
    const struct args *args = call->args;
    /* Channels matter to what pictures look like, and to nothing else. */
    const struct dsi_channel_axis axis = {
        .choice = args->near < 0 ? DSI_CHANNEL_AXIS_ANY : DSI_CHANNEL_AXIS_GUESSED};
    struct dsi_error err;
    if (check_args(call, &err) != DSI_OK) {
        dsi_tool_error(call->tool->name, NULL, &err);
        return DSI_EXIT_TROUBLE;
    }
    struct dsi_dups_parameters p = {
        .near = (enum dsi_dup_near)(args->near + 1),
        .distance =
            args->distance == UINT64_MAX ? DEFAULT_DISTANCE : (unsigned)args->distance,
        .has_one_look = call->common->shard || call->partials,
        .verify = args->verify,
        .across = args->across,
        .omit_first = args->omit_first,
        .max_rows = args->top ? args->top : UINT64_MAX,
        .max_memory = args->max_memory,
        .n_workers = dsi_tool_n_workers(call),
        .folder = dsi_tool_temporary_folder()};
    struct dsi_tool_scan scan = {.call = call,
                                 .check = args->by == BY_BYTES ? &dsi_check_dup_files
                                                               : &dsi_check_dups,
                                 .parameters = &p,
                                 .labels = args->labels,
                                 .labels_optional = true,
                                 .as_dtype = args->as_dtype,
                                 .expand_palette = true,
                                 .before = before,
                                 .after = after,
                                 .channel_axis = &axis};
    return dsi_tool_scan(&scan);
}

/* For metrics: what the summary may hold, and what tells rows apart. */
static const char *const summary[] = {
    "groups",      "duplicates", "split_leaks",    "label_conflicts", "samples",
    "near_groups", "near_leaks", "near_conflicts", "collisions",      NULL};
static const char *const row_keys[] = {"group", "source", "index", NULL};

const struct dsi_tool dsi_tool_dups = {
    .name = "dups",
    .purpose = "Find samples that are there more than once, and what they contradict",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "dsinspect dups train/ val/ test/\n"
                "dsinspect dups --across train.npy test.npy\n"
                "dsinspect dups --labels=y.npy x.npy\n"
                "dsinspect dups --near=phash --distance=8 photos/\n"
                "dsinspect dups --by=bytes --omit-first photos/ | cut -f6\n"
                "dsinspect dups --verify --omit-first photos/ | cut -f6\n"
                "dsinspect dups --format=json train/ | jq .summary\n"
                "dsinspect dups --fail-on=split_leak data/ || echo test is in train\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .summary = summary,
    .row_keys = row_keys,
    .rules = rules,
    .run = run,
};
