/* Undoing PNG's filters (ISO/IEC 15948, 9.2) for pictures of 8 bits: each byte of a row
 * was stored as its difference from a guess made of the bytes to its left, above it and
 * above to the left.
 *
 * Bytes, pure and thread-safe; nothing is allocated. */
#ifndef DSI_PNG_UNFILTER_H
#define DSI_PNG_UNFILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bytes holds n_rows rows as they come out of the deflate stream, each a filter's
 * number and row_bytes filtered bytes. Afterwards the rows themselves stand at its
 * start, n_rows x row_bytes without anything between them. pixel_bytes, 1 to 4, is how
 * far off the left neighbour stands and divides row_bytes, which is not 0.
 *
 * False where a filter's number is none of the standard's; then bytes holds anything.
 */
bool dsi_png_unfilter(uint8_t *bytes, size_t n_rows, size_t row_bytes,
                      unsigned pixel_bytes);

/* The ways there are, the best that works here last. For tests and measurements. */
struct dsi_unfilter_way {
    const char *name;
    bool (*works_here)(void);
    bool (*run)(uint8_t *bytes, size_t n_rows, size_t row_bytes, unsigned pixel_bytes);
};
extern const struct dsi_unfilter_way dsi_unfilter_ways[];
extern const size_t dsi_n_unfilter_ways;

#endif
