/* Options for programs whose children are expected to be stopped: many, and nobody reads why. */

const char *__asan_default_options(void);
const char *__msan_default_options(void);

const char *__asan_default_options(void)
{
    return "symbolize=0:detect_leaks=0";
}

const char *__msan_default_options(void)
{
    return "symbolize=0";
}
