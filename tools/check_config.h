/* What a check is to look at and to ask: the datasets with the tools that look at them,
 * and the rules, from a file of YAML or from a command line. docs/check.md tells the
 * form. One owner, no threads. */
#ifndef DSI_CHECK_CONFIG_H
#define DSI_CHECK_CONFIG_H

#include "company.h"
#include "judge.h"
#include "yaml_tree.h"

/* Texts that live as long as the configuration. */
struct dsi_words {
    char **items;
    size_t n, capacity;
};

/* A tool over a dataset. */
struct dsi_check_look {
    const struct dsi_tool *tool;
    struct dsi_words options; /* as a command line has them */
    char **argv;              /* private: all of it, as parsing leaves it */
    struct dsi_tool_parsed parsed;
    bool is_parsed;
};

struct dsi_check_dataset {
    const char *name;
    bool is_diff;
    struct dsi_words inputs;
    char *labels; /* of inputs without a file, where they stand beside; NULL */
    enum dsi_severity fail_on, warn_on; /* findings of this severity; OFF: none */
    struct dsi_check_look *looks;       /* in the order of the list of tools */
    size_t n_looks, looks_capacity;
};

enum { DSI_RULE_OPS = 4 };

/* A metric of a dataset, and what is asked of it. */
struct dsi_check_rule {
    const char *name; /* NULL: made of the dataset and the metric */
    size_t dataset;
    struct dsi_metric metric;
    struct dsi_rule ops[DSI_RULE_OPS];
    size_t n_ops;
    enum dsi_severity severity; /* ERROR, WARNING, or OFF: not judged */
    bool is_implied;            /* of findings, by fail_on and warn_on */
    const struct dsi_yaml *at;  /* its metric in the file; NULL */
};

struct dsi_check_config {
    const char *path;         /* NULL: there is no file */
    char *baseline;           /* path; NULL */
    struct dsi_words outputs; /* as --output has them */
    struct dsi_check_dataset *datasets;
    size_t n_datasets, datasets_capacity;
    struct dsi_check_rule *rules;
    size_t n_rules, rules_capacity;

    struct dsi_yaml *root; /* private: what the texts above point into */
    struct dsi_complaints complaints;
};

/* Reads a file. What is wrong with it is in config->complaints; an error is for what
 * cannot be read at all. has_baseline: one is named elsewhere. Every tool is given what
 * common says of data, findings and threads, behind what the file says. To be freed in
 * any case. */
DSI_CHECKED enum dsi_status dsi_check_config_read(struct dsi_check_config *config,
                                                  const char *path, bool has_baseline,
                                                  const struct dsi_common *common,
                                                  struct dsi_error *err);
/* The same for inputs, with what suits them: no file, and no rule but the implied. */
DSI_CHECKED enum dsi_status dsi_check_config_make(struct dsi_check_config *config,
                                                  char **inputs, size_t n_inputs,
                                                  const struct dsi_common *common,
                                                  struct dsi_error *err);
void dsi_check_config_free(struct dsi_check_config *config);

/* Parts of the two. The look of that tool, added where there is none yet; NULL when
 * memory is out. */
struct dsi_check_look *dsi_check_look_add(struct dsi_check_dataset *dataset,
                                          const struct dsi_tool *tool);
struct dsi_check_dataset *dsi_check_dataset_add(struct dsi_check_config *config,
                                                const char *name);
struct dsi_check_rule *dsi_check_rule_add(struct dsi_check_config *config);
/* Options that all tools are run with, and the inputs, behind those a look has; then
 * the rules about findings. */
DSI_CHECKED enum dsi_status dsi_check_config_complete(struct dsi_check_config *config,
                                                      const struct dsi_common *common,
                                                      struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_words_add(struct dsi_words *words, char *word,
                                          struct dsi_error *err); /* takes word */
void dsi_words_free(struct dsi_words *words);
DSI_CHECKED enum dsi_status dsi_words_printf(struct dsi_words *words,
                                             struct dsi_error *err, const char *format,
                                             ...) DSI_PRINTF(3, 4);

/* What the metrics of a tool may name. columns is filled, most columns at most. */
enum { DSI_METRIC_COLUMNS = 48 };
struct dsi_metric_words
dsi_metric_words_of(const struct dsi_tool *tool,
                    const char *columns[DSI_METRIC_COLUMNS + 1]);
/* Every path there is, in the order of the tools, ending with NULL; a path of rows is
 * one of all of them. */
DSI_CHECKED enum dsi_status dsi_metric_paths(struct dsi_words *paths,
                                             struct dsi_error *err);
/* DSI_ERR_USAGE where no tool has such a metric, with the nearest that one has. */
DSI_CHECKED enum dsi_status dsi_metric_check(const struct dsi_metric *metric,
                                             const char *text, struct dsi_error *err);
/* Whether findings of the tool may have that rule, or that severity. */
bool dsi_metric_is_finding(const struct dsi_tool *tool, const char *word);

#endif
