#include "allocator/hardening/free_pointer.h"
#include "tests/proof/proof.h"

void decoding_undoes_encoding(uintptr_t next, uint64_t secret, uintptr_t slot);
void encoding_undoes_decoding(uint64_t word, uint64_t secret, uintptr_t slot);
void key_is_all_that_encoding_adds(uintptr_t next, uint64_t secret, uintptr_t slot);

void decoding_undoes_encoding(uintptr_t next, uint64_t secret, uintptr_t slot)
{
    prove(free_pointer_decode(free_pointer_encode(next, secret, slot), secret, slot) == next);
}

/* Hence two links never share a word: encoding is a bijection. */
void encoding_undoes_decoding(uint64_t word, uint64_t secret, uintptr_t slot)
{
    struct free_pointer link = {word};

    prove(free_pointer_encode(free_pointer_decode(link, secret, slot), secret, slot).encoded ==
          word);
}

/* What the freelist does with the words themselves is the same encoding. */
void key_is_all_that_encoding_adds(uintptr_t next, uint64_t secret, uintptr_t slot)
{
    prove((next ^ free_pointer_key(secret, slot)) ==
          free_pointer_encode(next, secret, slot).encoded);
}
