"""What a row of the catalogue is, and the libraries whose files patches change."""

API = "//allocator/api:api"
CACHE = "//allocator/cache:cache"
DEBUG = "//allocator/debug:debug"
PAGE = "//allocator/page:page"
SLUB = "//allocator/slub:slub"

def _row(id, kind, area, library, src, target, ops, reference, mechanism, rule, needs):
    return struct(
        area = area,
        id = id,
        kind = kind,
        library = library,
        mechanism = mechanism,
        needs = needs,
        ops = ops,
        patch = "patches/%s.patch" % id,
        reference = reference,
        rule = rule,
        src = src,
        target = target,
    )

def bug(id, area, library, src, target, ops, reference, mechanism, rule, needs):
    """Returns a row of a bug that has to be found.

    Args:
      id: name of the patch, and of the mutant.
      area: the part of the allocator it is in.
      library: the library whose file the patch changes.
      src: that file.
      target: the fuzz target that hunts it.
      ops: how many ops a minimal program has.
      reference: what it was in Linux.
      mechanism: what is wrong.
      rule: the promise it breaks.
      needs: which part of the language reaches it.
    """
    return _row(id, "bug", area, library, src, target, ops, reference, mechanism, rule, needs)

def control(id, kind, library, src, target, mechanism):
    """Returns a row that tests the hunt: a "canary" must be found at once, a "noop" never."""
    return _row(id, kind, "control", library, src, target, 1, "", mechanism, "", "base")
