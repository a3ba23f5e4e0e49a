/* Operands of the ops that name a NUMA node. Private to the generator. */
#ifndef FUZZ_GENERATE_NODE_H
#define FUZZ_GENERATE_NODE_H

#include "fuzz/generate_rows.h"

fill_function fill_alloc_node, fill_kmalloc_node, fill_pages_node, fill_node;

#endif
