#include "split_name.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const words[][2] = {
    {"train", "train"},  {"training", "train"}, {"trn", "train"}, {"val", "val"},
    {"valid", "val"},    {"validation", "val"}, {"dev", "val"},   {"test", "test"},
    {"testing", "test"}, {"tst", "test"},       {"t10k", "test"},
};

static bool is_of_word(char c)
{
    return isalnum((unsigned char)c);
}

/* The split that the n bytes of a piece of a path name: NULL when none, or two. */
static const char *split_of_piece(const char *piece, size_t n)
{
    const char *found = NULL;
    for (size_t i = 0, end; i < n; i = end + 1) {
        for (end = i; end < n && is_of_word(piece[end]);)
            end++;
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            if (strlen(words[w][0]) != end - i ||
                strncasecmp(words[w][0], piece + i, end - i) != 0)
                continue;
            if (found && found != words[w][1])
                return NULL;
            found = words[w][1];
        }
    }
    return found;
}

const char *dsi_split_of_path(const char *path)
{
    for (size_t end = strlen(path); end > 0;) {
        size_t start = end;
        while (start > 0 && path[start - 1] != '/' && path[start - 1] != ':')
            start--;
        const char *split = split_of_piece(path + start, end - start);
        if (split || start == 0)
            return split;
        end = start - 1;
    }
    return NULL;
}

const char *dsi_split_of_group(const struct dsi_dataset *dataset, size_t group)
{
    const struct dsi_group *g = &dataset->groups[group];
    const char *base = strrchr(g->name, '/');
    const struct dsi_format *format = dsi_format_of_suffix(g->name);
    base = base ? base + 1 : g->name;
    if (g->n_siblings > 1)
        return g->name;
    if (format && format->is_image) /* of pictures named one by one, the first's name */
        return NULL;
    if (dataset->has_splits && g->channels.kind == DSI_CHANNELS_PICTURES &&
        split_of_piece(base, strlen(base)))
        return base;
    return dsi_split_of_path(g->name);
}
