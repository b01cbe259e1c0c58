/* A YAML file as a tree that knows where each node stands.
 *
 * Scalars are texts: what they mean is said by whoever reads them, so that `no` is a
 * word where a word is wanted. Anchors, aliases, tags, directives, keys that are no
 * scalars, keys given twice and second documents are complaints: what they mean is
 * seldom what was meant. JSON is YAML, too. One owner, no threads. */
#ifndef DSI_YAML_TREE_H
#define DSI_YAML_TREE_H

#include "complaints.h"

enum dsi_yaml_kind { DSI_YAML_SCALAR, DSI_YAML_LIST, DSI_YAML_MAP };

struct dsi_yaml {
    enum dsi_yaml_kind kind;
    size_t line, column;  /* from 1 */
    char *text;           /* of a scalar; without a NUL in it */
    bool is_plain;        /* not in quotes: may be meant as a number, true, or null */
    struct dsi_yaml *key; /* of an item of a map */
    struct dsi_yaml *first, *last, *next; /* the items of a list or map, in order */
};

enum { DSI_YAML_MAX_DEPTH = 32 };

/* Reads path (at most max_bytes of it). *root is NULL for an empty file, and where
 * there is a complaint about its form. An error is returned for a file that cannot be
 * read and for want of memory. The caller frees *root in any case. */
DSI_CHECKED enum dsi_status dsi_yaml_read(struct dsi_yaml **root, const char *path,
                                          uint64_t max_bytes,
                                          struct dsi_complaints *complaints,
                                          struct dsi_error *err);
/* The same of n bytes. */
DSI_CHECKED enum dsi_status dsi_yaml_parse(struct dsi_yaml **root, const void *data,
                                           size_t n, struct dsi_complaints *complaints,
                                           struct dsi_error *err);
void dsi_yaml_free(struct dsi_yaml *node);

/* The item of a map; NULL: none. */
const struct dsi_yaml *dsi_yaml_item(const struct dsi_yaml *map, const char *key);

/* Scalars by what is wanted. False: it is no such thing. Quoted ones are texts alone.
 */
bool dsi_yaml_is_null(const struct dsi_yaml *node); /* null, ~ or nothing */
DSI_CHECKED bool dsi_yaml_bool(const struct dsi_yaml *node, bool *value);
/* What strtod takes, and .inf, -.inf, .nan. */
DSI_CHECKED bool dsi_yaml_number(const struct dsi_yaml *node, double *value);

#endif
