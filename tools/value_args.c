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

enum dsi_status dsi_sentinels_parse(const struct dsi_texts *texts, double **numbers,
                                    struct dsi_sentinels *sentinels,
                                    struct dsi_error *err)
{
    *sentinels = (struct dsi_sentinels){0};
    *numbers = dsi_alloc_array((uint64_t)texts->n + 1, sizeof **numbers);
    if (!*numbers)
        return dsi_fail_memory(err, texts->n * sizeof **numbers);
    for (size_t i = 0; i < texts->n; i++)
        if (dsi_text_number(texts->texts[i], strlen(texts->texts[i]), &(*numbers)[i]) !=
            DSI_TEXT_NUMBER)
            return dsi_fail(err, DSI_ERR_USAGE, "--sentinel: '%s' is not a number",
                            texts->texts[i]);
    *sentinels = (struct dsi_sentinels){.values = *numbers, .n = texts->n};
    return DSI_OK;
}
