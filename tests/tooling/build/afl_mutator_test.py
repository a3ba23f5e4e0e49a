"""The shared library that afl-fuzz loads: what it returns fits, and the seed decides it."""

import ctypes
import unittest

import support

LIBRARY = support.HERE / "program_fuzz_afl_mutator.so"


def load():
    library = ctypes.CDLL(str(LIBRARY.resolve()))
    library.afl_custom_init.restype = ctypes.c_void_p
    library.afl_custom_init.argtypes = [ctypes.c_void_p, ctypes.c_uint]
    library.afl_custom_fuzz.restype = ctypes.c_size_t
    library.afl_custom_fuzz.argtypes = [
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(ctypes.c_void_p),
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t]
    library.afl_custom_deinit.argtypes = [ctypes.c_void_p]
    return library


class AflMutatorTest(unittest.TestCase):
    def mutants(self, seed, count, max_size):
        """The first programs that the library makes of each other, starting from nothing."""
        library = load()
        mutator = library.afl_custom_init(None, seed)
        programs = [b"\0"]
        for _ in range(count):
            out = ctypes.c_void_p()
            last, other = programs[-1], programs[len(programs) // 2]
            size = library.afl_custom_fuzz(mutator, last, len(last), ctypes.byref(out), other,
                                           len(other), max_size)
            programs.append(ctypes.string_at(out, size))
        library.afl_custom_deinit(mutator)
        return programs

    def test_programs_fit_and_grow(self):
        for max_size in (1, 64, 4096):
            with self.subTest(max_size=max_size):
                sizes = [len(program) for program in self.mutants(1, 500, max_size)]
                self.assertLessEqual(max(sizes), max_size)
        self.assertGreater(max(sizes), 64)

    def test_seed_decides_the_programs(self):
        self.assertEqual(self.mutants(1, 50, 4096), self.mutants(1, 50, 4096))
        self.assertNotEqual(self.mutants(1, 50, 4096), self.mutants(2, 50, 4096))


if __name__ == "__main__":
    unittest.main()
