#include "helper_leaf.h"

#include "helper_enum.h"
#include "npy_dtype.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static DSI_CHECKED enum dsi_status text(char **out, struct dsi_error *err,
                                        const char *format, ...) DSI_PRINTF(3, 4);

static enum dsi_status text(char **out, struct dsi_error *err, const char *format, ...)
{
    char line[300];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    *out = dsi_text_copy(line, strlen(line));
    return *out ? DSI_OK : dsi_fail_memory(err, strlen(line));
}

/* Described as bytes; what says what of. */
static enum dsi_status unsupported(struct dsi_hdf5_field *field, const char *what,
                                   struct dsi_error *err)
{
    field->status = DSI_ERR_UNSUPPORTED;
    return text(&field->reason, err, "holds %s, which have no place in an array", what);
}

/* --- integers */

/* Values of 1, 2, 4 or 8 bytes that use all their bits are as they are stored; others
 * are read as the next larger kind. */
static enum dsi_status describe_integer(hid_t type, struct dsi_hdf5_field *field,
                                        struct dsi_error *err)
{
    size_t size = H5Tget_size(type);
    size_t rounded = 1;
    bool is_signed =
        H5Tget_class(type) == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_2;
    while (rounded < size && rounded < 16)
        rounded *= 2;
    if (rounded > 8)
        return unsupported(field, "integers of more than 8 bytes", err);
    field->field.dtype = (struct dsi_dtype){.kind = is_signed ? DSI_INT : DSI_UINT,
                                            .size = (uint32_t)rounded};
    field->by_rows = rounded != size || H5Tget_precision(type) != 8 * size ||
                     H5Tget_offset(type) != 0;
    field->field.dtype.big_endian = field->by_rows || size == 1
                                        ? dsi_machine_is_big_endian()
                                        : H5Tget_order(type) == H5T_ORDER_BE;
    if (!field->by_rows)
        return DSI_OK;
    return text(&field->note, err, "stored as %zu bits in %zu bytes",
                H5Tget_precision(type), size);
}

/* --- floats */

struct layout {
    size_t size, sign, exponent, exponent_bits, mantissa, mantissa_bits, bias;
    enum dsi_kind kind;
};

/* IEEE 754's, and the upper half of its single precision. */
static const struct layout layouts[] = {
    {2, 15, 10, 5, 0, 10, 15, DSI_FLOAT},
    {4, 31, 23, 8, 0, 23, 127, DSI_FLOAT},
    {8, 63, 52, 11, 0, 52, 1023, DSI_FLOAT},
    {2, 15, 7, 8, 0, 7, 127, DSI_BFLOAT},
};

static bool has_layout(hid_t type, const struct layout *layout)
{
    size_t sign, exponent, n_exponent, mantissa, n_mantissa;
    H5T_order_t order = H5Tget_order(type);
    return H5Tget_size(type) == layout->size && H5Tget_offset(type) == 0 &&
           H5Tget_precision(type) == 8 * layout->size &&
           (order == H5T_ORDER_LE || order == H5T_ORDER_BE) &&
           H5Tget_norm(type) == H5T_NORM_IMPLIED &&
           H5Tget_ebias(type) == layout->bias &&
           H5Tget_fields(type, &sign, &exponent, &n_exponent, &mantissa, &n_mantissa) >=
               0 &&
           sign == layout->sign && exponent == layout->exponent &&
           n_exponent == layout->exponent_bits && mantissa == layout->mantissa &&
           n_mantissa == layout->mantissa_bits;
}

static const struct layout *layout_of(hid_t type)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (has_layout(type, &layouts[i]))
            return &layouts[i];
    return NULL;
}

static enum dsi_status describe_float(hid_t type, struct dsi_hdf5_field *field,
                                      struct dsi_error *err)
{
    const struct layout *layout = layout_of(type);
    if (layout) {
        field->field.dtype =
            (struct dsi_dtype){.kind = layout->kind,
                               .size = (uint32_t)layout->size,
                               .big_endian = H5Tget_order(type) == H5T_ORDER_BE};
        return DSI_OK;
    }
    field->by_rows = true;
    field->field.dtype = (struct dsi_dtype){
        .kind = DSI_FLOAT, .size = 8, .big_endian = dsi_machine_is_big_endian()};
    return text(&field->note, err, "stored as floats of %zu bits in %zu bytes",
                H5Tget_precision(type), H5Tget_size(type));
}

/* --- complex numbers */

static bool member_is(hid_t type, unsigned i, const char *a, const char *b)
{
    char *name = H5Tget_member_name(type, i);
    bool is = name && (strcmp(name, a) == 0 || strcmp(name, b) == 0);
    H5free_memory(name);
    return is;
}

bool dsi_leaf_is_complex(hid_t type)
{
    if (H5Tget_class(type) != H5T_COMPOUND || H5Tget_nmembers(type) != 2 ||
        !member_is(type, 0, "r", "real") || !member_is(type, 1, "i", "imag"))
        return false;
    hid_t real = H5Tget_member_type(type, 0), imaginary = H5Tget_member_type(type, 1);
    const struct layout *layout = real > 0 ? layout_of(real) : NULL;
    bool is = layout && layout->kind == DSI_FLOAT && imaginary > 0 &&
              H5Tequal(real, imaginary) > 0;
    H5Tclose(real);
    H5Tclose(imaginary);
    return is;
}

static enum dsi_status describe_complex(hid_t type, struct dsi_hdf5_field *field)
{
    hid_t real = H5Tget_member_type(type, 0);
    size_t size = H5Tget_size(real);
    bool is_plain = size > 2 && H5Tget_member_offset(type, 0) == 0 &&
                    H5Tget_member_offset(type, 1) == size &&
                    H5Tget_size(type) == 2 * size;
    field->by_rows = !is_plain;
    field->field.dtype = (struct dsi_dtype){
        .kind = DSI_COMPLEX,
        .size = size > 4 ? 16 : 8,
        .big_endian =
            is_plain ? H5Tget_order(real) == H5T_ORDER_BE : dsi_machine_is_big_endian(),
    };
    H5Tclose(real);
    return DSI_OK;
}

/* Its members keep the names they have in the file, by which libhdf5 pairs them. */
static hid_t native_complex(hid_t type, struct dsi_dtype dtype)
{
    const size_t half = dtype.size / 2;
    hid_t part = half == 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
    hid_t pair = H5Tcreate(H5T_COMPOUND, dtype.size);
    for (unsigned i = 0; i < 2; i++) {
        char *name = H5Tget_member_name(type, i);
        bool ok = name && pair >= 0 && H5Tinsert(pair, name, i * half, part) >= 0;
        H5free_memory(name);
        if (!ok) {
            H5Tclose(pair);
            return H5I_INVALID_HID;
        }
    }
    return pair;
}

/* --- the others */

static enum dsi_status describe_string(hid_t type, struct dsi_hdf5_field *field)
{
    static const struct {
        H5T_str_t stored;
        enum dsi_hdf5_padding padding;
    } paddings[] = {
        {H5T_STR_NULLTERM, DSI_HDF5_NUL_TERMINATED},
        {H5T_STR_NULLPAD, DSI_HDF5_NUL_PADDED},
        {H5T_STR_SPACEPAD, DSI_HDF5_SPACE_PADDED},
    };
    field->field.dtype.big_endian = dsi_machine_is_big_endian();
    if (H5Tis_variable_str(type) > 0) {
        field->field.dtype.kind = DSI_STRING;
        field->field.dtype.size = sizeof(struct dsi_string);
        field->by_rows = true;
        return DSI_OK;
    }
    field->field.dtype.kind = DSI_BYTES;
    for (size_t i = 0; i < sizeof paddings / sizeof *paddings; i++)
        if (paddings[i].stored == H5Tget_strpad(type))
            field->padding = paddings[i].padding;
    return DSI_OK;
}

/* Opaque bytes whose tag says what they are: as h5py tags NumPy's types that HDF5 has
 * no class for, and as bfloat16 is kept. */
static enum dsi_status describe_opaque(hid_t type, struct dsi_hdf5_field *field)
{
    static const char numpy[] = "NUMPY:";
    struct dsi_dtype dtype = {0};
    char *tag = H5Tget_tag(type);
    if (!tag)
        return DSI_OK;
    if (strncmp(tag, numpy, strlen(numpy)) == 0) {
        const char *name = tag + strlen(numpy);
        if (dsi_npy_dtype(&dtype, name, strlen(name), NULL) == DSI_OK &&
            dtype.size == field->field.dtype.size)
            field->field.dtype = dtype;
    } else if (field->field.dtype.size == 2 && strstr(tag, "bfloat16"))
        field->field.dtype.kind = DSI_BFLOAT;
    H5free_memory(tag);
    return DSI_OK;
}

static enum dsi_status describe_enum(hid_t type, struct dsi_hdf5_field *field,
                                     struct dsi_error *err)
{
    hid_t base = H5Tget_super(type);
    enum dsi_status status = DSI_OK;
    if (base < 0 || H5Tget_class(base) != H5T_INTEGER)
        status = unsupported(field, "enumerations of no integers", err);
    else
        status = describe_integer(base, field, err);
    if (status == DSI_OK && field->status == DSI_OK)
        status = dsi_enum_names(type, base, field, err);
    H5Tclose(base);
    return status;
}

enum dsi_status dsi_leaf_describe(hid_t type, struct dsi_hdf5_field *field,
                                  struct dsi_error *err)
{
    field->field.dtype = (struct dsi_dtype){.kind = DSI_VOID,
                                            .size = (uint32_t)H5Tget_size(type),
                                            .big_endian = dsi_machine_is_big_endian()};
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_BITFIELD:
        return describe_integer(type, field, err);
    case H5T_FLOAT:
        return describe_float(type, field, err);
    case H5T_COMPOUND:
        return describe_complex(type, field);
    case H5T_STRING:
        return describe_string(type, field);
    case H5T_OPAQUE:
        return describe_opaque(type, field);
    case H5T_ENUM:
        return describe_enum(type, field, err);
    case H5T_REFERENCE:
        return unsupported(field, "references to objects or regions", err);
    case H5T_VLEN:
        return unsupported(field, "sequences of varying length", err);
    case H5T_TIME:
        return unsupported(field, "HDF5's own times", err);
    default:
        return unsupported(field, "values of an unknown class", err);
    }
}

hid_t dsi_leaf_native(struct dsi_dtype dtype)
{
    const hid_t types[] = {
        H5T_NATIVE_INT8,  H5T_NATIVE_INT16,  H5T_NATIVE_INT32,  H5T_NATIVE_INT64,
        H5T_NATIVE_UINT8, H5T_NATIVE_UINT16, H5T_NATIVE_UINT32, H5T_NATIVE_UINT64,
    };
    if (dtype.kind == DSI_FLOAT && dtype.size >= 4)
        return H5Tcopy(dtype.size == 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE);
    if (dtype.kind != DSI_INT && dtype.kind != DSI_UINT && dtype.kind != DSI_BOOL)
        return H5I_INVALID_HID;
    return H5Tcopy(types[__builtin_ctz(dtype.size) + (dtype.kind == DSI_UINT ? 4 : 0)]);
}

/* A bit field converts to another bit field alone. */
static hid_t native_bits(uint32_t size)
{
    const hid_t types[] = {H5T_NATIVE_B8, H5T_NATIVE_B16, H5T_NATIVE_B32,
                           H5T_NATIVE_B64};
    return H5Tcopy(types[__builtin_ctz(size)]);
}

hid_t dsi_leaf_in_memory(hid_t type, const struct dsi_hdf5_field *field)
{
    const struct dsi_dtype dtype = field->field.dtype;
    if (!field->by_rows || dtype.kind == DSI_STRING)
        return H5Tcopy(type);
    if (dtype.kind == DSI_COMPLEX)
        return native_complex(type, dtype);
    if (H5Tget_class(type) == H5T_BITFIELD)
        return native_bits(dtype.size);
    return dsi_leaf_native(dtype);
}
