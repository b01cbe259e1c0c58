#include "faults.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The names are the linker's. */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
struct dirent *__real_readdir(DIR *dir);
ssize_t __real_pread(int fd, void *buffer, size_t n, off_t offset);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t n);
struct dirent *__wrap_readdir(DIR *dir);
ssize_t __wrap_pread(int fd, void *buffer, size_t n, off_t offset);

static struct {
    _Atomic uint64_t n_allocations, failing_allocation; /* 0: none */
    _Atomic uint64_t n_reads, failing_read;
    enum fault_of_read how;
    bool shuffle, hide_types;
    uint64_t random;
} faults;

/* The folder that is being listed in another order. */
static struct {
    DIR *dir;
    struct dirent *entries;
    size_t n, at, capacity;
} listing;

void faults_reset(void)
{
    faults.n_allocations = faults.failing_allocation = 0;
    faults.n_reads = faults.failing_read = 0;
    faults.shuffle = faults.hide_types = false;
    free(listing.entries);
    memset(&listing, 0, sizeof listing);
}

/* --- allocations
 * ----------------------------------------------------------------------- */

void faults_fail_allocation(uint64_t nth)
{
    faults.n_allocations = 0;
    faults.failing_allocation = nth;
}

uint64_t faults_n_allocations(void)
{
    return faults.n_allocations;
}

static bool allocation_fails(void)
{
    uint64_t number = atomic_fetch_add(&faults.n_allocations, 1) + 1;
    return number == faults.failing_allocation;
}

void *__wrap_malloc(size_t n)
{
    return allocation_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
    return allocation_fails() ? NULL : __real_realloc(old, n);
}

/* --- reads
 * ----------------------------------------------------------------------------- */

void faults_fail_read(enum fault_of_read how, uint64_t nth)
{
    faults.n_reads = 0;
    faults.how = how;
    faults.failing_read = nth;
}

uint64_t faults_n_reads(void)
{
    return faults.n_reads;
}

ssize_t __wrap_pread(int fd, void *buffer, size_t n, off_t offset)
{
    uint64_t number = atomic_fetch_add(&faults.n_reads, 1) + 1;
    uint64_t failing = faults.failing_read;
    bool later = faults.how == READ_END && number > failing;
    if (failing && (number == failing || later)) {
        switch (faults.how) {
        case READ_EIO:
            errno = EIO;
            return -1;
        case READ_EINTR:
            errno = EINTR;
            return -1;
        case READ_SHORT:
            n = n < 1 ? n : 1;
            break;
        case READ_END:
            return 0;
        }
    }
    return __real_pread(fd, buffer, n, offset);
}

/* --- folders
 * --------------------------------------------------------------------------- */

void faults_shuffle_folders(uint64_t seed)
{
    faults.shuffle = true;
    faults.random = seed * 2 + 1;
}

void faults_hide_file_types(void)
{
    faults.hide_types = true;
}

static uint64_t draw(void)
{
    faults.random ^= faults.random << 13;
    faults.random ^= faults.random >> 7;
    faults.random ^= faults.random << 17;
    return faults.random >> 11;
}

static void list_shuffled(DIR *dir)
{
    listing.dir = dir;
    listing.n = listing.at = 0;
    const struct dirent *entry;
    while ((entry = __real_readdir(dir)) != NULL) {
        if (listing.n == listing.capacity) {
            listing.capacity = listing.capacity ? 2 * listing.capacity : 64;
            listing.entries = __real_realloc(
                listing.entries, listing.capacity * sizeof *listing.entries);
            if (!listing.entries)
                abort();
        }
        size_t place = draw() % (listing.n + 1);
        listing.entries[listing.n] = listing.entries[place];
        memset(&listing.entries[place], 0, sizeof *listing.entries);
        memcpy(&listing.entries[place], entry,
               entry->d_reclen < sizeof *entry ? entry->d_reclen : sizeof *entry);
        listing.n++;
    }
}

struct dirent *__wrap_readdir(DIR *dir)
{
    struct dirent *entry;
    if (faults.shuffle) {
        if (listing.dir != dir)
            list_shuffled(dir);
        entry = listing.at < listing.n ? &listing.entries[listing.at++] : NULL;
        if (!entry)
            listing.dir = NULL;
    } else {
        entry = __real_readdir(dir);
    }
    if (entry && faults.hide_types)
        entry->d_type = DT_UNKNOWN;
    return entry;
}
