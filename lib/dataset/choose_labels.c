#include "choose_labels.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const label_names[] = {"label",   "labels",   "class", "class_name",
                                          "target",  "category", "y",     "species",
                                          "classes", "targets",  NULL};
static const char *const column_of_splits[] = {"split", "subset",    "set",
                                               "fold",  "partition", NULL};

/* In the order in which splits are shown. */
static const char *const split_names[] = {"train", "training",   "val",
                                          "valid", "validation", "dev",
                                          "eval",  "test",       "testing"};

enum { N_SPLITS = sizeof split_names / sizeof *split_names };

_Static_assert((int)N_SPLITS <= (int)DSI_MAX_LABEL_SPLITS,
               "a choice has room for every split");

bool dsi_file_is_table(const struct dsi_file *file)
{
    return strcmp(file->format->name, "csv") == 0;
}

bool dsi_file_has_header(const struct dsi_file *file)
{
    return file->n_arrays && file->arrays[0].note &&
           strncmp(file->arrays[0].note, "header", 6) == 0;
}

/* --- tables
 * ----------------------------------------------------------------------------- */

static size_t find_known(const struct dsi_file *file, const char *const *names)
{
    for (; *names; names++)
        for (size_t i = 0; i < file->n_arrays; i++)
            if (file->arrays[i].name && strcasecmp(file->arrays[i].name, *names) == 0)
                return i;
    return SIZE_MAX;
}

/* By its name, or the second of a headerless path,label[,split] table. */
static size_t find_column(const struct dsi_file *file)
{
    size_t array = find_known(file, label_names);
    if (array == SIZE_MAX && !dsi_file_has_header(file) &&
        (file->n_arrays == 2 || file->n_arrays == 3))
        return 1;
    return array;
}

size_t dsi_splits_choose(const struct dsi_file *file)
{
    if (!dsi_file_is_table(file))
        return SIZE_MAX;
    if (dsi_file_has_header(file))
        return find_known(file, column_of_splits);
    return file->n_arrays == 3 ? 2 : SIZE_MAX;
}

/* --- words of a name
 * -------------------------------------------------------------------- */

/* A piece of a name. */
struct word {
    const char *text;
    size_t n;
};

static bool is_word(struct word word, const char *known)
{
    return strlen(known) == word.n && strncasecmp(word.text, known, word.n) == 0;
}

static bool is_joint(char c)
{
    return c == '_' || c == '-' || c == ' ';
}

/* What is left of word without known before it (or behind it) and what joins the two;
 * n is 0 where it does not stand there. */
static struct word without(struct word word, const char *known, bool behind)
{
    size_t n = strlen(known);
    struct word none = {word.text, 0};
    if (word.n <= n ||
        strncasecmp(behind ? word.text + word.n - n : word.text, known, n) != 0)
        return none;
    word.n -= n;
    if (!behind)
        word.text += n;
    if (!is_joint(behind ? word.text[word.n - 1] : word.text[0]))
        return word;
    word.n--;
    word.text += !behind;
    return word;
}

/* Which label's name it is, the likeliest first; -1: none. */
static int label_rank(struct word word)
{
    for (int i = 0; label_names[i]; i++)
        if (is_word(word, label_names[i]))
            return i;
    return -1;
}

/* "train_labels", "y-test", "trainy", "train_set_y": the split's number and, in *rank,
 * the label's; -1: no such pair. */
static int split_of_pair(struct word word, int *rank)
{
    for (int s = 0; s < N_SPLITS; s++) {
        struct word rest = without(word, split_names[s], false);
        struct word behind_set = without(rest, "set", false);
        struct word before = without(word, split_names[s], true);
        *rank = label_rank(rest);
        if (*rank < 0)
            *rank = label_rank(behind_set);
        if (*rank < 0)
            *rank = label_rank(before);
        if (*rank >= 0)
            return s;
    }
    return -1;
}

/* "train", "test_set": the split's number; -1: none. */
static int split_of_group(struct word word)
{
    struct word shorter = without(word, "set", true);
    for (int s = 0; s < N_SPLITS; s++)
        if (is_word(word, split_names[s]) || is_word(shorter, split_names[s]))
            return s;
    return -1;
}

/* Where the last part of the n bytes before the end of a path starts. */
static size_t start_of_part(const char *name, size_t n)
{
    while (n && name[n - 1] != '/' && name[n - 1] != '.')
        n--;
    return n;
}

/* What a name says of its array. */
struct meaning {
    bool is_label, may_list_names;
    int split; /* -1: none named */
};

static struct meaning read_name(const char *name)
{
    size_t n = strlen(name), start = start_of_part(name, n);
    struct word last = {name + start, n - start};
    int split = -1, rank = label_rank(last);
    if (rank < 0) {
        split = split_of_pair(last, &rank);
        return (struct meaning){rank >= 0, false, split};
    }
    while (start > 0 && split < 0) { /* the nearest group that is a split */
        n = start - 1;
        start = start_of_part(name, n);
        split = split_of_group((struct word){name + start, n - start});
    }
    return (struct meaning){true, strncmp(label_names[rank], "class", 5) == 0, split};
}

/* --- candidates
 * ------------------------------------------------------------------------- */

/* How well an array's length goes with the rest of the file: as no other's, as that of
 * some array, as that of one of several axes, which samples are likelier to be. */
enum fit { FITS_NONE, FITS_SOME, FITS_SAMPLES };

struct candidate {
    size_t array;
    struct meaning means;
    enum fit fit;
};

/* How long an array is that holds no labels. */
struct length {
    uint64_t n_rows;
    bool has_axes; /* more than one */
};

struct candidates {
    const struct dsi_file *file;
    struct candidate *at;
    size_t n;
    struct length *others; /* ascending by rows; those of several axes last */
    size_t n_others;
};

static void free_candidates(struct candidates *all)
{
    free(all->at);
    free(all->others);
}

static int by_length(const void *a, const void *b)
{
    const struct length *x = a, *y = b;
    if (x->n_rows != y->n_rows)
        return x->n_rows < y->n_rows ? -1 : 1;
    return (int)x->has_axes - (int)y->has_axes;
}

static enum dsi_status find_candidates(struct candidates *all,
                                       const struct dsi_array_list *list,
                                       struct dsi_error *err)
{
    all->at = dsi_alloc_array(list->n, sizeof *all->at);
    all->others = dsi_alloc_array(list->n, sizeof *all->others);
    if (!all->at || !all->others)
        return dsi_fail_memory(err, list->n * sizeof *all->at);
    for (size_t i = 0; i < list->n; i++) {
        const struct dsi_array *array = &all->file->arrays[list->at[i]];
        struct meaning means = read_name(array->name ? array->name : "");
        if (means.is_label)
            all->at[all->n++] = (struct candidate){list->at[i], means, FITS_NONE};
        else if (array->n_dims)
            all->others[all->n_others++] =
                (struct length){dsi_array_n_rows(array), array->n_dims > 1};
    }
    qsort(all->others, all->n_others, sizeof *all->others, by_length);
    return DSI_OK;
}

static enum fit fit_of(const struct candidates *all, const struct dsi_array *array)
{
    struct length wanted = {dsi_array_n_rows(array), true};
    if (array->n_dims == 0)
        return FITS_NONE;
    if (bsearch(&wanted, all->others, all->n_others, sizeof wanted, by_length))
        return FITS_SAMPLES;
    wanted.has_axes = false;
    if (bsearch(&wanted, all->others, all->n_others, sizeof wanted, by_length))
        return FITS_SOME;
    return FITS_NONE;
}

/* The best that a candidate of some split fits, and the rows of the longest of these.
 */
struct rival {
    enum fit fit;
    uint64_t n_rows;
};

static void take_rival(struct rival *rival, enum fit fit, uint64_t n_rows)
{
    if (fit < rival->fit || (fit == rival->fit && n_rows <= rival->n_rows))
        return;
    *rival = (struct rival){fit, n_rows};
}

/* Not the labels: as long as nothing else, while a rival is; or shorter than one that
 * is as long as the samples. What has no known shape stays. */
static bool is_beaten(const struct candidate *candidate, const struct dsi_array *array,
                      const struct rival *rival)
{
    if (array->status != DSI_OK && array->n_dims == 0)
        return false;
    if (candidate->fit == FITS_NONE)
        return rival->fit > FITS_NONE;
    return candidate->fit < rival->fit && dsi_array_n_rows(array) < rival->n_rows;
}

/* Drops lists of class names and the like, which are called labels, too, and are not as
 * long as the data. Of a split only candidates of the same split are rivals: the data
 * of another may not be in the file. */
static void drop_misfits(struct candidates *all)
{
    struct rival rivals[N_SPLITS + 1] = {{FITS_NONE, 0}};
    size_t n = 0;
    for (size_t i = 0; i < all->n; i++) {
        struct candidate *c = &all->at[i];
        const struct dsi_array *array = &all->file->arrays[c->array];
        c->fit = fit_of(all, array);
        take_rival(&rivals[N_SPLITS], c->fit, dsi_array_n_rows(array));
        if (c->means.split >= 0)
            take_rival(&rivals[c->means.split], c->fit, dsi_array_n_rows(array));
    }
    for (size_t i = 0; i < all->n; i++) {
        const struct candidate c = all->at[i];
        const struct rival *rival =
            &rivals[c.means.split < 0 ? (int)N_SPLITS : c.means.split];
        if (!is_beaten(&c, &all->file->arrays[c.array], rival))
            all->at[n++] = c;
    }
    all->n = n;
}

/* --- choosing
 * --------------------------------------------------------------------------- */

/* Beside the labels of splits an array called classes lists their names. */
static void drop_lists_beside_splits(struct candidates *all)
{
    size_t n = 0;
    bool has_splits = false;
    for (size_t i = 0; i < all->n; i++)
        has_splits = has_splits || all->at[i].means.split >= 0;
    for (size_t i = 0; i < all->n; i++)
        if (!has_splits || all->at[i].means.split >= 0 ||
            !all->at[i].means.may_list_names)
            all->at[n++] = all->at[i];
    all->n = n;
}

/* Orders the splits as they are shown. False when names do not tell: none is there, or
 * two of the same split, or one without a split beside those of splits. */
static bool choose(struct dsi_label_choice *choice, const struct candidates *all)
{
    size_t of_split[N_SPLITS], n_of_split[N_SPLITS] = {0};
    choice->arrays[0] = (struct dsi_label_array){all->n ? all->at[0].array : 0, NULL};
    choice->n = all->n == 1 && all->at[0].means.split < 0;
    for (size_t i = 0; i < all->n && choice->n == 0; i++) {
        int s = all->at[i].means.split;
        if (s < 0 || n_of_split[s]++)
            return false;
        of_split[s] = all->at[i].array;
    }
    for (int s = 0; s < N_SPLITS; s++)
        if (n_of_split[s])
            choice->arrays[choice->n++] =
                (struct dsi_label_array){of_split[s], split_names[s]};
    return choice->n > 0;
}

/* The question, with the candidates where there are any: else with all arrays. */
static enum dsi_status ask(const struct dsi_file *file, struct dsi_array_list list,
                           const struct candidates *all, struct dsi_error *err)
{
    char names[400];
    for (size_t i = 0; i < all->n; i++)
        list.at[i] = all->at[i].array;
    list.n = all->n ? all->n : list.n;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "which of its columns or arrays holds the labels? say FILE:NAME "
                    "with one of: %s",
                    dsi_array_names(file, &list, names, sizeof names));
}

static enum dsi_status choose_by_name(struct dsi_label_choice *choice,
                                      const struct dsi_file *file,
                                      const struct dsi_array_list *list,
                                      struct dsi_error *err)
{
    struct candidates all = {.file = file};
    enum dsi_status status = find_candidates(&all, list, err);
    if (status == DSI_OK) {
        drop_misfits(&all);
        drop_lists_beside_splits(&all);
        if (!choose(choice, &all))
            status = ask(file, *list, &all, err);
    }
    free_candidates(&all);
    return status;
}

static enum dsi_status choose_column(struct dsi_label_choice *choice,
                                     const struct dsi_file *file,
                                     const struct dsi_array_list *list,
                                     struct dsi_error *err)
{
    size_t column = find_column(file);
    choice->arrays[0].array = column;
    choice->n = column != SIZE_MAX;
    return choice->n ? DSI_OK : ask(file, *list, &(struct candidates){0}, err);
}

/* What opening could not read and may have been the labels; NULL: all is there. That
 * the array itself ends early is no such thing. */
static const char *find_loss(const struct dsi_file *file, const struct dsi_array *array)
{
    const struct dsi_warnings *warnings = &file->warnings;
    for (uint64_t i = 0; i < warnings->n && i < DSI_MAX_WARNINGS; i++) {
        const struct dsi_warning *w = &warnings->first[i];
        if (w->status != DSI_OK &&
            !(w->status == DSI_ERR_TRUNCATED && array->n_rows_missing))
            return w->message;
    }
    return warnings->n > DSI_MAX_WARNINGS ? "many parts are damaged" : NULL;
}

/* The only array is the labels, whatever it is called, unless others were lost. */
static enum dsi_status choose_only(struct dsi_label_choice *choice,
                                   const struct dsi_file *file,
                                   const struct dsi_array_list *list,
                                   struct dsi_error *err)
{
    const struct dsi_array *array = &file->arrays[list->at[0]];
    const char *loss = find_loss(file, array);
    choice->n = 1;
    choice->arrays[0].array = list->at[0];
    if (!loss || !list->is_group || !array->name || dsi_file_is_table(file) ||
        read_name(array->name).is_label)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "the labels may be in what cannot be read (%s); say FILE:%s if it "
                    "holds them",
                    loss, array->name);
}

enum dsi_status dsi_labels_choose(struct dsi_label_choice *choice,
                                  const struct dsi_file *file,
                                  const struct dsi_array_list *list,
                                  struct dsi_error *err)
{
    *choice = (struct dsi_label_choice){0};
    if (list->n == 1)
        return choose_only(choice, file, list, err);
    if (dsi_file_is_table(file))
        return choose_column(choice, file, list, err);
    return choose_by_name(choice, file, list, err);
}
