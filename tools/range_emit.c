#include "range_emit.h"

#include "option.h"
#include "out.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const char *const dsi_range_emits[] = {
    "torchvision", "mindspore", "keras", "albumentations", "sklearn", "json", NULL};

/* The line as it grows. After a failure nothing more is added. */
struct line {
    const struct dsi_range_pooled *pooled;
    struct dsi_bytes *out;
    struct dsi_error *err;
    enum dsi_status status;
};

static void say(struct line *line, const char *text)
{
    if (line->status == DSI_OK)
        line->status = dsi_bytes_append(line->out, text, strlen(text), line->err);
}

/* As Python writes a float, so that 1 is 1.0. */
static void say_number(struct line *line, double value)
{
    char text[DSI_NUMBER_SIZE];
    dsi_format_double(value, text);
    say(line, text);
    if (!strpbrk(text, ".en")) /* fraction, exponent, inf and nan */
        say(line, ".0");
}

typedef double number_of(const struct dsi_range_pooled *pooled,
                         const struct dsi_range_pooled_channel *channel);

static double mean(const struct dsi_range_pooled *p,
                   const struct dsi_range_pooled_channel *c)
{
    (void)p;
    return c->mean;
}

static double std(const struct dsi_range_pooled *p,
                  const struct dsi_range_pooled_channel *c)
{
    (void)p;
    return c->std;
}

static double variance(const struct dsi_range_pooled *p,
                       const struct dsi_range_pooled_channel *c)
{
    (void)p;
    return c->std * c->std;
}

static double min(const struct dsi_range_pooled *p,
                  const struct dsi_range_pooled_channel *c)
{
    (void)p;
    return c->min;
}

static double max(const struct dsi_range_pooled *p,
                  const struct dsi_range_pooled_channel *c)
{
    (void)p;
    return c->max;
}

/* A divisor: what does not vary is left at its size, as scikit-learn does. */
static double scale(const struct dsi_range_pooled *p,
                    const struct dsi_range_pooled_channel *c)
{
    (void)p;
    return c->std == 0 ? 1 : c->std;
}

/* After the loader has brought it to 0 to 1. */
static double unit_mean(const struct dsi_range_pooled *p,
                        const struct dsi_range_pooled_channel *c)
{
    return c->mean / p->unit;
}

static double unit_scale(const struct dsi_range_pooled *p,
                         const struct dsi_range_pooled_channel *c)
{
    return c->std == 0 ? 1 : c->std / p->unit;
}

static void say_list(struct line *line, number_of *number)
{
    say(line, "[");
    for (size_t i = 0; i < line->pooled->n; i++) {
        say(line, i ? ", " : "");
        say_number(line, number(line->pooled, &line->pooled->channels[i]));
    }
    say(line, "]");
}

static void say_uint(struct line *line, uint64_t value)
{
    if (line->status == DSI_OK)
        line->status = dsi_bytes_printf(line->out, line->err, "%" PRIu64, value);
}

static void say_counts(struct line *line)
{
    say(line, "[");
    for (size_t i = 0; i < line->pooled->n; i++) {
        say(line, i ? ", " : "");
        say_uint(line, line->pooled->channels[i].n);
    }
    say(line, "]");
}

/* One call: NAME(mean=[..], std=[..]REST). */
static void say_call(struct line *line, const char *name, number_of *middle,
                     const char *word, number_of *spread)
{
    say(line, name);
    say(line, "mean=");
    say_list(line, middle);
    say(line, word);
    say_list(line, spread);
}

static void say_albumentations(struct line *line)
{
    say_call(line, "A.Normalize(", unit_mean, ", std=", unit_scale);
    say(line, ", max_pixel_value=");
    say_number(line, line->pooled->unit);
    say(line, ")");
}

/* Values seen: one number where all channels have as many, as fit leaves it. */
static void say_seen(struct line *line)
{
    bool is_one = true;
    for (size_t i = 1; i < line->pooled->n; i++)
        is_one &= line->pooled->channels[i].n == line->pooled->channels[0].n;
    if (is_one) {
        say_uint(line, line->pooled->channels[0].n);
        return;
    }
    say(line, "np.array(");
    say_counts(line);
    say(line, ")");
}

static void say_sklearn(struct line *line)
{
    say(line, "scaler = StandardScaler(); scaler.mean_ = np.array(");
    say_list(line, mean);
    say(line, "); scaler.var_ = np.array(");
    say_list(line, variance);
    say(line, "); scaler.scale_ = np.array(");
    say_list(line, scale);
    say(line, "); scaler.n_features_in_ = ");
    say_uint(line, line->pooled->n);
    say(line, "; scaler.n_samples_seen_ = ");
    say_seen(line);
}

/* --- JSON ------------------------------------------------------------------------- */

static void say_json_list(struct line *line, const char *key, number_of *number)
{
    say(line, ",\"");
    say(line, key);
    say(line, "\":[");
    for (size_t i = 0; i < line->pooled->n; i++) {
        char text[DSI_NUMBER_SIZE];
        const double value = number(line->pooled, &line->pooled->channels[i]);
        dsi_format_double(value, text);
        say(line, i ? "," : "");
        say(line, strpbrk(text, "in") ? "null" : text); /* inf, nan */
    }
    say(line, "]");
}

static void say_json_text(struct line *line, const char *text)
{
    struct dsi_out out;
    if (line->status == DSI_OK)
        line->status = dsi_out_init(&out, dsi_sink_to_bytes(line->out), line->err);
    if (line->status != DSI_OK)
        return;
    dsi_out_json(&out, text, strlen(text));
    line->status = dsi_out_finish(&out);
}

static void say_json(struct line *line)
{
    say(line, "{\"channels\":[");
    for (size_t i = 0; i < line->pooled->n; i++) {
        say(line, i ? "," : "");
        say_json_text(line, line->pooled->channels[i].name);
    }
    say(line, "],\"n\":[");
    for (size_t i = 0; i < line->pooled->n; i++) {
        say(line, i ? "," : "");
        say_uint(line, line->pooled->channels[i].n);
    }
    say(line, "]");
    say_json_list(line, "min", min);
    say_json_list(line, "max", max);
    say_json_list(line, "mean", mean);
    say_json_list(line, "std", std);
    say(line, ",\"unit\":");
    say_uint(line, (uint64_t)line->pooled->unit);
    say(line, "}");
}

/* Python has no literal of infinity. */
static enum dsi_status check_variances(const struct dsi_range_pooled *pooled,
                                       struct dsi_error *err)
{
    for (size_t i = 0; i < pooled->n; i++)
        if (isinf(variance(pooled, &pooled->channels[i])))
            return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                            "channel '%.100s' has a variance beyond float64: scale its "
                            "values down first",
                            pooled->channels[i].name);
    return DSI_OK;
}

enum dsi_status dsi_range_emit(enum dsi_range_emit how,
                               const struct dsi_range_pooled *pooled,
                               struct dsi_bytes *out, struct dsi_error *err)
{
    struct line line = {.pooled = pooled, .out = out, .err = err};
    if (how == DSI_EMIT_KERAS || how == DSI_EMIT_SKLEARN)
        DSI_TRY(check_variances(pooled, err));
    switch (how) {
    case DSI_EMIT_TORCHVISION:
        say_call(&line, "transforms.Normalize(", unit_mean, ", std=", unit_scale);
        say(&line, ")");
        break;
    case DSI_EMIT_MINDSPORE:
        say_call(&line, "vision.Normalize(", mean, ", std=", scale);
        say(&line, ")");
        break;
    case DSI_EMIT_KERAS:
        say_call(&line, "tf.keras.layers.Normalization(axis=-1, ", mean,
                 ", variance=", variance);
        say(&line, ")");
        break;
    case DSI_EMIT_ALBUMENTATIONS:
        say_albumentations(&line);
        break;
    case DSI_EMIT_SKLEARN:
        say_sklearn(&line);
        break;
    case DSI_EMIT_JSON:
        say_json(&line);
        break;
    }
    say(&line, "\n");
    return line.status;
}
