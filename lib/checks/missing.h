/* missing: the values that are not there, whatever stands in their place, and the
 * samples that cannot be read or tell nothing.
 *
 * One look at the data. Each value has one kind at most: what was never written, or is
 * declared to stand for missing, is `fill`, whatever it looks like; then come the
 * sentinels; then what the value itself says. */
#ifndef DSI_MISSING_H
#define DSI_MISSING_H

#include "channels.h"

/* Kinds of values. Those of sentinels follow: DSI_MISSING_SENTINEL + i. */
enum dsi_missing_kind {
    DSI_MISSING_NAN, /* floats; of texts also the words that pandas.read_csv knows */
    DSI_MISSING_POS_INF,
    DSI_MISSING_NEG_INF,
    DSI_MISSING_NAT,   /* times */
    DSI_MISSING_EMPTY, /* texts */
    DSI_MISSING_FILL,
    DSI_MISSING_SENTINEL
};

/* Kinds of samples. */
enum dsi_missing_sample {
    DSI_MISSING_UNREADABLE,
    DSI_MISSING_TRUNCATED,
    DSI_MISSING_ZERO_BYTE,
    DSI_MISSING_CONSTANT,   /* all its values are the same one */
    DSI_MISSING_UNLABELLED, /* where labels were named */
    DSI_N_MISSING_SAMPLES
};

enum { DSI_MISSING_MAX_SENTINELS = 64 };
/* A sample of fewer values is no picture, and may well be constant. */
enum { DSI_MISSING_MIN_CONSTANT = 16 };

struct dsi_missing_parameters {
    double max_share; /* finding above */
    bool has_labels;  /* the dataset was opened with some: they are looked at, too */
    struct dsi_sentinels sentinels;
};
extern const struct dsi_missing_parameters dsi_missing_defaults;

#endif
