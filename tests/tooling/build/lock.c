#include "tests/tooling/build/lock.h"

uint32_t lock_turn(uint32_t turned, uint8_t byte)
{
    static const uint8_t key[KEY_LENGTH + 1] = {'s', 'l', 'u', 'b', 0};
    return turned + (key[turned] == byte);
}
