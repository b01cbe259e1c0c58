#include "company_opening.h"

#include <string.h>
#include <sys/stat.h>

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool are_same_texts(const struct dsi_texts *a, const struct dsi_texts *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->texts[i], b->texts[i]) != 0)
            return false;
    return true;
}

static bool are_same_common(const struct dsi_common *a, const struct dsi_common *b)
{
    return a->limit_bytes == b->limit_bytes && a->limit_pixels == b->limit_pixels &&
           a->follow_external == b->follow_external &&
           are_same_texts(&a->excludes, &b->excludes);
}

/* Who does not tell channels apart takes any. */
static bool is_same_axis(const struct dsi_channel_axis *a,
                         const struct dsi_channel_axis *b)
{
    if (!a || !b || a->choice == DSI_CHANNEL_AXIS_ANY ||
        b->choice == DSI_CHANNEL_AXIS_ANY)
        return true;
    return a->choice == b->choice && a->axis == b->axis;
}

static bool are_folders(const struct dsi_inputs *inputs)
{
    struct stat info;
    for (size_t i = 0; i < inputs->n; i++)
        if (stat(inputs->names[i], &info) != 0 || !S_ISDIR(info.st_mode))
            return false;
    return inputs->n > 0;
}

struct dsi_company_opening dsi_company_opening_of(const struct dsi_tool_scan *scan)
{
    return (struct dsi_company_opening){.options = dsi_tool_dataset_options(scan),
                                        .common = scan->call->common,
                                        .are_folders = are_folders(&scan->inputs)};
}

bool dsi_company_wants_labels(const struct dsi_dataset_options *options)
{
    return options->need & DSI_NEED_LABELS && !options->labels_optional;
}

bool dsi_company_opens_alike(const struct dsi_company_opening *a,
                             const struct dsi_company_opening *b)
{
    const struct dsi_dataset_options *x = &a->options, *y = &b->options;
    const bool decode = x->need & y->need & DSI_NEED_VALUES;
    if (!dsi_company_reads_alike(a, b) || !is_same_text(x->labels, y->labels) ||
        !is_same_text(x->split, y->split) ||
        !is_same_axis(x->channel_axis, y->channel_axis) ||
        (decode && x->open.expand_palette != y->open.expand_palette))
        return false;
    return a->are_folders ||
           (x->need == y->need && !x->channel_axis == !y->channel_axis &&
            dsi_company_wants_labels(x) == dsi_company_wants_labels(y) &&
            x->values_beside_labels == y->values_beside_labels &&
            x->wants_paths == y->wants_paths);
}

bool dsi_company_reads_alike(const struct dsi_company_opening *a,
                             const struct dsi_company_opening *b)
{
    return are_same_common(a->common, b->common) &&
           is_same_text(a->options.open.as_dtype, b->options.open.as_dtype);
}

void dsi_company_widen(struct dsi_dataset_options *all,
                       const struct dsi_dataset_options *one)
{
    const bool wants_labels =
        dsi_company_wants_labels(all) || dsi_company_wants_labels(one);
    all->need |= one->need;
    if (all->need & DSI_NEED_HEADER && all->need & DSI_NEED_VALUES)
        all->need |= DSI_NEED_LABELS; /* who describes files counts classes */
    all->labels_optional = all->need & DSI_NEED_LABELS && !wants_labels;
    all->wants_paths |= one->wants_paths;
    all->values_beside_labels &= one->values_beside_labels;
    if (one->need & DSI_NEED_VALUES)
        all->open.expand_palette |= one->open.expand_palette;
    if (!all->channel_axis ||
        (one->channel_axis && all->channel_axis->choice == DSI_CHANNEL_AXIS_ANY))
        all->channel_axis = one->channel_axis;
}
