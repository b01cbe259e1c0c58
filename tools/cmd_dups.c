/* dsinspect dups: which samples are there more than once. */
#include "check.h"
#include "dups.h"
#include "scan_tool.h"
#include "tools.h"

#include <stdlib.h>

struct args {
    bool across, omit_first;
    uint64_t top, max_memory;
    const char *labels, *as_dtype;
};

enum { DEFAULT_TOP = 1000000 };

static const struct args defaults = {.top = DEFAULT_TOP, .max_memory = 1u << 30};

static const struct dsi_option options[] = {
    OPTION_GROUP("Labels"),
    DSI_OPTION_LABELS(&defaults.labels),
    OPTION_GROUP("Groups"),
    OPTION_FLAG(0, "across", &defaults.across,
                "list groups alone that span several inputs or splits"),
    OPTION_FLAG(0, "omit-first", &defaults.omit_first,
                "list all but the first of each group: what could be dropped"),
    OPTION_UINT(0, "top", &defaults.top, "N", "list so many rows at most (0: all)"),
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
    "dup_conflict",    "split_leak",   "scalar_rows", "top",
    "length_mismatch", "assumed",      "decoder",     "suffix_lies",
    "not_regular",     "symlink_loop", NULL};

static const char *temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

static int run(const struct dsi_tool_call *call)
{
    extern const struct dsi_check dsi_check_dups;
    const struct args *args = call->args;
    const struct dsi_channel_axis axis = {.choice = DSI_CHANNEL_AXIS_NONE};
    const uint64_t threads = call->common->threads;
    struct dsi_dups_parameters p = {
        .across = args->across,
        .omit_first = args->omit_first,
        .max_rows = args->top ? args->top : UINT64_MAX,
        .max_memory = args->max_memory,
        .n_workers = threads && threads < 1024 ? (unsigned)threads : dsi_n_processors(),
        .folder = temporary_folder()};
    struct dsi_tool_scan scan = {.call = call,
                                 .check = &dsi_check_dups,
                                 .parameters = &p,
                                 .labels = args->labels,
                                 .labels_optional = true,
                                 .as_dtype = args->as_dtype,
                                 .expand_palette = true,
                                 .channel_axis = &axis};
    return dsi_tool_scan(&scan);
}

const struct dsi_tool dsi_tool_dups = {
    .name = "dups",
    .purpose = "Find samples that are there more than once, and what they contradict",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "dsinspect dups train/ val/ test/\n"
                "dsinspect dups --across train.npy test.npy\n"
                "dsinspect dups --labels=y.npy x.npy\n"
                "dsinspect dups --omit-first photos/ | cut -f6\n"
                "dsinspect dups --format=json train/ | jq .summary\n"
                "dsinspect dups --fail-on=split_leak data/ || echo test is in train\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .rules = rules,
    .run = run,
};
