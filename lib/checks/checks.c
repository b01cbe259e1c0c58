#include "check.h"

/* One line a check. */
#define CHECKS(X) \
    X(readable)   \
    X(info)       \
    X(balance)    \
    X(missing)    \
    X(range)      \
    X(outliers)   \
    X(labels)     \
    X(dups)       \
    X(dup_files)  \
    X(images)     \
    X(image_table)

#define DECLARE(name) extern const struct dsi_check dsi_check_##name;
CHECKS(DECLARE)

#define LIST(name) &dsi_check_##name,
const struct dsi_check *const dsi_checks[] = {CHECKS(LIST) NULL};
