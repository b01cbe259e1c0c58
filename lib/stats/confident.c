#include "confident.h"

#include "bytes.h"
#include "confident_run.h"
#include "cpu_level.h"
#include "half_round.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const dsi_confident_filter_names[] = {"prune_by_noise_rate",
                                                  "prune_by_class",
                                                  "both",
                                                  "confident_learning",
                                                  "predicted_neq_given",
                                                  "low_self_confidence",
                                                  "low_normalized_margin",
                                                  NULL};

const char *const dsi_confident_score_names[] = {"self_confidence", "normalized_margin",
                                                 "confidence_weighted_entropy", NULL};

/* --- the whole -----------------------------------------------------------------------
 */

static enum dsi_status check_sizes(struct dsi_dtype dtype, uint64_t n_samples,
                                   uint64_t n_classes, struct dsi_error *err)
{
    char name[DSI_DTYPE_NAME_SIZE];
    if (dtype.kind != DSI_FLOAT || dtype.size < 2 || dtype.size > 8)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "probabilities are float16, float32 or float64, not %s",
                        dsi_dtype_name(dtype, name));
    if (n_classes < 2)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "probabilities are of two classes at least, and here is %llu",
                        (unsigned long long)n_classes);
    if (n_samples >= UINT32_MAX || n_classes >= UINT32_MAX)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "%llu rows of %llu probabilities are more than are looked at",
                        (unsigned long long)n_samples, (unsigned long long)n_classes);
    return DSI_OK;
}

static bool needs_margins(const struct dsi_confident_parameters *p)
{
    return p->score == DSI_CONFIDENT_NORMALIZED_MARGIN ||
           p->filter == DSI_CONFIDENT_LOW_NORMALIZED_MARGIN;
}

static bool take_memory(struct dsi_confident *c)
{
    const size_t size = c->is_double ? sizeof(double) : sizeof(float);
    const struct dsi_confident_parameters *p = &c->parameters;
    c->self = dsi_alloc_zeroed(c->n_samples, size);
    c->predicted = dsi_alloc_array(c->n_samples, sizeof *c->predicted);
    c->guesses = dsi_alloc_array(c->n_samples, sizeof *c->guesses);
    c->flags = dsi_alloc_zeroed(c->n_samples, sizeof *c->flags);
    c->score = c->self;
    if (needs_margins(p))
        c->margin = c->score = dsi_alloc_zeroed(c->n_samples, size);
    if (p->score == DSI_CONFIDENT_SELF_CONFIDENCE)
        c->score = c->self;
    if (p->score == DSI_CONFIDENT_WEIGHTED_ENTROPY)
        c->score = dsi_alloc_zeroed(c->n_samples, size);
    if (!c->self || !c->predicted || !c->guesses || !c->flags || !c->score ||
        (needs_margins(p) && !c->margin))
        return false;
    memset(c->predicted, 0xff, c->n_samples * sizeof *c->predicted);
    memset(c->guesses, 0xff, c->n_samples * sizeof *c->guesses);
    return true;
}

enum dsi_status dsi_confident_new(struct dsi_confident **confident,
                                  const struct dsi_confident_parameters *parameters,
                                  struct dsi_dtype dtype, uint32_t *labels,
                                  uint64_t n_samples, uint64_t n_classes,
                                  struct dsi_error *err)
{
    DSI_TRY(check_sizes(dtype, n_samples, n_classes, err));
    struct dsi_confident *c = dsi_alloc_zeroed(1, sizeof *c);
    if (!c)
        return dsi_fail_memory(err, sizeof *c);
    c->parameters = *parameters;
    c->has_avx2 = dsi_cpu_level() >= DSI_CPU_AVX2;
    c->is_half = dtype.size == 2;
    c->is_double = dtype.size == 8;
    c->n_samples = (uint32_t)n_samples;
    c->n_classes = (uint32_t)n_classes;
    c->labels = labels;
    c->first_bad = UINT64_MAX;
    if (!take_memory(c)) {
        dsi_confident_free(c);
        return dsi_fail_memory(err, n_samples * 2 * sizeof(double));
    }
    *confident = c;
    return DSI_OK;
}

void dsi_confident_free(struct dsi_confident *c)
{
    if (!c)
        return;
    if (c->score != c->self && c->score != c->margin)
        free(c->score);
    free(c->margin);
    free(c->self);
    free(c->predicted);
    free(c->guesses);
    free(c->flags);
    free(c->firsts);
    free(c->members);
    free(c->cuts);
    free(c->n_kept);
    free(c->pair_firsts);
    free(c->pairs);
    dsi_confident_columns_free(c->columns);
    free(c->issues);
    free(c);
}

/* --- a worker's part -----------------------------------------------------------------
 */

struct dsi_confident_part {
    struct dsi_confident *whole;
    void *row, *terms; /* of n_classes: halves as floats, and for the entropy */
    struct dsi_confident_heap *heaps; /* of the look at margins; else NULL */
    uint64_t n_bad, first_bad;
};

struct dsi_confident_part *dsi_confident_part_new(struct dsi_confident *c)
{
    struct dsi_confident_part *part = dsi_alloc_zeroed(1, sizeof *part);
    if (!part)
        return NULL;
    part->whole = c;
    part->first_bad = UINT64_MAX;
    part->row = dsi_alloc_array(c->n_classes, sizeof(double));
    part->terms = dsi_alloc_array(c->n_classes, sizeof(double));
    if (c->look == DSI_LOOK_MARGINS)
        part->heaps = dsi_confident_heaps_new(c);
    if (part->row && part->terms && (c->look != DSI_LOOK_MARGINS || part->heaps))
        return part;
    dsi_confident_part_free(part);
    return NULL;
}

void dsi_confident_part_free(struct dsi_confident_part *part)
{
    if (!part)
        return;
    if (part->heaps)
        dsi_confident_heaps_free(part->whole, part->heaps);
    free(part->row);
    free(part->terms);
    free(part);
}

/* The row as floats, where it is of halves. */
static const void *as_numbers(struct dsi_confident_part *part, const void *row)
{
    const uint16_t *halves = row;
    float *floats = part->row;
    if (!part->whole->is_half)
        return row;
    for (uint32_t i = 0; i < part->whole->n_classes; i++)
        floats[i] = dsi_half_to_float(halves[i]);
    return floats;
}

static void see_facts(struct dsi_confident_part *part, uint32_t sample, const void *row)
{
    if (dsi_confident_see_facts(part->whole, sample, row, part->terms))
        return;
    part->whole->labels[sample] = DSI_CONFIDENT_NONE;
    part->n_bad++;
    part->first_bad = sample < part->first_bad ? sample : part->first_bad;
}

enum dsi_status dsi_confident_see(struct dsi_confident_part *part, uint64_t first,
                                  uint64_t n, const void *rows, struct dsi_error *err)
{
    struct dsi_confident *c = part->whole;
    const size_t size = c->is_half ? 2 : c->is_double ? 8 : 4;
    const char *at = rows;
    const uint64_t end = first + n < c->n_samples ? first + n : c->n_samples;
    for (uint64_t i = first; i < end; i++, at += c->n_classes * size) {
        const uint32_t sample = (uint32_t)i;
        if (c->labels[sample] == DSI_CONFIDENT_NONE)
            continue;
        const void *row = as_numbers(part, at);
        if (c->look == DSI_LOOK_FACTS)
            see_facts(part, sample, row);
        else if (c->look == DSI_LOOK_GUESSES)
            dsi_confident_see_guess(c, sample, row);
        if (c->look == DSI_LOOK_MARGINS)
            DSI_TRY(dsi_confident_see_margins(c, part->heaps, sample, row, err));
        else if (c->columns)
            dsi_confident_see_columns(c, sample, row);
    }
    return DSI_OK;
}

enum dsi_status dsi_confident_merge(struct dsi_confident_part *into,
                                    const struct dsi_confident_part *from,
                                    struct dsi_error *err)
{
    into->n_bad += from->n_bad;
    into->first_bad =
        from->first_bad < into->first_bad ? from->first_bad : into->first_bad;
    if (!into->heaps)
        return DSI_OK;
    return dsi_confident_merge_heaps(into->whole, into->heaps, from->heaps, err);
}

/* --- from look to look
 * ---------------------------------------------------------------- */

static bool needs_guesses(enum dsi_confident_filter filter)
{
    return filter != DSI_CONFIDENT_PREDICTED_NEQ_GIVEN;
}

static bool prunes(enum dsi_confident_filter filter)
{
    return filter <= DSI_CONFIDENT_BOTH;
}

static bool prunes_by_margin(enum dsi_confident_filter filter)
{
    return filter == DSI_CONFIDENT_PRUNE_BY_NOISE_RATE || filter == DSI_CONFIDENT_BOTH;
}

static enum dsi_status end_facts(struct dsi_confident *c,
                                 const struct dsi_confident_part *all,
                                 struct dsi_error *err)
{
    c->n_bad = all->n_bad;
    c->first_bad = all->first_bad;
    for (uint32_t i = 0; i < c->n_samples; i++) /* rows that never came */
        if (c->predicted[i] == DSI_CONFIDENT_NONE)
            c->labels[i] = DSI_CONFIDENT_NONE;
    c->look = DSI_LOOK_NO_MORE;
    if (!needs_guesses(c->parameters.filter))
        return DSI_OK;
    c->look = DSI_LOOK_GUESSES;
    DSI_TRY(dsi_confident_make_classes(c, err));
    return prunes_by_margin(c->parameters.filter) ? dsi_confident_columns_guess(c, err)
                                                  : DSI_OK;
}

static enum dsi_status begin_columns(struct dsi_confident *c, struct dsi_error *err)
{
    bool more;
    DSI_TRY(dsi_confident_columns_begin(c, &more, err));
    c->look = more ? DSI_LOOK_COLUMNS : DSI_LOOK_NO_MORE;
    return DSI_OK;
}

static enum dsi_status end_guesses(struct dsi_confident *c, struct dsi_error *err)
{
    c->look = DSI_LOOK_NO_MORE;
    if (!prunes(c->parameters.filter))
        return DSI_OK;
    DSI_TRY(dsi_confident_make_pairs(c, err));
    free(c->guesses); /* before the margins take room */
    c->guesses = NULL;
    if (!prunes_by_margin(c->parameters.filter) || c->pair_firsts[c->n_classes] == 0)
        return DSI_OK;
    c->look = DSI_LOOK_MARGINS;
    if (!c->columns)
        return DSI_OK;
    DSI_TRY(dsi_confident_columns_use(c, err));
    return begin_columns(c, err);
}

enum dsi_status dsi_confident_end_look(struct dsi_confident *c,
                                       const struct dsi_confident_part *all, bool *more,
                                       struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    if (c->look == DSI_LOOK_FACTS) {
        status = end_facts(c, all, err);
    } else if (c->look == DSI_LOOK_GUESSES) {
        status = end_guesses(c, err);
    } else if (c->look == DSI_LOOK_MARGINS) {
        status = dsi_confident_flag_margins(c, all->heaps, err);
        if (status == DSI_OK)
            status = begin_columns(c, err);
    } else if (c->look == DSI_LOOK_COLUMNS) {
        status = dsi_confident_columns_end(c, err);
        if (status == DSI_OK)
            status = begin_columns(c, err);
    }
    *more = c->look != DSI_LOOK_NO_MORE;
    return status == DSI_OK && !*more ? dsi_confident_make_issues(c, err) : status;
}

/* --- results -------------------------------------------------------------------------
 */

uint64_t dsi_confident_n_bad(const struct dsi_confident *c, uint64_t *first)
{
    *first = c->first_bad;
    return c->n_bad;
}

const uint32_t *dsi_confident_issues(const struct dsi_confident *c, uint64_t *n)
{
    *n = c->n_issues;
    return c->issues;
}

double dsi_confident_score_of(const struct dsi_confident *c, uint64_t sample)
{
    return c->labels[sample] == DSI_CONFIDENT_NONE
               ? (double)NAN
               : dsi_confident_number(c, c->score, (uint32_t)sample);
}

uint32_t dsi_confident_predicted(const struct dsi_confident *c, uint64_t sample)
{
    return c->labels[sample] == DSI_CONFIDENT_NONE ? DSI_CONFIDENT_NONE
                                                   : c->predicted[sample];
}
