#include "unread_suffix.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_NAMED = 8 }; /* suffixes in a description, of each sort */

struct suffix {
    const char *text;
    bool is_picture;
};

/* Sorted, as they are named. */
static const struct suffix suffixes[] = {
    {".avif", true},      {".bmp", true}, {".gif", true},  {".heic", true},
    {".heif", true},      {".ico", true}, {".jp2", true},  {".jxl", true},
    {".parquet", false},  {".pbm", true}, {".pgm", true},  {".pkl", false},
    {".ppm", true},       {".pt", false}, {".svg", true},  {".tar", false},
    {".tfrecord", false}, {".tif", true}, {".tiff", true}, {".webp", true},
    {".zip", false},
};

enum { N_SUFFIXES = sizeof suffixes / sizeof *suffixes };

_Static_assert(N_SUFFIXES <= 32, "dsi_unread_counts.seen has 32 bits");

int dsi_unread_suffix(const char *name)
{
    const char *suffix = strrchr(name, '.');
    for (int i = 0; suffix && i < N_SUFFIXES; i++)
        if (strcasecmp(suffix, suffixes[i].text) == 0)
            return i;
    return -1;
}

void dsi_unread_count(struct dsi_unread_counts *counts, const char *name)
{
    int i = dsi_unread_suffix(name);
    assert(i >= 0);
    counts->seen |= UINT32_C(1) << i;
    if (suffixes[i].is_picture)
        counts->n_pictures++;
    else
        counts->n_files++;
}

/* Appends to text, of which *n bytes are taken. */
static void append(char *text, size_t size, size_t *n, const char *word)
{
    int written = snprintf(text + *n, size - *n, "%s", word);
    size_t left = size - *n - 1;
    *n += (size_t)written < left ? (size_t)written : left;
}

static void describe(const struct dsi_unread_counts *counts, bool pictures, char *text,
                     size_t size, size_t *n)
{
    uint64_t n_of_sort = pictures ? counts->n_pictures : counts->n_files;
    int n_named = 0;
    char head[64];
    snprintf(head, sizeof head, "%llu %s%s (", (unsigned long long)n_of_sort,
             pictures ? "picture" : "file", n_of_sort == 1 ? "" : "s");
    append(text, size, n, head);
    for (int i = 0; i < N_SUFFIXES && n_named <= MAX_NAMED; i++) {
        if (!(counts->seen >> i & 1) || suffixes[i].is_picture != pictures)
            continue;
        append(text, size, n, n_named ? " " : "");
        append(text, size, n, n_named == MAX_NAMED ? "..." : suffixes[i].text);
        n_named++;
    }
    append(text, size, n, ")");
}

void dsi_unread_describe(const struct dsi_unread_counts *counts, char *text,
                         size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    if (counts->n_pictures)
        describe(counts, true, text, size, &n);
    if (counts->n_pictures && counts->n_files)
        append(text, size, &n, " and ");
    if (counts->n_files)
        describe(counts, false, text, size, &n);
}
