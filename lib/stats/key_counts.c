#include "key_counts.h"

#include <math.h>

uint64_t dsi_key_counts_at(const struct dsi_key_counts *keys, uint64_t rank)
{
    uint64_t n_before = 0;
    for (uint64_t key = 0; key < keys->n_keys; key++) {
        n_before += keys->counts[key];
        if (n_before > rank)
            return key;
    }
    return keys->n_keys - 1;
}

struct dsi_beyond_count dsi_key_counts_beyond(const struct dsi_key_counts *keys,
                                              const struct dsi_beyond_bounds *bounds)
{
    struct dsi_beyond_count count = {0};
    for (uint64_t key = 0; key < keys->n_keys; key++) {
        const int side =
            keys->counts[key] ? dsi_beyond_side(keys->dtype, bounds, key) : 0;
        count.n_low += side < 0 ? keys->counts[key] : 0;
        count.n_high += side > 0 ? keys->counts[key] : 0;
    }
    return count;
}

double dsi_distance(double x, double centre)
{
    return x == centre ? 0 : fabs(x - centre);
}

/* Keys on either side of the centre, which is walked away from in both directions: the
 * keys below `left` and those from `right` on are still to come. */
struct walk {
    const struct dsi_key_counts *keys;
    double centre;
    uint64_t left, right;
};

static void find_next(struct walk *walk)
{
    while (walk->left && !walk->keys->counts[walk->left - 1])
        walk->left--;
    while (walk->right < walk->keys->n_keys && !walk->keys->counts[walk->right])
        walk->right++;
}

/* Steps to the nearest key that is left; its count. 0: there is none. */
static uint64_t step(struct walk *walk, double *distance)
{
    double low = INFINITY, high = INFINITY;
    find_next(walk);
    const bool has_left = walk->left > 0, has_right = walk->right < walk->keys->n_keys;
    if (has_left)
        low = dsi_distance(dsi_key_double(walk->keys->dtype, walk->left - 1),
                           walk->centre);
    if (has_right)
        high =
            dsi_distance(dsi_key_double(walk->keys->dtype, walk->right), walk->centre);
    if (!has_left && !has_right)
        return 0;
    if (has_left && (low <= high || !has_right)) {
        *distance = low;
        return walk->keys->counts[--walk->left];
    }
    *distance = high;
    return walk->keys->counts[walk->right++];
}

void dsi_key_counts_distances(const struct dsi_key_counts *keys, double centre,
                              uint64_t rank, double distances[2])
{
    struct walk walk = {.keys = keys, .centre = centre};
    uint64_t n_before = 0, n;
    double distance = 0;
    bool has_first = false;
    while (
        walk.left < keys->n_keys &&
        !(keys->counts[walk.left] && dsi_key_double(keys->dtype, walk.left) > centre))
        walk.left++;
    walk.right = walk.left;
    distances[0] = distances[1] = 0;
    while ((n = step(&walk, &distance)) != 0) {
        n_before += n;
        if (!has_first && n_before > rank) {
            distances[0] = distance;
            has_first = true;
        }
        distances[1] = distance;
        if (n_before > rank + 1)
            return;
    }
}
