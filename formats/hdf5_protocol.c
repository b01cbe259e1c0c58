#include "hdf5_protocol.h"
