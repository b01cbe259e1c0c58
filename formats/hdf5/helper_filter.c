#include "helper_filter.h"

#include "helper_error.h"
#include "helper_lzf.h"

#include <stdio.h>

/* Numbers that the HDF Group registered, with the names people know. */
static const struct {
    uint64_t id;
    const char *name;
} known[] = {
    {1, "deflate"},
    {2, "shuffle"},
    {3, "fletcher32"},
    {4, "szip"},
    {5, "nbit"},
    {6, "scaleoffset"},
    {305, "lzo"},
    {307, "bzip2"},
    {32000, "lzf"},
    {32001, "blosc"},
    {32002, "mafisc"},
    {32004, "lz4"},
    {32008, "bitshuffle"},
    {32009, "spdp"},
    {32010, "lpc-rice"},
    {32013, "zfp"},
    {32015, "zstd"},
    {32016, "b3d"},
    {32017, "sz"},
    {32018, "fcidecomp"},
    {32019, "jpeg"},
    {32022, "bitgroom"},
    {32023, "granular bitround"},
    {32024, "sz3"},
    {32026, "blosc2"},
    {32027, "flac"},
    {32028, "h5z-sperr"},
};

static const char *name_of(const struct dsi_hdf5_filter *filter)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].id == filter->id)
            return known[i].name;
    return *filter->name ? filter->name : "of no known name";
}

static enum dsi_status read_one(hid_t creation, unsigned i,
                                struct dsi_hdf5_filter *filter, struct dsi_error *err)
{
    unsigned flags, values[DSI_HDF5_MAX_FILTER_VALUES] = {0};
    size_t n = DSI_HDF5_MAX_FILTER_VALUES;
    int id = H5Pget_filter2(creation, i, &flags, &n, values, sizeof filter->name,
                            filter->name, NULL);
    if (id < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its filters");
    filter->id = (uint64_t)id;
    filter->name[sizeof filter->name - 1] = '\0';
    const char *name = name_of(filter);
    if (name != filter->name)
        snprintf(filter->name, sizeof filter->name, "%s", name);
    filter->n_values = n < DSI_HDF5_MAX_FILTER_VALUES ? n : DSI_HDF5_MAX_FILTER_VALUES;
    for (uint64_t v = 0; v < filter->n_values; v++)
        filter->values[v] = values[v];
    return DSI_OK;
}

enum dsi_status dsi_filters_read(hid_t creation, struct dsi_hdf5_dataset *dataset,
                                 struct dsi_error *err)
{
    int n = H5Pget_nfilters(creation);
    if (n < 0 || n > DSI_HDF5_MAX_FILTERS)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read its filters");
    if (n == 0)
        return DSI_OK;
    dataset->filters = dsi_alloc_zeroed((uint64_t)n, sizeof *dataset->filters);
    if (!dataset->filters)
        return dsi_fail_memory(err, (uint64_t)n * sizeof *dataset->filters);
    dataset->n_filters = (size_t)n;
    for (int i = 0; i < n; i++)
        DSI_TRY(read_one(creation, (unsigned)i, &dataset->filters[i], err));
    return DSI_OK;
}

static bool program_has(uint64_t id)
{
    return id == H5Z_FILTER_DEFLATE || id == H5Z_FILTER_SHUFFLE ||
           id == H5Z_FILTER_FLETCHER32 || id == DSI_FILTER_LZF;
}

enum dsi_status dsi_filters_check(const struct dsi_hdf5_dataset *dataset,
                                  bool only_libhdf5, struct dsi_error *err)
{
    bool program_has_all = !only_libhdf5;
    for (size_t i = 0; i < dataset->n_filters; i++)
        program_has_all = program_has_all && program_has(dataset->filters[i].id);
    for (size_t i = 0; i < dataset->n_filters && !program_has_all; i++) {
        const struct dsi_hdf5_filter *filter = &dataset->filters[i];
        if (H5Zfilter_avail((H5Z_filter_t)filter->id) <= 0)
            return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                            "filter %llu (%s) is not available",
                            (unsigned long long)filter->id, filter->name);
    }
    return DSI_OK;
}
