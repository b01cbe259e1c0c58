#include "guarded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct guarded guarded_make(size_t n)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t n_pages = (n + page - 1) / page;
    struct guarded made = {.n_all = (n_pages + 2) * page, .n = n};
    made.all = mmap(NULL, made.n_all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(made.all, MAP_FAILED);
    unsigned char *inside = (unsigned char *)made.all + page;
    assert_int_equal(mprotect(inside, n_pages * page, PROT_READ | PROT_WRITE), 0);
    made.first = inside + n_pages * page - n;
    return made;
}

void guarded_free(struct guarded *guarded)
{
    munmap(guarded->all, guarded->n_all);
}
