/* The files that diff is told about names and tolerances with. In both, a line that is
 * empty or begins with # says nothing. */
#ifndef DSI_DIFF_FILES_H
#define DSI_DIFF_FILES_H

#include "line_file.h"
#include "pair_rules.h"
#include "pairing.h"

/* --map=FILE: lines "NAME_IN_A<TAB>NAME_IN_B". Messages name file and line. The caller
 * frees, also on failure. */
struct dsi_map_file {
    struct dsi_name_map map;
    size_t *lines; /* where the names stand */
    struct dsi_line_file file;
};

DSI_CHECKED enum dsi_status dsi_map_file_read(struct dsi_map_file *map,
                                              const char *path, struct dsi_error *err);
void dsi_map_file_free(struct dsi_map_file *map);

/* --rules=FILE: lines "GLOB KEY[=VALUE]..." with blanks between. Messages name file and
 * line. The caller frees, also on failure. */
struct dsi_rule_file {
    struct dsi_pair_rules rules;
    struct dsi_line_file file;
};

DSI_CHECKED enum dsi_status dsi_rule_file_read(struct dsi_rule_file *rules,
                                               const char *path, struct dsi_error *err);
void dsi_rule_file_free(struct dsi_rule_file *rules);

#endif
