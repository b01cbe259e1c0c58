/* dsinspect info: what is in these files. */
#include "scan_tool.h"
#include "tools.h"

struct args {
    const char *as_dtype;
};

static const struct args defaults = {0};

static const struct dsi_option options[] = {
    OPTION_GROUP("Types"),
    DSI_OPTION_AS_DTYPE(&defaults.as_dtype),
    OPTION_END,
};

static int run(const struct dsi_tool_call *call)
{
    extern const struct dsi_check dsi_check_info;
    const struct args *args = call->args;
    struct dsi_tool_scan scan = {
        .call = call, .check = &dsi_check_info, .as_dtype = args->as_dtype};
    return dsi_tool_scan(&scan);
}

static const struct dsi_tool_column columns[] = {
    {"source", true, "file"},
    {"name", true, "member, dataset, field or column"},
    {"format", true, NULL},
    {"dtype", true, "as NumPy writes it"},
    {"shape", true, "axis 0 first: 1000x28x28"},
    {"chunks", true, "shape of a chunk"},
    {"filters", true, "compression"},
    {"bytes", false, "in the file"},
    {"note", true, NULL},
    {NULL, false, NULL},
};

/* For metrics: what the summary may hold, and what tells rows apart. */
static const char *const summary[] = {"sources", "arrays", "samples",
                                      "classes", "bytes",  NULL};
static const char *const row_keys[] = {"source", "name", NULL};

const struct dsi_tool dsi_tool_info = {
    .name = "info",
    .purpose = "Show what files and folders hold, from headers alone",
    .operands = DSI_OPERANDS_INPUTS,
    .examples = "dsinspect info features.npy\n"
                "dsinspect info train.h5:/images digits.npz\n"
                "dsinspect info photos/ | cut -f5 | sort | uniq -c\n"
                "dsinspect info --format=json data/ | jq .summary\n",
    .options = options,
    .defaults = &defaults,
    .args_size = sizeof defaults,
    .columns = columns,
    .summary = summary,
    .row_keys = row_keys,
    .run = run,
};
