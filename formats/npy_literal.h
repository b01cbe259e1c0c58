/* The Python literals of an .npy header: dict, list, tuple, str, int, True and False.
 *
 * What NumPy writes, today's and Python 2's, and what people write by hand in its
 * place: any white space, trailing commas, either quote, every escape but \N{...}, a u
 * before a string, an L after an int. Nothing else of Python: no None, bytes, floats,
 * comments, other bases, or strings side by side. Nothing is evaluated. */
#ifndef DSI_NPY_LITERAL_H
#define DSI_NPY_LITERAL_H

#include "status.h"

enum { DSI_NPY_MAX_DEPTH = 64 }; /* brackets inside brackets */

enum dsi_literal_kind {
    DSI_LITERAL_TEXT,
    DSI_LITERAL_INT,
    DSI_LITERAL_BOOL,
    DSI_LITERAL_LIST,
    DSI_LITERAL_TUPLE,
    DSI_LITERAL_DICT, /* its children are key, value, key, value, ... */
};

struct dsi_literal {
    enum dsi_literal_kind kind;
    const struct dsi_literal *child; /* the first of n, or NULL */
    const struct dsi_literal *next;  /* its next sibling, or NULL */
    size_t n;                        /* children; bytes of text */
    const char *text;                /* UTF-8 with a NUL after it (and perhaps in it) */
    uint64_t value;                  /* an int's magnitude; a bool as 0 or 1 */
    bool negative, overflow;         /* of an int: value holds only what fits 64 bits */
};

/* One parsed text. Everything lives in the two blocks it owns. */
struct dsi_literals {
    struct dsi_literal *nodes;
    char *text;
    const struct dsi_literal *root;
};

/* Parses n bytes of valid UTF-8 that are one literal with white space around it.
 * DSI_ERR_MALFORMED names the byte. Free in either case. */
DSI_CHECKED enum dsi_status dsi_literals_parse(struct dsi_literals *literals,
                                               const char *source, size_t n,
                                               struct dsi_error *err);
void dsi_literals_free(struct dsi_literals *literals);

/* True when literal is text that equals word. */
bool dsi_literal_is(const struct dsi_literal *literal, const char *word);

#endif
