/* What is wrong with a file people write: all of it. One owner, no threads. */
#ifndef DSI_COMPLAINTS_H
#define DSI_COMPLAINTS_H

#include "bytes.h"

enum { DSI_COMPLAINTS_MAX = 50 };

struct dsi_complaint {
    size_t line, column;               /* from 1; line 0: the file as a whole */
    char text[DSI_ERROR_MESSAGE_SIZE]; /* "FILE:LINE:COLUMN: what"; names are raw */
};

struct dsi_complaints {
    const char *path;            /* borrowed */
    struct dsi_complaint *items; /* the first DSI_COMPLAINTS_MAX that came */
    size_t n_items, capacity;
    size_t n; /* of all: above n_items where there were more, or memory was out */
};

void dsi_complain(struct dsi_complaints *complaints, size_t line, size_t column,
                  const char *format, ...) DSI_PRINTF(4, 5);
/* By their places in the file. */
void dsi_complaints_sort(struct dsi_complaints *complaints);
void dsi_complaints_free(struct dsi_complaints *complaints);

#endif
