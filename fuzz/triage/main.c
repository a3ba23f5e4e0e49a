/* What becomes of a program: replay, minimize, explain, explore, convert, slabinfo. */
#include "fuzz/triage/convert.h"
#include "fuzz/triage/explain.h"
#include "fuzz/triage/explore_command.h"
#include "fuzz/triage/minimize.h"
#include "fuzz/triage/replay.h"
#include "fuzz/triage/slabinfo_command.h"

int main(int argc, char **argv)
{
    const struct command commands[] = {
        replay_command,
        minimize_command,
        explain_command,
        explore_command,
        convert_command,
        slabinfo_command,
    };

    return (int)command_main(commands, sizeof(commands) / sizeof(commands[0]), argc, argv);
}
