/* Signals: ask the scan to stop, die by the signal, leave nothing half-written. */
#include "common.h"

/* The one thing a handler can talk through. Holds the signal's number. */
static volatile sig_atomic_t stopped_by;

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};

static void die_by(int number)
{
    dsi_atomic_abandon_all();
    signal(number, SIG_DFL);
    raise(number);
}

static void handle(int number)
{
    if (stopped_by)
        die_by(number); /* takes effect when the handler returns and unblocks it */
    stopped_by = number;
}

static void set_handlers(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}, old;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
        if (sigaction(watched[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN)
            continue; /* nohup, or a background job of a shell */
        sigaction(watched[i], &action, NULL);
    }
}

void dsi_tool_signals_install(void)
{
    set_handlers(handle);
    signal(SIGPIPE, SIG_IGN);
}

void dsi_tool_signals_end(void)
{
    set_handlers(die_by);
    dsi_tool_die_if_interrupted();
}

const volatile sig_atomic_t *dsi_tool_stop_flag(void)
{
    return &stopped_by;
}

bool dsi_tool_interrupted(void)
{
    return stopped_by != 0;
}

void dsi_tool_die_if_interrupted(void)
{
    if (stopped_by)
        die_by(stopped_by);
}
