/* The progress line. */
#include "common.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { INTERVAL_MS = 100 };

static const char wipe[] = "\r\x1b[K";

/* For the handler of a signal, which is given nothing to find the line by. */
static volatile sig_atomic_t is_on_screen;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct dsi_progress dsi_progress_start(const struct dsi_common *common)
{
    struct dsi_progress progress = {.enabled = !common->quiet && isatty(STDERR_FILENO)};
    if (progress.enabled)
        progress.last_ms = now_ms(); /* what is done at once shows nothing */
    return progress;
}

void dsi_progress_update(struct dsi_progress *progress, uint64_t done, uint64_t total,
                         const char *unit)
{
    if (!progress->enabled)
        return;
    int64_t now = now_ms();
    if (now - progress->last_ms < INTERVAL_MS)
        return;
    progress->last_ms = now;
    progress->is_shown = true;
    is_on_screen = 1;
    if (total)
        fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " %s (%.0f %%)\x1b[K", done, total,
                unit, 100.0 * (double)done / (double)total);
    else
        fprintf(stderr, "\r%" PRIu64 " %s\x1b[K", done, unit);
    fflush(stderr);
}

void dsi_progress_end(struct dsi_progress *progress)
{
    if (!progress->is_shown)
        return;
    fputs(wipe, stderr);
    fflush(stderr);
    progress->is_shown = false;
    is_on_screen = 0;
}

void dsi_progress_wipe(void)
{
    if (is_on_screen && write(STDERR_FILENO, wipe, sizeof wipe - 1) < 0)
        return; /* the terminal has gone, which may be why */
}
