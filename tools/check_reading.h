/* Reading a configuration: what its nodes are to be, and what is said where they are
 * not. */
#ifndef DSI_CHECK_READING_H
#define DSI_CHECK_READING_H

#include "check_config.h"

struct dsi_check_reading {
    struct dsi_check_config *config;
    char *folder;      /* of the file; NULL: the current one */
    bool has_baseline; /* from elsewhere */
};

/* At the place of the node. */
void dsi_reading_complain(struct dsi_check_reading *r, const struct dsi_yaml *node,
                          const char *format, ...) DSI_PRINTF(3, 4);
/* False, with a complaint, unless the node is of that kind. A list of which nothing is
 * left but the key, with its lines commented out, is an empty one. */
DSI_CHECKED bool dsi_reading_wants(struct dsi_check_reading *r,
                                   const struct dsi_yaml *node, enum dsi_yaml_kind kind,
                                   const char *what);
/* Of a key that is none of the words. */
void dsi_reading_refuse_key(struct dsi_check_reading *r, const struct dsi_yaml *item,
                            const char *where, const char *const *words);

/* The first of a list, or one that stands for a list of one; the next of it. NULL:
 * there is none. */
const struct dsi_yaml *dsi_reading_first(const struct dsi_yaml *node);
const struct dsi_yaml *dsi_reading_next(const struct dsi_yaml *list,
                                        const struct dsi_yaml *item);

/* Adds a path, which is taken from the folder of the file, behind a text; or one, or a
 * list of them. */
DSI_CHECKED enum dsi_status dsi_reading_add_path(struct dsi_check_reading *r,
                                                 struct dsi_words *words,
                                                 const char *before, const char *path,
                                                 struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_reading_add_paths(struct dsi_check_reading *r, const struct dsi_yaml *node,
                      const char *what, struct dsi_words *words, struct dsi_error *err);

/* What node, a dataset, says beside what it looks at with which tools. */
DSI_CHECKED enum dsi_status dsi_reading_add_options(struct dsi_check_reading *r,
                                                    struct dsi_check_dataset *dataset,
                                                    const struct dsi_yaml *node,
                                                    struct dsi_error *err);

/* Complains of checks that can never fail, and of those that are there twice. All have
 * been read. */
DSI_CHECKED enum dsi_status dsi_reading_check_rules(struct dsi_check_reading *r,
                                                    struct dsi_error *err);

#endif
