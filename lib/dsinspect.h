/* The library in one include: open a dataset, scan it with checks, print a report.
 *
 *     struct dsi_dataset ──▶ dsi_scan with checks ──▶ struct dsi_report ──▶ a writer
 *
 * Each header below says what it offers, who owns what, and which calls may run in
 * several threads. Link with `pkg-config --libs dsinspect`. */
#ifndef DSI_DSINSPECT_H
#define DSI_DSINSPECT_H

#ifdef __cplusplus
extern "C" {
#endif

#include <dsinspect/address.h>
#include <dsinspect/balance.h>
#include <dsinspect/block.h>
#include <dsinspect/bytes.h>
#include <dsinspect/check.h>
#include <dsinspect/class_table.h>
#include <dsinspect/class_weights.h>
#include <dsinspect/dataset.h>
#include <dsinspect/dtype.h>
#include <dsinspect/dups.h>
#include <dsinspect/images.h>
#include <dsinspect/imbalance.h>
#include <dsinspect/labels.h>
#include <dsinspect/missing.h>
#include <dsinspect/number.h>
#include <dsinspect/outliers.h>
#include <dsinspect/range.h>
#include <dsinspect/reader.h>
#include <dsinspect/report.h>
#include <dsinspect/scan.h>
#include <dsinspect/source.h>
#include <dsinspect/status.h>

#ifdef __cplusplus
}
#endif

#endif
