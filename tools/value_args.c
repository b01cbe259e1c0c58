#include "value_args.h"

#include "text_number.h"

#include <stdlib.h>
#include <string.h>

enum dsi_status dsi_channel_axis_parse(const char *text, struct dsi_channel_axis *axis,
                                       struct dsi_error *err)
{
    *axis = (struct dsi_channel_axis){.choice = DSI_CHANNEL_AXIS_GUESSED};
    if (!text)
        return DSI_OK;
    char *end;
    const long number = strtol(text, &end, 10);
    if (strcmp(text, "none") == 0) {
        axis->choice = DSI_CHANNEL_AXIS_NONE;
    } else if (end == text || *end || number <= -DSI_MAX_DIMS ||
               number >= DSI_MAX_DIMS) {
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--channel-axis: '%s' is no axis: give a number from 1 on, or "
                        "-1 for the last, or none",
                        text);
    } else {
        axis->choice = DSI_CHANNEL_AXIS_GIVEN;
        axis->axis = (int)number;
    }
    return DSI_OK;
}

/* Digits with or without a sign, that 64 bits hold. */
static bool is_whole(const char *text, struct dsi_sentinel *sentinel)
{
    const char *digits = text + (*text == '-' || *text == '+');
    uint64_t size = 0;
    for (const char *at = digits; *at; at++)
        if (*at < '0' || *at > '9' || !dsi_mul(size, 10, &size) ||
            !dsi_add(size, (uint64_t)(*at - '0'), &size))
            return false;
    sentinel->size = size;
    sentinel->is_negative = *text == '-' && size > 0;
    return *digits;
}

enum dsi_status dsi_sentinels_parse(const struct dsi_texts *texts,
                                    struct dsi_sentinel **values,
                                    struct dsi_sentinels *sentinels,
                                    struct dsi_error *err)
{
    *sentinels = (struct dsi_sentinels){0};
    *values = dsi_alloc_zeroed((uint64_t)texts->n + 1, sizeof **values);
    if (!*values)
        return dsi_fail_memory(err, texts->n * sizeof **values);
    for (size_t i = 0; i < texts->n; i++) {
        const char *text = texts->texts[i];
        struct dsi_sentinel *value = &(*values)[i];
        if (dsi_text_number(text, strlen(text), &value->number) != DSI_TEXT_NUMBER)
            return dsi_fail(err, DSI_ERR_USAGE, "--sentinel: '%s' is not a number",
                            text);
        value->is_whole = is_whole(text, value);
    }
    *sentinels = (struct dsi_sentinels){.values = *values, .n = texts->n};
    return DSI_OK;
}

enum dsi_status dsi_max_share_check(double share, struct dsi_error *err)
{
    if (share >= 0 && share <= 1)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_USAGE,
                    "--max-share=%g is no share, from 0 to 1 (5 %% is 0.05)", share);
}
