"""The catalogue of planted bugs: one row a patch.

Each row re-introduces one real bug, by the mechanism it had. `rule` says which promise it breaks,
`needs` which part of the language reaches it, and `ops` how many ops a minimal program has. Rows of
kind "canary" are trivial bugs that must be found at once, rows of kind "noop" change nothing and
must never be found: they test the hunt itself.
"""

load(":rows_base.bzl", "BASE_ROWS")
load(":rows_cacheapi.bzl", "CACHEAPI_ROWS")
load(":rows_control.bzl", "CONTROL_ROWS")
load(":rows_debugfeat.bzl", "DEBUGFEAT_ROWS")
load(":rows_guardpool.bzl", "GUARDPOOL_ROWS")
load(":rows_kmalloc.bzl", "KMALLOC_ROWS")
load(":rows_kvmalloc.bzl", "KVMALLOC_ROWS")
load(":rows_mixed.bzl", "MIXED_ROWS")
load(":rows_mobility.bzl", "MOBILITY_ROWS")
load(":rows_pagemap.bzl", "PAGEMAP_ROWS")
load(":rows_pagedebug.bzl", "PAGEDEBUG_ROWS")
load(":rows_pages.bzl", "PAGES_ROWS")
load(":rows_node.bzl", "NODE_ROWS")
load(":rows_race.bzl", "RACE_ROWS")
load(":rows_seeing.bzl", "SEEING_ROWS")
load(":rows_traced.bzl", "TRACED_ROWS")
load(":rows_tunables.bzl", "TUNABLES_ROWS")

# One file of rows an area; a new file adds its list here.
CATALOGUE = (
    BASE_ROWS +
    TUNABLES_ROWS +
    CACHEAPI_ROWS +
    DEBUGFEAT_ROWS +
    NODE_ROWS +
    RACE_ROWS +
    SEEING_ROWS +
    TRACED_ROWS +
    KMALLOC_ROWS +
    KVMALLOC_ROWS +
    MOBILITY_ROWS +
    MIXED_ROWS +
    PAGES_ROWS +
    PAGEMAP_ROWS +
    PAGEDEBUG_ROWS +
    GUARDPOOL_ROWS +
    CONTROL_ROWS
)

def _catalogue_json_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(out, "[\n%s\n]\n" % ",\n".join([json.encode(row) for row in CATALOGUE]))
    return [DefaultInfo(files = depset([out]))]

# The table for tools that are not written in Starlark.
catalogue_json = rule(implementation = _catalogue_json_impl)
