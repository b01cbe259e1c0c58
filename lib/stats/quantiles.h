/* Exact order statistics of any number of channels, in bounded memory and few looks at
 * the data.
 *
 * The first pass counts the leading bits of the values' keys (value_key.h): all 8 or 16
 * bits of small types, which is exact at once. A later pass looks only into the bins
 * that hold a rank asked for, and either collects what is in them, where that is
 * little, or counts their next bits. So
 *
 *     q = new;           every worker:  add...,  then merge
 *     want(q, channel, rank)...         once, after the first pass
 *     next(q, &more)     while more:    every worker: adopt a new one, add..., merge
 *     key(q, channel, rank)
 *
 * A commutative monoid within each pass; what has been found out does not depend on how
 * it was found. One owner, no threads. NaN is not counted, infinities are. */
#ifndef DSI_QUANTILES_H
#define DSI_QUANTILES_H

#include "value_key.h"
#include "values.h"

struct dsi_quantiles;

/* Leading bits that the first pass may count, so that tables of all n_channels channels
 * a check looks at stay within about 64 MiB a worker: 16 for up to 256 channels, 8 at
 * least. */
unsigned dsi_quantiles_first_bits(uint64_t n_channels);

/* NULL when memory is out. Tables are taken as values come. */
struct dsi_quantiles *dsi_quantiles_new(struct dsi_dtype dtype, uint64_t n_channels,
                                        unsigned first_bits);
void dsi_quantiles_free(struct dsi_quantiles *quantiles); /* NULL is fine */

DSI_CHECKED enum dsi_status dsi_quantiles_add(struct dsi_quantiles *quantiles,
                                              const struct dsi_values *values,
                                              struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_quantiles_merge(struct dsi_quantiles *into,
                                                const struct dsi_quantiles *from,
                                                struct dsi_error *err);

/* Equal states save equal bytes, what has been decided included; load fills one that
 * dsi_quantiles_new just made for the same dtype, channels and bits. */
DSI_CHECKED enum dsi_status dsi_quantiles_save(const struct dsi_quantiles *quantiles,
                                               struct dsi_bytes *out,
                                               struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_quantiles_load(struct dsi_quantiles *quantiles,
                                               struct dsi_bytes_reader *in,
                                               struct dsi_error *err);

/* Values of a channel that have an order, known after the first pass. */
uint64_t dsi_quantiles_n(const struct dsi_quantiles *quantiles, uint64_t channel);

/* Asks for the value of rank < n, counted from 0. Between the first pass and next. */
DSI_CHECKED enum dsi_status dsi_quantiles_want(struct dsi_quantiles *quantiles,
                                               uint64_t channel, uint64_t rank,
                                               struct dsi_error *err);

/* Tells that n of the channel's values have this key, such as its zeros: a rank among
 * them, in a bin of the first pass that holds nothing else, takes no further look.
 * Where most values are the same this saves most of the work. Between the first pass
 * and next; the last one told counts. */
DSI_CHECKED enum dsi_status dsi_quantiles_tell(struct dsi_quantiles *quantiles,
                                               uint64_t channel, uint64_t key,
                                               uint64_t n, struct dsi_error *err);

/* Ends a pass. *more: another is needed, and the state is that pass's with nothing
 * counted. DSI_ERR_MALFORMED when the pass saw other values than the one before: the
 * data has changed in between. Calling it again after *more was false is fine. */
DSI_CHECKED enum dsi_status dsi_quantiles_next(struct dsi_quantiles *quantiles,
                                               bool *more, struct dsi_error *err);

/* Makes a new one (same dtype, channels, bits) take part in the pass that planned is
 * at. */
DSI_CHECKED enum dsi_status dsi_quantiles_adopt(struct dsi_quantiles *fresh,
                                                const struct dsi_quantiles *planned,
                                                struct dsi_error *err);

/* The key of a rank that was asked for; false while it is not known. */
bool dsi_quantiles_key(const struct dsi_quantiles *quantiles, uint64_t channel,
                       uint64_t rank, uint64_t *key);

/* How the values lie, as the first pass found them: the counts of a channel by leading
 * bits, bin i holding keys from i << (key bits - leading bits). NULL and 0 before any
 * value came. For drawings and estimates. */
const uint64_t *dsi_quantiles_bins(const struct dsi_quantiles *quantiles,
                                   uint64_t channel, uint64_t *n_bins);

#endif
