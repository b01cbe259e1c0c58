/* The gate before large blocks: as many pass as there is room for, in their order, and
 * one that is larger than all the room passes alone. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
/* After the headers above, as cmocka asks. */
#include <cmocka.h>

#include "memory_gate.h"

static const uint64_t MIB = UINT64_C(1) << 20;

static void test_shares(void **state)
{
    (void)state;
    static const struct {
        uint64_t max_mib;
        unsigned n_workers;
        uint64_t own_mib, common_mib;
    } cases[] = {
        {256, 1, 256, 256}, {256, 2, 128, 256},   {256, 8, 48, 256},
        {256, 16, 48, 512}, {1024, 64, 48, 2048}, {4096, 64, 64, 4096},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dsi_memory_gate gate;
        dsi_memory_gate_init(&gate, cases[i].max_mib * MIB, cases[i].n_workers);
        assert_int_equal(gate.loaders.n_bytes, cases[i].own_mib * MIB);
        assert_int_equal(gate.limit, cases[i].common_mib * MIB);
        dsi_memory_gate_destroy(&gate);
    }
}

static void test_loader_passes_with_large_blocks_only(void **state)
{
    (void)state;
    struct dsi_memory_gate gate;
    dsi_memory_gate_init(&gate, 256 * MIB, 4);
    struct dsi_loader loader = {.gate = &gate.loaders};
    dsi_loader_expect(&loader, 64 * MIB);
    assert_int_equal(gate.held, 0);
    dsi_loader_expect(&loader, 64 * MIB + 1);
    assert_int_equal(gate.held, 64 * MIB + 1);
    dsi_loader_expect(&loader, 200 * MIB); /* never waits for itself */
    dsi_loader_end_block(&loader);
    assert_int_equal(gate.held, 0);
    dsi_loader_end_block(&loader);
    dsi_loader_expect(&loader, 70 * MIB);
    dsi_loader_free(&loader);
    assert_int_equal(gate.held, 0);
    dsi_memory_gate_destroy(&gate);
}

/* --- many at once
 * ------------------------------------------------------------------------ */

enum { N_WORKERS = 8, N_TURNS = 40 };

struct crowd {
    struct dsi_memory_gate gate;
    _Atomic uint64_t held, most_held, n_inside, most_inside;
    _Atomic unsigned giant_met_others;
};

struct member {
    struct crowd *crowd;
    unsigned number;
};

static void raise_to(_Atomic uint64_t *most, uint64_t value)
{
    uint64_t seen = atomic_load(most);
    while (seen < value && !atomic_compare_exchange_weak(most, &seen, value))
        continue;
}

static void hold(struct crowd *crowd, uint64_t n_bytes)
{
    const struct timespec moment = {.tv_nsec = 200000};
    const struct dsi_loader_gate *gate = &crowd->gate.loaders;
    gate->enter(gate->context, n_bytes);
    uint64_t held = atomic_fetch_add(&crowd->held, n_bytes) + n_bytes;
    raise_to(&crowd->most_inside, atomic_fetch_add(&crowd->n_inside, 1) + 1);
    if (n_bytes > crowd->gate.limit)
        atomic_fetch_add(&crowd->giant_met_others, held != n_bytes);
    else
        raise_to(&crowd->most_held, held);
    nanosleep(&moment, NULL);
    if (n_bytes > crowd->gate.limit)
        atomic_fetch_add(&crowd->giant_met_others,
                         atomic_load(&crowd->held) != n_bytes);
    atomic_fetch_sub(&crowd->n_inside, 1);
    atomic_fetch_sub(&crowd->held, n_bytes);
    gate->leave(gate->context, n_bytes);
}

static void *work(void *context)
{
    const struct member *member = context;
    for (unsigned i = 0; i < N_TURNS; i++) {
        unsigned mib = 50 + (member->number * 37 + i * 53) % 100;
        hold(member->crowd, mib == 99 ? 300 * MIB : mib * MIB);
    }
    return NULL;
}

static void test_what_is_held_is_bounded(void **state)
{
    (void)state;
    struct crowd crowd = {.held = 0};
    struct member members[N_WORKERS];
    pthread_t threads[N_WORKERS];
    dsi_memory_gate_init(&crowd.gate, 256 * MIB, N_WORKERS);
    for (unsigned i = 0; i < N_WORKERS; i++) {
        members[i] = (struct member){&crowd, i};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &members[i]), 0);
    }
    for (unsigned i = 0; i < N_WORKERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crowd.gate.held, 0);
    assert_int_equal(crowd.gate.serving, N_WORKERS * N_TURNS);
    assert_true(crowd.most_held <= 256 * MIB);
    assert_true(crowd.most_inside >= 2); /* and they were there together */
    assert_int_equal(crowd.giant_met_others, 0);
    dsi_memory_gate_destroy(&crowd.gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_loader_passes_with_large_blocks_only),
        cmocka_unit_test(test_what_is_held_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
