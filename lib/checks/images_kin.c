/* Which pictures of a set are the same, and which look alike, as CleanVision has it:
 * the same values, and the same perceptual hash. */
#include "images_state.h"

#include <stdlib.h>

struct sorting {
    const struct dsi_image_record *records;
    const size_t *order;
    bool by_phash;
};

static int compare_hashes(const struct dsi_image_record *x,
                          const struct dsi_image_record *y, bool by_phash)
{
    if (by_phash)
        return (x->phash > y->phash) - (x->phash < y->phash);
    if (x->content.high != y->content.high)
        return x->content.high < y->content.high ? -1 : 1;
    return (x->content.low > y->content.low) - (x->content.low < y->content.low);
}

/* Of places: by hash, and the first place first. */
static int compare_places(const void *a, const void *b, void *context)
{
    const struct sorting *s = context;
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const int order =
        compare_hashes(&s->records[s->order[x]], &s->records[s->order[y]], s->by_phash);
    return order ? order : (x > y) - (x < y);
}

static bool is_next(const struct sorting *s, size_t x, size_t y)
{
    return compare_hashes(&s->records[s->order[x]], &s->records[s->order[y]],
                          s->by_phash) == 0;
}

static enum dsi_status find_kin(const struct dsi_images *images, const size_t *order,
                                bool by_phash, struct dsi_image_kin **kin,
                                struct dsi_error *err)
{
    const size_t n = images->records.n;
    struct sorting sorting = {
        .records = images->records.records, .order = order, .by_phash = by_phash};
    size_t *places = dsi_alloc_array(n + 1, sizeof *places);
    *kin = dsi_alloc_array(n + 1, sizeof **kin);
    if (!places || !*kin) {
        free(places);
        return dsi_fail_memory(err, n * sizeof **kin);
    }
    for (size_t place = 0; place < n; place++)
        places[place] = place;
    qsort_r(places, n, sizeof *places, compare_places, &sorting);
    for (size_t k = 0, end; k < n; k = end) {
        for (end = k + 1; end < n && is_next(&sorting, places[k], places[end]); end++)
            ;
        for (size_t member = k; member < end; member++)
            (*kin)[places[member]] =
                (struct dsi_image_kin){.first = places[k], .n = end - k};
    }
    free(places);
    return DSI_OK;
}

enum dsi_status dsi_images_find_kin(const struct dsi_images *images,
                                    struct dsi_images_set *set, struct dsi_error *err)
{
    const bool asks_alike = dsi_images_asks(images, DSI_ISSUE_NEAR_DUPLICATES);
    if (asks_alike || dsi_images_asks(images, DSI_ISSUE_EXACT_DUPLICATES))
        DSI_TRY(find_kin(images, set->order, false, &set->same, err));
    return asks_alike ? find_kin(images, set->order, true, &set->alike, err) : DSI_OK;
}

/* Pictures that look alike because they are the same, all of them, are told of once. */
bool dsi_images_has_kin(const struct dsi_images_set *set, size_t place,
                        enum dsi_image_issue issue, struct dsi_image_kin *kin)
{
    const bool by_phash = issue == DSI_ISSUE_NEAR_DUPLICATES;
    *kin = (by_phash ? set->alike : set->same)[place];
    return kin->n > 1 && (!by_phash || kin->n != set->same[place].n);
}
