/* images: the pictures of a set that look wrong, by the issues that CleanVision names,
 * with its scores and thresholds, and those that cannot be read as they should. */
#ifndef DSI_IMAGES_H
#define DSI_IMAGES_H

#include "status.h"

/* In the order in which they are reported. */
enum dsi_image_issue {
    DSI_ISSUE_UNREADABLE,
    DSI_ISSUE_TRUNCATED,
    DSI_ISSUE_CRC,
    DSI_ISSUE_SUFFIX_LIES,
    DSI_ISSUE_EXIF_ROTATED,
    DSI_ISSUE_UNUSUAL_MODE,
    DSI_ISSUE_DARK,
    DSI_ISSUE_LIGHT,
    DSI_ISSUE_ODD_ASPECT_RATIO,
    DSI_ISSUE_LOW_INFORMATION,
    DSI_ISSUE_BLURRY,
    DSI_ISSUE_GRAYSCALE,
    DSI_ISSUE_ODD_SIZE,
    DSI_ISSUE_EXACT_DUPLICATES,
    DSI_ISSUE_NEAR_DUPLICATES,
    DSI_N_IMAGE_ISSUES
};

/* What an issue is called, and by which score it is told: pictures below the threshold
 * have it. has_threshold is false of those that a picture has or has not. */
struct dsi_image_issue_kind {
    const char *name;
    bool has_threshold;
    double threshold; /* by default; NaN: 0.5, or 1 where most sizes are the same */
};
extern const struct dsi_image_issue_kind dsi_image_issues[DSI_N_IMAGE_ISSUES];

struct dsi_images_parameters {
    uint32_t issues; /* a bit each, those that are looked for */
    double thresholds[DSI_N_IMAGE_ISSUES];
};

extern const struct dsi_images_parameters dsi_images_defaults; /* all of them */

#endif
