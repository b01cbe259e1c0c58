/* Index plans: which samples an epoch of a resampled set is made of, in which order. */
#ifndef DSI_RESAMPLE_H
#define DSI_RESAMPLE_H

#include "status.h"

#define DSI_RESAMPLE_LEFT_OUT UINT32_MAX /* the class of a sample that has none */

/* class_of[i] in [0, n_classes), or left out, for n samples; targets[c]: how often
 * samples of class c shall appear in all (0 for a class without samples). Every sample
 * of c appears floor or ceil of targets[c] / n_c times; which ones get the ceil is
 * drawn by the class's own random stream (seed, c + 1), and the whole is shuffled by
 * stream 0. The same bytes on every platform. *plan, of *n_plan indices, is the
 * caller's to free. Takes 8 bytes a sample beside the plan's own 8 bytes an index.
 * DSI_ERR_MEMORY only. */
DSI_CHECKED enum dsi_status dsi_resample_plan(const uint32_t *class_of, uint64_t n,
                                              const uint64_t *targets, size_t n_classes,
                                              uint64_t seed, int64_t **plan,
                                              uint64_t *n_plan, struct dsi_error *err);

#endif
