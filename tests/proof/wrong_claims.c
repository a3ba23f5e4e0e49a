/* Claims that do not hold, to show that the test would notice: this file must not be proved. */
#include "allocator/hardening/free_pointer.h"
#include "tests/proof/proof.h"

void any_place_decodes(uint64_t next, uint64_t secret, uint64_t place, uint64_t other_place);

void any_place_decodes(uint64_t next, uint64_t secret, uint64_t place, uint64_t other_place)
{
    prove(free_pointer_decode(free_pointer_encode(next, secret, place), secret, other_place) ==
          next);
}
