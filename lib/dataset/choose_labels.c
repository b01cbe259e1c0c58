#include "choose_labels.h"

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
struct candidate {
    int rank; /* of the label's name: the least is the likeliest; -1: holds no labels */
    int split; /* -1: none named */
};

static struct candidate read_name(const char *name)
{
    struct candidate found = {-1, -1};
    size_t n = strlen(name), start = start_of_part(name, n);
    struct word last = {name + start, n - start};
    found.rank = label_rank(last);
    if (found.rank < 0) {
        found.split = split_of_pair(last, &found.rank);
        return found;
    }
    while (start > 0 && found.split < 0) { /* the nearest group that is a split */
        n = start - 1;
        start = start_of_part(name, n);
        found.split = split_of_group((struct word){name + start, n - start});
    }
    return found;
}

/* --- choosing
 * --------------------------------------------------------------------------- */

/* The likeliest array of one split (or of none, in the last place). */
struct best {
    size_t array;
    int rank;
    bool is_tied;
};

static void take_best(struct best *best, size_t array, int rank)
{
    if (best->rank >= 0 && best->rank < rank)
        return;
    best->is_tied = best->rank == rank;
    best->rank = rank;
    best->array = array;
}

/* Lists of class names are called classes, too: beside the labels of splits such an
 * array is none. */
static bool may_list_names(int rank)
{
    return strncmp(label_names[rank], "class", 5) == 0;
}

/* False when names do not tell. */
static bool choose(struct dsi_label_choice *choice, const struct best *best)
{
    for (int s = 0; s < N_SPLITS; s++) {
        if (best[s].rank < 0)
            continue;
        if (best[s].is_tied)
            return false;
        choice->arrays[choice->n++] =
            (struct dsi_label_array){best[s].array, split_names[s]};
    }
    const struct best *alone = &best[N_SPLITS];
    if (alone->rank < 0)
        return choice->n > 0;
    if (choice->n)
        return may_list_names(alone->rank);
    choice->arrays[choice->n++] = (struct dsi_label_array){alone->array, NULL};
    return !alone->is_tied;
}

static bool choose_by_name(struct dsi_label_choice *choice, const struct dsi_file *file,
                           const struct dsi_array_list *list)
{
    struct best best[N_SPLITS + 1];
    for (int s = 0; s <= N_SPLITS; s++)
        best[s] = (struct best){.rank = -1};
    for (size_t i = 0; i < list->n; i++) {
        const char *name = file->arrays[list->at[i]].name;
        struct candidate found = read_name(name ? name : "");
        if (found.rank >= 0)
            take_best(&best[found.split < 0 ? N_SPLITS : found.split], list->at[i],
                      found.rank);
    }
    return choose(choice, best);
}

enum dsi_status dsi_labels_choose(struct dsi_label_choice *choice,
                                  const struct dsi_file *file,
                                  const struct dsi_array_list *list,
                                  struct dsi_error *err)
{
    char names[400];
    *choice = (struct dsi_label_choice){.n = list->n == 1};
    choice->arrays[0].array = list->at[0];
    if (list->n == 1)
        return DSI_OK;
    if (dsi_file_is_table(file)) {
        size_t column = find_column(file);
        choice->arrays[0].array = column;
        choice->n = column != SIZE_MAX;
    } else if (!choose_by_name(choice, file, list)) {
        choice->n = 0;
    }
    if (choice->n)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "which of its columns or arrays holds the labels? say FILE:NAME "
                    "with one of: %s",
                    dsi_array_names(file, list, names, sizeof names));
}
