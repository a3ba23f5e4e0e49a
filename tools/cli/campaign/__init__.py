"""Campaigns: both engines on several targets for as long as is asked, in one folder.

    DIR/campaign.json        what was asked, what was done and found so far (layout.py)
    DIR/bin/                 the binaries that run
    DIR/TARGET/corpus/       inputs worth keeping, shared by the engines, named by content
    DIR/TARGET/artifacts/    inputs that found something: ENGINE-WORKER-KIND-NAME
    DIR/TARGET/afl/          what AFL++ works on; nothing in it is needed later
    DIR/TARGET/logs/         what the engines said last
    DIR/triage/SIGNATURE/    each distinct finding, minimised and explained
"""
