/* Words of a list: whether one is there, and "did you mean", the nearest of them. */
#include "option.h"

#include <string.h>

enum { LONGEST = 64 }; /* nobody misspells more */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits (insert, drop, replace, swap of neighbours) that turn a into b, each place
 * edited once. Three rows of the usual table are enough. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= n_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];
        const size_t *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = smaller(change, smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], above2[j - 2] + 1);
        }
    }
    return rows[n_a % 3][n_b];
}

const char *dsi_nearest_word(const char *word, const char *const *words)
{
    size_t n = strlen(word), best = SIZE_MAX;
    const char *nearest = NULL;
    if (n == 0 || n > LONGEST)
        return NULL;
    for (; *words; words++) {
        size_t n_this = strlen(*words);
        if (n_this > LONGEST)
            continue;
        size_t edits = distance(word, n, *words, n_this);
        bool is_prefix = strncmp(word, *words, n) == 0;
        if (edits < best && (is_prefix || edits <= n / 3)) {
            best = edits;
            nearest = *words;
        }
    }
    return nearest;
}

bool dsi_word_is_in(const char *const *words, const char *word)
{
    for (; words && *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}
