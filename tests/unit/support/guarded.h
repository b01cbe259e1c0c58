/* Memory that ends, or begins, where none can be read. */
#ifndef DSI_GUARDED_H
#define DSI_GUARDED_H

#include <stddef.h>

struct guarded {
    void *all;
    size_t n_all;
    unsigned char *first; /* n bytes; the byte after the last is not to be touched */
    size_t n;
};

struct guarded guarded_make(size_t n);
void guarded_free(struct guarded *guarded);

#endif
