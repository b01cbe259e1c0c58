/* The program: the list of tools, and the way to one of them. */
#include "tools.h"

#include "version.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Dispatch, help and completion follow this list. */
/* clang-format off */
const struct dsi_tool *const dsi_tools[] = {
    &dsi_tool_info,
    &dsi_tool_balance,
    &dsi_tool_labels,
    &dsi_tool_missing,
    &dsi_tool_outliers,
    &dsi_tool_range,
    &dsi_tool_dups,
    &dsi_tool_images,
    &dsi_tool_diff,
    &dsi_tool_check,
    &dsi_tool_report_page,
    &dsi_tool_merge,
    &dsi_tool_completion,
    &dsi_tool_help,
    NULL,
};
/* clang-format on */

/* A standard stream that is closed would give its number to the next file opened, and
 * messages would go into it. Opened the wrong way round, its use still fails. */
static void fill_standard_streams(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Left to itself, glibc learns from the first large block that is freed, a worker's
 * list, to keep blocks of up to 32 MiB in its heap, where those that grow leave holes:
 * a sixth of the memory of a tree of a million files. Blocks above 1 MiB stay mappings
 * of their own, which grow without a copy and go back whole. */
static void keep_large_blocks_apart(void)
{
#ifdef __GLIBC__
    enum { LARGE = 1 << 20 };
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, 8 * LARGE);
#endif
}

/* Array files stay open for as long as they are scanned, and 1,024 descriptors are soon
 * used up; the kernel grants more to whoever asks. */
static void raise_open_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files); /* else it stays as it is */
    }
}

static int print_program_help(bool is_asked_for)
{
    struct dsi_bytes page = {0};
    bool is_fine = dsi_help_program(!is_asked_for, &page);
    if (is_fine && is_asked_for)
        is_fine = dsi_stdout_write(NULL, &page);
    else if (is_fine)
        fwrite(page.data, 1, page.n, stderr);
    dsi_bytes_free(&page);
    return is_fine && is_asked_for ? DSI_EXIT_FINE : DSI_EXIT_TROUBLE;
}

static int unknown_option(const char *word)
{
    static const char *const known[] = {"--help", "--version", NULL};
    const char *nearest = dsi_nearest_word(word, known);
    struct dsi_error err;
    if (nearest)
        dsi_fail(&err, DSI_ERR_USAGE, "unknown option '%s' (did you mean %s?)", word,
                 nearest);
    else
        dsi_fail(&err, DSI_ERR_USAGE,
                 "unknown option '%s' (the tool comes first: dsinspect TOOL [OPTIONS])",
                 word);
    dsi_tool_error(NULL, NULL, &err);
    return DSI_EXIT_TROUBLE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2)
        return print_program_help(false);
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return print_program_help(true);
    if (strcmp(word, "--version") == 0)
        return dsi_version_print();
    if (word[0] == '-')
        return unknown_option(word);
    const struct dsi_tool *tool = dsi_tool_find(word);
    if (tool)
        return dsi_tool_main(tool, argc - 1, argv + 1);
    dsi_tool_unknown(word);
    return DSI_EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
    keep_large_blocks_apart();
    fill_standard_streams();
    raise_open_files();
    dsi_tool_signals_install();
    int code = dispatch(argc, argv);
    /* A full disk may show only now; so does a failing file behind printf. */
    if (fclose(stdout) != 0 && errno != EPIPE && errno != EBADF) {
        dsi_tool_say(NULL, "standard output", strerror(errno));
        code = DSI_EXIT_TROUBLE;
    }
    return code;
}
