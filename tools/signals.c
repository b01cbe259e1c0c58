/* Signals: every one that ends the process ends it at once, by that signal, after the
 * temporaries are removed.
 *
 * Nothing is worth a slower end. Files are renamed into place, and the report is
 * printed, when the work is done; before that only temporaries exist. A flag to poll
 * would have to be seen by each long loop, each sort and each read that waits for a
 * pipe. The library has such a flag (stop, in the options of dsi_dataset_open and
 * dsi_scan) for programs that want to live on; the tools leave it NULL.
 *
 * The handler keeps to what is async-signal-safe: unlink, with the names in a lock-free
 * list of fixed size, write, signal, raise, pthread_self and pthread_kill. */
#include "common.h"

#include <pthread.h>

/* The thread that makes the temporaries: while a handler runs on it, it makes no more.
 * Set before the handlers are. */
static pthread_t maker;

static const int deadly[] = {
    SIGHUP,    SIGINT,  SIGQUIT,   SIGABRT, SIGALRM, SIGTERM,
    SIGUSR1,   SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU,
#ifdef SIGIO
    SIGIO,
#endif
#ifdef SIGPWR
    SIGPWR,
#endif
#ifdef SIGSTKFLT
    SIGSTKFLT,
#endif
};

/* A second signal may come in between, and does the same from the start. */
static void die_by(int number)
{
    /* Of an abort the C library makes an end as soon as this returns. */
    if (!pthread_equal(pthread_self(), maker) && number != SIGABRT) {
        pthread_kill(maker, number);
        return;
    }
    dsi_atomic_abandon_all();
    signal(number, SIG_DFL); /* before the terminal, which may have been stopped */
    dsi_progress_wipe();
    raise(number);
}

/* What is ignored stays so, as under nohup or in the background of a shell, and what a
 * preloaded library or a profiler handles stays theirs. */
static void watch(int number)
{
    /* SA_NODEFER: raise takes effect in the handler. */
    struct sigaction action = {.sa_handler = die_by,
                               .sa_flags = SA_NODEFER | SA_RESTART};
    struct sigaction old;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, &old) == 0 && !(old.sa_flags & SA_SIGINFO) &&
        old.sa_handler == SIG_DFL)
        sigaction(number, &action, NULL);
}

void dsi_tool_signals_install(void)
{
    maker = pthread_self();
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
        watch(deadly[i]);
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
        watch(number);
    /* Failed writes that are told like any other: EPIPE and EFBIG. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}
