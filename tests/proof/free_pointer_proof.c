#include "allocator/hardening/free_pointer.h"
#include "tests/proof/proof.h"

void decoding_undoes_encoding(uint64_t next, uint64_t secret, uint64_t place);
void encoding_undoes_decoding(uint64_t word, uint64_t secret, uint64_t place);
void key_is_all_that_encoding_adds(uint64_t next, uint64_t secret, uint64_t place);

void decoding_undoes_encoding(uint64_t next, uint64_t secret, uint64_t place)
{
    prove(free_pointer_decode(free_pointer_encode(next, secret, place), secret, place) == next);
}

/* Hence two links never share a word: encoding is a bijection. */
void encoding_undoes_decoding(uint64_t word, uint64_t secret, uint64_t place)
{
    struct free_pointer link = {word};

    prove(free_pointer_encode(free_pointer_decode(link, secret, place), secret, place).encoded ==
          word);
}

/* What the freelist does with the words themselves is the same encoding. */
void key_is_all_that_encoding_adds(uint64_t next, uint64_t secret, uint64_t place)
{
    prove((next ^ free_pointer_key(secret, place)) ==
          free_pointer_encode(next, secret, place).encoded);
}
