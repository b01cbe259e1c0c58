#include "workers.h"

#include "bytes.h"
#include "scan.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_WORKERS = 1024 };

struct worker {
    pthread_t thread;
    unsigned number;
    void (*work)(void *context, unsigned number);
    void *context;
};

unsigned dsi_n_workers(uint64_t wanted, uint64_t n_pieces)
{
    uint64_t n = wanted ? wanted : dsi_n_processors();
    n = n < MAX_WORKERS ? n : MAX_WORKERS;
    n = n < n_pieces ? n : n_pieces;
    return n ? (unsigned)n : 1;
}

static void *work_apart(void *worker)
{
    const struct worker *w = worker;
    w->work(w->context, w->number);
    return NULL;
}

/* Room for what readers and checks keep on the stack, many times over; whatever
 * `ulimit -s` gives threads by itself would count against `ulimit -v` 8 MiB each. */
static void set_stack(pthread_attr_t *attributes)
{
    const long least = sysconf(_SC_THREAD_STACK_MIN);
    size_t n_bytes = (size_t)1 << 20;
    if (least > 0 && (size_t)least > n_bytes)
        n_bytes = (size_t)least;
    pthread_attr_setstacksize(attributes, n_bytes); /* else the default's */
}

/* Threads and no OpenMP region, for its runtime ends the process where a thread cannot
 * be had; here the work is done by those that can. */
void dsi_workers_run(unsigned n, void (*work)(void *context, unsigned number),
                     void *context)
{
    pthread_attr_t attributes;
    unsigned n_started = 1;
    struct worker *workers = n > 1 ? dsi_alloc_zeroed(n, sizeof *workers) : NULL;
    if (workers && pthread_attr_init(&attributes) == 0) {
        set_stack(&attributes);
        for (; n_started < n; n_started++) {
            struct worker *w = &workers[n_started];
            *w = (struct worker){.number = n_started, .work = work, .context = context};
            if (pthread_create(&w->thread, &attributes, work_apart, w) != 0)
                break;
        }
        pthread_attr_destroy(&attributes);
    }
    work(context, 0);
    for (unsigned i = 1; i < n_started; i++)
        pthread_join(workers[i].thread, NULL);
    free(workers);
}
