/* Claims that do not hold, to show that the test would notice: this file must not be proved. */
#include "allocator/hardening/free_pointer.h"
#include "tests/proof/proof.h"

void any_slot_decodes(uintptr_t next, uint64_t secret, uintptr_t slot, uintptr_t other_slot);

void any_slot_decodes(uintptr_t next, uint64_t secret, uintptr_t slot, uintptr_t other_slot)
{
    prove(free_pointer_decode(free_pointer_encode(next, secret, slot), secret, other_slot) ==
          next);
}
